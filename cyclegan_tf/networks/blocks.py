"""Building blocks of generators and discriminators: convolutions as the paper pads and starts them."""

from contextlib import contextmanager

import keras

from cyclegan_tf.networks.layers import InstanceNormalization

LEAK = 0.2


@contextmanager
def dtype_policy(dtype: str):
    """Build layers under a Keras dtype policy, then restore the previous one."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(dtype)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


def initializer():
    """Return the paper's kernel initializer: normal with a standard deviation of 0.02."""
    # A new object each time: a Keras 3 initializer draws the same numbers on every call.
    return keras.initializers.RandomNormal(stddev=0.02)


def conv(x, filters: int, kernel_size: int, *, stride: int = 1, padding=0, name: str):
    """Apply a convolution to its zero-padded input."""
    # Explicit padding: with a stride of 2, 'same' pads only below and on the right, a shift by one pixel.
    if padding:
        x = keras.layers.ZeroPadding2D(padding, name=f"{name}_pad")(x)
    layer = keras.layers.Conv2D(
        filters, kernel_size, strides=stride, kernel_initializer=initializer(), name=name
    )
    return layer(x)


def norm(x, spec, name: str):
    """Apply the instance normalization that the specification asks for."""
    return InstanceNormalization(spec.norm_epsilon, affine=spec.norm_affine, name=f"{name}_norm")(x)
