import numpy as np
import pytest
import tensorflow as tf

from cyclegan_tf.networks.ranges import to_levels, to_unit


def test_black_becomes_minus_one_and_white_one(compiled):
    unit = compiled(to_unit)(tf.constant([0, 51, 255], tf.uint8))
    assert unit.dtype == tf.float32
    np.testing.assert_allclose(unit, [-1.0, -0.6, 1.0], atol=1e-7)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
def test_floats_keep_their_values_and_become_float32(compiled, dtype):
    unit = compiled(to_unit)(tf.constant([-1.0, 0.25, 7.0], dtype))
    assert unit.dtype == tf.float32
    np.testing.assert_array_equal(unit, [-1.0, 0.25, 7.0])


def test_every_grey_level_survives_the_way_there_and_back(compiled):
    levels = np.arange(256, dtype=np.uint8)
    np.testing.assert_array_equal(compiled(lambda x: to_levels(to_unit(x)))(tf.constant(levels)), levels)


@pytest.mark.parametrize(
    ("level", "expected"), [(0.4, 0), (0.6, 1), (100.9, 101), (101.1, 101), (254.6, 255)]
)
def test_a_value_between_two_levels_goes_to_the_nearer_one(compiled, level, expected):
    assert compiled(to_levels)(tf.constant([level / 127.5 - 1.0])).numpy() == [expected]


@pytest.mark.parametrize(("value", "expected"), [(-1.01, 0), (-30.0, 0), (1.01, 255), (30.0, 255)])
def test_a_value_beyond_the_range_is_clipped_and_does_not_wrap_around(compiled, value, expected):
    assert compiled(to_levels)(tf.constant([value])).numpy() == [expected]


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_half_precision_images_are_rounded_in_float32(compiled, dtype):
    # 0.5 and its level, 191.25, need more digits than bfloat16 has.
    assert compiled(to_levels)(tf.constant([0.5], dtype)).numpy() == [191]
