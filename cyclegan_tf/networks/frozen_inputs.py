"""RGB inputs of the frozen network from pictures of any number of channels."""

from functools import cache

import numpy as np
import tensorflow as tf


def to_three_channels(images):
    """Make RGB of images of 1 to 16 channels, the same way every time.

    Args:
        images: float tensor (batch, height, width, channels) in [-1, 1].

    Returns:
        (batch, height, width, 3) in [-1, 1]: RGB as it is, grey three times, others as three means of all
        channels, weighted by fixed random numbers.
    """
    channels = images.shape[-1]
    if channels == 3:
        return images
    if channels == 1:
        return tf.repeat(images, 3, axis=-1)
    return tf.einsum("bhwc,cd->bhwd", images, tf.constant(_mixture(channels), images.dtype))


@cache
def _mixture(channels: int) -> np.ndarray:
    """Return weights (channels, 3) of three means; raw bits, which NumPy keeps from release to release."""
    bits = np.random.Philox(key=channels).random_raw(channels * 3)
    weights = (bits / 2.0**64 + 1e-3).reshape(channels, 3)
    return (weights / weights.sum(axis=0)).astype(np.float32)
