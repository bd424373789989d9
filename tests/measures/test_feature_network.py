import numpy as np
import pytest
import tensorflow as tf

from cyclegan_tf.measures.feature_network import FeatureNetwork


def first_row(images, training):
    return images[:, 0, :, 0]


def pictures(count=1, size=(6, 4), channels=3):
    return np.random.default_rng(0).integers(0, 256, (count, *size, channels), dtype=np.uint8)


def test_features_do_not_depend_on_the_batches(mean_colour):
    many = pictures(35)
    features = mean_colour.features(many)
    assert features.shape == (35, 3) and features.dtype == np.float32
    np.testing.assert_allclose(features[34], mean_colour.features(many[34:])[0], atol=1e-6)


@pytest.mark.parametrize("channels", [1, 5])
def test_the_network_sees_three_channels_of_any_picture(mean_colour, channels):
    assert mean_colour.features(pictures(2, channels=channels)).shape == (2, 3)


def test_the_name_of_the_resize_says_what_is_done():
    network = FeatureNetwork("n", "", first_row, 4)
    bilinear = FeatureNetwork("n", "", first_row, 4, bilinear=True)
    assert (network.resize, bilinear.resize) == ("bicubic to 4x4", "bilinear, no antialiasing, to 4x4")


def test_the_bilinear_resize_is_that_of_pytorch_without_aligned_corners():
    ramp = np.tile(np.arange(8, dtype=np.uint8)[:, np.newaxis] * 10, (8, 1, 3))
    features = FeatureNetwork("n", "", first_row, 4, bilinear=True).features(ramp[np.newaxis])
    # Every second pair of neighbours: no antialiasing looks farther.
    np.testing.assert_allclose((features[0] + 1) * 127.5, [5, 25, 45, 65], atol=1e-3)
    assert tf.reduce_all(tf.math.is_finite(features))
