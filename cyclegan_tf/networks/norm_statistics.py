"""Means and variances of instance normalizations: accumulated row by row, or supplied by the caller."""

import keras
import numpy as np
import tensorflow as tf

from cyclegan_tf.networks.layers import InstanceNormalization

# Name of a normalization layer -> (mean, variance), float32 (channels,) each.
Statistics = dict[str, tuple[np.ndarray, np.ndarray]]


def precise_moments(images, *, across_batch: bool = False):
    """Return mean and biased variance of large images, float32 (batch or 1, 1, 1, channels) each.

    TensorFlow sums float32 numbers over height and width one after another. In a 1920x1080 picture the mean
    can then be off by a hundredth of the standard deviation, which is many grey levels in the result. Taking
    the moments of each row and combining them is exact to a few roundings and takes no longer.

    Args:
        images: float32 tensor (batch, height, width, channels).
        across_batch: take one mean and variance over all images of the batch.
    """
    axes = [0, 1] if across_batch else [1]
    row_means, row_variances = _moments(images, [2])
    mean, variance = _moments(row_means, axes)
    return mean, variance + tf.reduce_mean(row_variances, axis=axes, keepdims=True)


class RowMoments:
    """Accumulator of mean and variance over an image that arrives a few rows at a time.

    The moments of a row are float32 about its own mean; the rest is float64. So nothing cancels, and the
    result does not depend on the number of rows per call.
    """

    def __init__(self):
        self._means, self._variances = [], []

    def add(self, rows) -> None:
        """Add rows, a float32 tensor (1, rows, width, channels)."""
        means, variances = _moments(rows, [2])
        self._means.append(means[0, :, 0].numpy().astype(np.float64))
        self._variances.append(variances[0, :, 0].numpy().astype(np.float64))

    def result(self) -> tuple[np.ndarray, np.ndarray]:
        """Return mean and biased variance, float32 (channels,) each."""
        means, variances = np.concatenate(self._means), np.concatenate(self._variances)
        variance = variances.mean(axis=0) + means.var(axis=0)
        return means.mean(axis=0).astype(np.float32), variance.astype(np.float32)


def norm_channels(generator: keras.Model) -> dict[str, int]:
    """Return the number of channels of each instance normalization by the layer's name."""
    return {
        layer.name: layer.output.shape[-1]
        for layer in generator.layers
        if isinstance(layer, InstanceNormalization)
    }


def check_statistics(generator: keras.Model, statistics: Statistics) -> None:
    """Check that statistics belong to this network.

    Raises:
        ValueError: names the first normalization whose statistics are missing, of another shape or not valid.
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
    """Return mean and biased variance over some axes, which are kept with length 1."""
    rough = tf.reduce_mean(values, axis=axes, keepdims=True)
    # The mean of the deviations is the rounding error of the first mean.
    deviations = values - rough
    correction = tf.reduce_mean(deviations, axis=axes, keepdims=True)
    variance = tf.reduce_mean(tf.square(deviations), axis=axes, keepdims=True) - tf.square(correction)
    return rough + correction, tf.maximum(variance, 0.0)
