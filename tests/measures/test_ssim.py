import numpy as np
import pytest

from cyclegan_tf.measures.ssim import ssim


def noise(seed):
    return np.random.default_rng(seed).integers(0, 256, (1, 20, 24, 3), dtype=np.uint8)


def test_equal_pictures_have_a_similarity_of_one():
    assert ssim(noise(0), noise(0)) == pytest.approx(1)


def test_independent_noise_is_hardly_similar():
    assert abs(ssim(noise(0), noise(1))) < 0.1


def test_the_value_is_the_mean_over_pictures():
    pictures, truths = np.concatenate([noise(0), noise(1)]), np.concatenate([noise(0), noise(2)])
    assert ssim(pictures, truths) == pytest.approx((1 + ssim(noise(1), noise(2))) / 2)
