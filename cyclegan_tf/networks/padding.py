"""Padding of a picture of any size to a size that a generator takes, by reflection at its edges; and back."""

import tensorflow as tf

from cyclegan_tf.networks.specs import GeneratorSpec


def side_padding(spec: GeneratorSpec, size):
    """Return the pixels to add before and after a side of `size` pixels (an int or a scalar tensor)."""
    # Only non-negative operands of %: converters to other runtimes differ for negative ones.
    padding = tf.maximum(size + (spec.stride - size % spec.stride) % spec.stride, spec.smallest_size) - size
    return padding // 2, padding - padding // 2


def mirrored_indices(size, before, after):
    """Return the indices that pad a side of `size` pixels by reflection at its edges.

    tf.pad cannot reflect a side that is shorter than its padding; gathering by index can.
    """
    period = tf.maximum(2 * (size - 1), 1)
    # The indices from -before on, shifted by whole periods so that none is negative.
    folded = (tf.range(before + size + after) + before * (period - 1)) % period
    return tf.minimum(folded, period - folded) % size


def cropped(images, top, left, height, width):
    """Return a part of images, (batch, height, width, channels), that begins at a row and a column."""
    # With the number of channels, which exports and later layers would not know otherwise.
    size = tf.stack([-1, height, width, images.shape[-1]])
    return tf.slice(images, tf.stack([0, top, left, 0]), size)
