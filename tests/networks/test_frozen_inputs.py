import numpy as np
import pytest
import tensorflow as tf

from cyclegan_tf.networks.frozen_inputs import to_three_channels


def images(channels):
    return tf.constant(np.random.default_rng(0).uniform(-1, 1, (2, 5, 6, channels)), tf.float32)


def test_rgb_stays_as_it_is():
    given = images(3)
    assert to_three_channels(given) is given


def test_grey_is_shown_three_times():
    given = images(1)
    np.testing.assert_array_equal(to_three_channels(given), np.repeat(given, 3, axis=-1))


@pytest.mark.parametrize("channels", [2, 4, 16])
def test_other_channels_become_three_different_means(channels):
    shown = to_three_channels(images(channels)).numpy()
    assert shown.shape == (2, 5, 6, 3) and np.abs(shown).max() <= 1
    assert np.abs(shown[..., 0] - shown[..., 1]).max() > 0.01
    # A mean of ones is one, whatever the weights.
    np.testing.assert_allclose(to_three_channels(tf.ones((1, 1, 1, channels))), 1, atol=1e-6)


def test_the_weights_of_five_channels_never_change():
    shown = to_three_channels(tf.constant([[[[1.0, 0, 0, 0, 0]]]]))
    np.testing.assert_allclose(shown.numpy().ravel(), [0.360438, 0.306855, 0.061615], atol=1e-6)
