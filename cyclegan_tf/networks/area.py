"""Area downsampling as matrix products, which every runtime and compiler supports."""

import tensorflow as tf


def area_resized(images, height, width):
    """Shrink images so that each new pixel is the mean of the area that it covers.

    Args:
        images: float32 (batch, height, width, channels).
        height: rows of the result, at most those of the images; a number or a tensor.
        width: its columns.

    Returns:
        float32 (batch, height, width, channels); with the old size the images themselves.
    """
    columns = _means(tf.shape(images)[2], width)
    rows = _means(tf.shape(images)[1], height)
    # Columns first: the second product then has fewer numbers.
    return tf.einsum("ij,bjlc->bilc", rows, tf.einsum("bjkc,lk->bjlc", images, columns))


def _means(size, places):
    """Return the (places, size) matrix of means over equal parts of a side."""
    size, places = tf.cast(size, tf.float32), tf.cast(places, tf.float32)
    first = tf.range(places)[:, tf.newaxis] * size / places
    last = (tf.range(places)[:, tf.newaxis] + 1.0) * size / places
    pixels = tf.range(size)
    covered = tf.minimum(last, pixels + 1.0) - tf.maximum(first, pixels)
    return tf.maximum(covered, 0.0) * places / size
