"""The augmentation of what a discriminator sees: colour jitter, cutout, and a blur at first.

As in DiffAugment (arXiv 2006.10738) it is differentiable, so that the generator learns through it. It is
drawn again for each picture, so that a discriminator cannot memorise the few training pictures.
"""

import tensorflow as tf

NUM_DRAWS = 5
BLUR_SIGMA, BLUR_STEPS = 2.0, 1500
_NO_BLUR = 0.05


def augment(images, draws):
    """Change brightness, saturation and contrast, and cut out a square of half the side.

    Args:
        images: float32 (batch, height, width, channels) in [-1, 1].
        draws: uniform in [0, 1), (batch, NUM_DRAWS).

    Returns:
        Images of the same shape, somewhat beyond [-1, 1].
    """
    brightness, saturation, contrast, row, column = tf.unstack(
        draws[:, :, tf.newaxis, tf.newaxis, tf.newaxis], axis=1
    )
    images = images + brightness - 0.5
    grey = tf.reduce_mean(images, axis=3, keepdims=True)
    images = (images - grey) * saturation * 2.0 + grey
    mean = tf.reduce_mean(images, axis=[1, 2, 3], keepdims=True)
    images = (images - mean) * (contrast + 0.5) + mean
    return images * _cutout(tf.shape(images), row, column)


def blur(images, step):
    """Blur less with every step: by BLUR_SIGMA pixels at first, not at all after BLUR_STEPS.

    Early fakes differ from photographs by their noise, which alone would let a discriminator win.

    Args:
        images: float32 (batch, height, width, channels).
        step: steps done, a scalar tensor.
    """
    sigma = BLUR_SIGMA * (1.0 - tf.cast(step, tf.float32) / BLUR_STEPS)
    sigma = tf.maximum(sigma, _NO_BLUR)
    # As products with two matrices: cheaper than convolutions, in both directions.
    rows, columns = (_blur_matrix(images.shape[axis], sigma) for axis in (1, 2))
    return tf.einsum("ij,bjkc,lk->bilc", rows, images, columns, optimize="optimal")


def _cutout(shape, row, column):
    """Return 0 in the square and 1 elsewhere; its middle is anywhere in the image, so it may stick out."""
    height, width = tf.cast(shape[1], tf.float32), tf.cast(shape[2], tf.float32)
    rows = tf.range(height)[tf.newaxis, :, tf.newaxis, tf.newaxis]
    columns = tf.range(width)[tf.newaxis, tf.newaxis, :, tf.newaxis]
    inside = (tf.abs(rows - row * height) < height / 4) & (tf.abs(columns - column * width) < width / 4)
    return 1.0 - tf.cast(inside, tf.float32)


def _blur_matrix(size: int, sigma):
    places = tf.range(size, dtype=tf.float32)
    weights = tf.exp(-tf.square((places[:, tf.newaxis] - places) / sigma) / 2.0)
    return weights / tf.reduce_sum(weights, axis=1, keepdims=True)
