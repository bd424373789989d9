"""`transposed_4`: transposed convolutions that leave no checkerboard."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from cyclegan_tf.networks.generators import BilinearStart, build_generator
from cyclegan_tf.networks.layer_table import variable_shapes
from cyclegan_tf.networks.specs import GeneratorSpec


@pytest.fixture(scope="module")
def generator():
    keras.utils.set_random_seed(0)
    return build_generator(GeneratorSpec("resnet_6blocks", width=4, upsampling="transposed_4"), "generator")


def test_the_output_has_the_size_of_the_input(generator):
    assert generator(np.zeros((1, 24, 32, 3), np.float32)).shape == (1, 24, 32, 3)


def test_the_table_of_layers_knows_its_kernels(generator):
    spec = GeneratorSpec("resnet_6blocks", width=4, upsampling="transposed_4")
    built = {f"{layer.name}/{v.name}": tuple(v.shape) for layer in generator.layers for v in layer.variables}
    assert variable_shapes(spec) == built
    assert built["up_1_conv/kernel"] == (4, 4, 4, 8)


def test_it_starts_as_bilinear_enlargement(generator):
    kernel = BilinearStart()((4, 4, 3, 1), "float32")
    images = tf.constant(np.random.default_rng(0).normal(0, 1, (1, 6, 7, 1)), tf.float32)
    enlarged = tf.nn.conv2d_transpose(images, kernel, (1, 14, 16, 3), 2, "VALID")[:, 1:-1, 1:-1]
    expected = tf.image.resize(images, (12, 14))
    inner = (slice(None), slice(2, -2), slice(2, -2))
    # A random factor for each channel that comes out.
    factors = enlarged[inner] / expected[inner]
    np.testing.assert_allclose(factors, tf.broadcast_to(factors[:, :1, :1], factors.shape), rtol=1e-3)
    assert len(np.unique(np.round(factors[0, 0, 0], 5))) == 3
