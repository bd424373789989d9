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
    """Return the (places, size) matrix of means over equal parts of a side.

    Lengths are counted in parts of a pixel, as many as there are places, so that they are whole numbers: a
    runtime that computes in 16 bits would round positions beyond 256.
    """
    size, places = tf.cast(size, tf.int32), tf.cast(places, tf.int32)
    first = tf.range(places)[:, tf.newaxis] * size
    pixels = tf.range(size) * places
    covered = tf.minimum(first + size, pixels + places) - tf.maximum(first, pixels)
    return tf.cast(tf.maximum(covered, 0), tf.float32) / tf.cast(size, tf.float32)
