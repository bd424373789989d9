"""The two conversions between uint8 pictures and the networks' float range, on tensors."""

import tensorflow as tf


def to_unit(images):
    """uint8 images in 0..255 to float32 in [-1, 1]; floats pass as they are."""
    if images.dtype.is_floating:
        return tf.cast(images, tf.float32)
    return tf.cast(images, tf.float32) / 127.5 - 1.0


def to_uint8(images):
    """Float images in [-1, 1] to uint8, rounded to the nearest level and clipped, never truncated."""
    levels = tf.round((tf.cast(images, tf.float32) + 1.0) * 127.5)
    return tf.cast(tf.clip_by_value(levels, 0.0, 255.0), tf.uint8)
