"""Means and variances of instance normalizations: taken row by row, and given from outside."""

import keras
import numpy as np
import tensorflow as tf

from cyclegan_tf.networks.layers import InstanceNormalization

# By the name of a normalization: mean and variance, float32 (channels,) each.
Statistics = dict[str, tuple[np.ndarray, np.ndarray]]


def precise_moments(images, *, together: bool = False):
    """Return mean and biased variance of large images, float32 (batch or 1, 1, 1, channels) each.

    TensorFlow's own sum over height and width adds float32 numbers one after another: in a picture of
    1920x1080 the mean can be off by a hundredth of the standard deviation, which is many grey levels in the
    end. Rows first, then the rows' results, stays within a few roundings and takes no longer.

    Args:
        images: float32 tensor (batch, height, width, channels).
        together: over all images of the batch as one.
    """
    axes = [0, 1] if together else [1]
    row_means, row_variances = _moments(images, [2])
    mean, variance = _moments(row_means, axes)
    return mean, variance + tf.reduce_mean(row_variances, axis=axes, keepdims=True)


class RowMoments:
    """Mean and variance over a whole image of which a few rows are there at a time.

    A row's own moments are taken in float32, about its mean; all else is float64. So nothing cancels, and the
    result does not depend on how many rows came at a time.
    """

    def __init__(self):
        self._means, self._variances = [], []

    def add(self, rows) -> None:
        """Take rows in: a tensor (1, rows, width, channels)."""
        means, variances = _moments(rows, [2])
        self._means.append(means[0, :, 0].numpy().astype(np.float64))
        self._variances.append(variances[0, :, 0].numpy().astype(np.float64))

    def result(self) -> tuple[np.ndarray, np.ndarray]:
        """Return mean and biased variance, float32 (channels,) each."""
        means, variances = np.concatenate(self._means), np.concatenate(self._variances)
        variance = variances.mean(axis=0) + means.var(axis=0)
        return means.mean(axis=0).astype(np.float32), variance.astype(np.float32)


def norm_channels(generator: keras.Model) -> dict[str, int]:
    """Return the channels of each instance normalization of a network, by the layer's name."""
    return {
        layer.name: layer.output.shape[-1]
        for layer in generator.layers
        if isinstance(layer, InstanceNormalization)
    }


def check_statistics(generator: keras.Model, statistics: Statistics) -> None:
    """Refuse statistics of another network.

    Raises:
        ValueError: naming the first normalization that has none, or others than it needs.
    """
    expected = norm_channels(generator)
    if set(statistics) != set(expected):
        differing = sorted(set(statistics) ^ set(expected))[0]
        raise ValueError(f"expected statistics of {len(expected)} normalizations. Received: {differing!r}")
    for name, channels in expected.items():
        shapes = tuple(np.shape(array) for array in statistics[name])
        if shapes != ((channels,), (channels,)):
            raise ValueError(f"expected mean and variance ({channels},) of {name!r}. Received: {shapes}")
        mean, variance = statistics[name]
        if not (
            np.isfinite(mean).all() and np.isfinite(variance).all() and (np.asarray(variance) >= 0).all()
        ):
            raise ValueError(f"expected finite means and variances >= 0 of {name!r}. Received: others")


def _moments(values, axes: list[int]):
    """Return mean and biased variance over some axes, which stay with length 1."""
    rough = tf.reduce_mean(values, axis=axes, keepdims=True)
    # What the rounded sum missed shows once the mean is taken off.
    apart = values - rough
    missed = tf.reduce_mean(apart, axis=axes, keepdims=True)
    variance = tf.reduce_mean(tf.square(apart), axis=axes, keepdims=True) - tf.square(missed)
    return rough + missed, tf.maximum(variance, 0.0)
