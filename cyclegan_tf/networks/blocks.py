"""What generators and discriminators are made of: convolutions that start and pad as in the paper."""

from contextlib import contextmanager

import keras

from cyclegan_tf.networks.layers import InstanceNormalization

LEAK = 0.2


@contextmanager
def dtype_policy(dtype: str):
    """Build layers under a Keras dtype policy, and restore the one before."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(dtype)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


def initializer():
    """Return the paper's start of a kernel: normal, standard deviation 0.02."""
    # A new object each time: Keras 3 initializers draw the same numbers whenever one is called again.
    return keras.initializers.RandomNormal(stddev=0.02)


def conv(x, filters: int, kernel_size: int, *, stride: int = 1, padding=0, name: str):
    """Apply a convolution that pads with zeros before it."""
    # Padded explicitly: for a stride of 2 'same' pads only below and right, which shifts by a pixel.
    if padding:
        x = keras.layers.ZeroPadding2D(padding, name=f"{name}_pad")(x)
    layer = keras.layers.Conv2D(
        filters, kernel_size, strides=stride, kernel_initializer=initializer(), name=name
    )
    return layer(x)


def norm(x, spec, name: str):
    """Apply the instance normalization of a specification."""
    return InstanceNormalization(spec.norm_epsilon, affine=spec.norm_affine, name=f"{name}_norm")(x)
