import math

import numpy as np
import pytest

from cyclegan_tf.evaluation.psnr import psnr


def flat(*levels):
    return np.stack([np.full((4, 6, 3), level, np.uint8) for level in levels])


@pytest.mark.parametrize(
    ("difference", "decibels"), [(255, 0.0), (1, 20 * math.log10(255)), (51, 20 * math.log10(5))]
)
def test_an_even_difference_gives_the_decibels_of_the_definition(difference, decibels):
    assert psnr(flat(0), flat(difference)) == pytest.approx(decibels)


def test_the_order_of_picture_and_truth_does_not_matter_for_unsigned_pixels():
    assert psnr(flat(10), flat(200)) == psnr(flat(200), flat(10))


def test_the_mean_is_taken_over_decibels_and_not_over_errors():
    both = psnr(flat(0, 0), flat(255, 51))
    assert both == pytest.approx((psnr(flat(0), flat(255)) + psnr(flat(0), flat(51))) / 2)


def test_a_perfect_translation_is_infinitely_good_without_a_warning(recwarn):
    assert psnr(flat(7), flat(7)) == math.inf
    assert not recwarn.list
