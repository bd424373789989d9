"""Conversions between integer pictures and the networks' float range [-1, 1], on tensors."""

import tensorflow as tf

# Half of the highest level.
_HALF = {tf.uint8: 127.5, tf.uint16: 32767.5}


def to_unit(images):
    """Convert uint8 (0..255) or uint16 (0..65535) images to float32 in [-1, 1]; floats keep their values."""
    if images.dtype.is_floating:
        return tf.cast(images, tf.float32)
    return tf.cast(images, tf.float32) / _HALF[images.dtype] - 1.0


def to_levels(images, dtype=tf.uint8):
    """Convert float images in [-1, 1] to uint8 or uint16, rounded to the nearest level and clipped."""
    half = _HALF[dtype]
    levels = tf.round((tf.cast(images, tf.float32) + 1.0) * half)
    return tf.cast(tf.clip_by_value(levels, 0.0, 2 * half), dtype)
