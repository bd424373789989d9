import numpy as np
import pytest

from cyclegan_tf.measures import kernel_distance as module
from cyclegan_tf.measures.kernel_distance import kernel_distance, squared_distance


def drawn(count, seed=0, shift=0.0):
    return np.random.default_rng(seed).normal(shift, 1, (count, 8)).astype(np.float32)


def test_the_squared_distance_is_that_of_the_sums_of_the_definition():
    x, y = drawn(4), drawn(5, seed=1)

    def kernel(a, b):
        return (float(a.astype(float) @ b) / 8 + 1) ** 3

    within_x = np.mean([kernel(x[i], x[j]) for i in range(4) for j in range(4) if i != j])
    within_y = np.mean([kernel(y[i], y[j]) for i in range(5) for j in range(5) if i != j])
    between = np.mean([kernel(a, b) for a in x for b in y])
    assert squared_distance(x, y) == pytest.approx(within_x + within_y - 2 * between)


def test_sets_of_one_distribution_are_within_two_standard_errors_of_zero_whatever_their_size():
    for count in (40, 200):
        value, error = kernel_distance(drawn(count), drawn(count, seed=1))
        assert abs(value) < 2 * error


def test_a_shift_is_many_standard_errors_away_from_zero():
    value, error = kernel_distance(drawn(60), drawn(60, seed=1, shift=1))
    assert value > 5 * error


def test_the_standard_error_is_the_spread_of_the_value_over_fresh_sets():
    pairs = [(drawn(60, seed=seed), drawn(80, seed=seed + 1, shift=0.7)) for seed in range(0, 40, 2)]
    values, errors = zip(*(kernel_distance(*pair) for pair in pairs))
    assert np.mean(errors) == pytest.approx(np.std(values), rel=0.3)


def test_the_same_seed_gives_the_same_value_and_another_one_nearly_the_same():
    x, y = drawn(30), drawn(30, seed=1, shift=1)
    value, error = kernel_distance(x, y, seed=3)
    assert kernel_distance(x, y, seed=3) == (value, error)
    assert 0 < abs(kernel_distance(x, y, seed=4).value - value) < error


def test_subsets_of_a_large_set_stay_small_and_still_tell_the_error_of_the_whole(monkeypatch):
    x, y = drawn(200), drawn(200, seed=1, shift=0.5)
    whole = kernel_distance(x, y)
    monkeypatch.setattr(module, "LARGEST_SUBSET", 50)
    small = kernel_distance(x, y)
    assert small.value == pytest.approx(whole.value, abs=whole.standard_error)
    assert small.standard_error == pytest.approx(whole.standard_error, rel=0.4)
