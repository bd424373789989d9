import math

import numpy as np
import pytest

from cyclegan_tf.measures.differences import background_change, mean_difference


def pictures(*levels):
    return np.stack([np.full((20, 30, 3), level, np.uint8) for level in levels])


def masks(*columns):
    """White from the left up to a column."""
    made = np.zeros((len(columns), 20, 30, 1), np.uint8)
    for mask, column in zip(made, columns):
        mask[:, :column] = 255
    return made


def test_the_difference_is_in_grey_levels_and_has_no_sign():
    assert mean_difference(pictures(10, 250), pictures(14, 240)) == 7


def test_only_what_is_outside_the_subject_counts_as_background():
    before, after = pictures(100), pictures(100)
    after[:, :, :12] += 90
    assert background_change(before, after, masks(10)) == (0, 1)
    after[:, :, 20:] += 40
    assert background_change(before, after, masks(10))[0] == pytest.approx(40 * 10 / 18)


def test_a_picture_without_background_is_left_out():
    change = background_change(pictures(0, 0), pictures(9, 5), masks(30, 0))
    assert change == (5, 1)
    value, count = background_change(pictures(0), pictures(9), masks(30))
    assert math.isnan(value) and count == 0
