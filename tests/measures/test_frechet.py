import numpy as np
import pytest

from cyclegan_tf.measures.frechet import frechet_distance


def drawn(count, dimensions=6, seed=0, shift=0.0):
    return np.random.default_rng(seed).normal(shift, 1, (count, dimensions)).astype(np.float32)


def test_a_set_has_no_distance_from_itself_with_more_or_fewer_pictures_than_dimensions():
    for count in (4, 40):
        assert frechet_distance(drawn(count), drawn(count)) == pytest.approx(0, abs=1e-5)


def test_equal_spreads_leave_the_squared_distance_of_the_means():
    assert frechet_distance(drawn(50), drawn(50) + np.float32(2)) == pytest.approx(6 * 4, rel=1e-5)


def test_the_order_of_the_sets_does_not_matter():
    x, y = drawn(5), drawn(9, seed=1, shift=1)
    assert frechet_distance(x, y) == pytest.approx(frechet_distance(y, x))
