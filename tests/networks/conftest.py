"""Helpers that look into a generator or a discriminator, as the fixture `networks`."""

from types import SimpleNamespace

import keras
import numpy as np
import pytest
import tensorflow as tf


def build(spec, name="network", **kwargs):
    from cyclegan_tf.networks.discriminators import build_discriminator
    from cyclegan_tf.networks.generators import build_generator
    from cyclegan_tf.networks.specs import GeneratorSpec

    builder = build_generator if isinstance(spec, GeneratorSpec) else build_discriminator
    return builder(spec, name, **kwargs)


def convolutions(model):
    return [layer for layer in model.layers if hasattr(layer, "kernel")]


def layers_of(model, kind):
    return [layer for layer in model.layers if isinstance(layer, kind)]


def table(model):
    """(kernel size, stride, output channels, transposed) of every convolution."""
    return [
        (*layer.kernel_size[:1], *layer.strides[:1], layer.filters, "Transpose" in type(layer).__name__)
        for layer in convolutions(model)
    ]


def pass_one_pixel_through(layer, row, column):
    """Makes a convolution copy one pixel of its window from channel 0 to channel 0."""
    kernel = np.zeros(layer.kernel.shape, np.float32)
    kernel[row, column, 0, 0] = 1.0
    layer.kernel.assign(kernel)
    layer.bias.assign(tf.zeros_like(layer.bias))


def through(model, names, x):
    """Channel 0 of the picture x after these layers, applied one after the other."""
    first = model.get_layer(names[0])
    y = np.zeros((1, *x.shape, first.input.shape[-1]), np.float32)
    y[0, ..., 0] = x
    for name in names:
        y = model.get_layer(name)(y)
    return np.array(y)[0, ..., 0]


@pytest.fixture(scope="session")
def networks():
    """The functions above, after the global seed was set."""
    keras.utils.set_random_seed(0)
    functions = (build, convolutions, layers_of, table, pass_one_pixel_through, through)
    return SimpleNamespace(**{function.__name__: function for function in functions})
