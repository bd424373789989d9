import math

import numpy as np
import pytest

from cyclegan_tf.measures.psnr import decibels, psnr


def flat(*levels):
    return np.stack([np.full((4, 6, 3), level, np.uint8) for level in levels])


@pytest.mark.parametrize(
    ("difference", "expected"), [(255, 0.0), (1, 20 * math.log10(255)), (51, 20 * math.log10(5))]
)
def test_a_uniform_difference_gives_the_decibels_of_the_definition(difference, expected):
    assert psnr(flat(0), flat(difference)) == pytest.approx(expected)


def test_the_decibels_of_several_errors_are_computed_at_once():
    assert decibels(np.array([255.0**2, 65.025])) == pytest.approx([0, 30])


def test_the_order_of_picture_and_truth_does_not_matter_for_unsigned_pixels():
    assert psnr(flat(10), flat(200)) == psnr(flat(200), flat(10))


def test_the_mean_is_over_decibels_and_not_over_errors():
    both = psnr(flat(0, 0), flat(255, 51))
    assert both == pytest.approx((psnr(flat(0), flat(255)) + psnr(flat(0), flat(51))) / 2)


def test_a_perfect_translation_has_an_infinite_psnr_without_a_warning(recwarn):
    assert psnr(flat(7), flat(7)) == math.inf
    assert not recwarn.list
