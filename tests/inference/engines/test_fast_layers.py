import keras
import numpy as np
import pytest
import tensorflow as tf

from cyclegan_tf.inference.engines import fast_layers
from cyclegan_tf.networks.generators import build_generator
from cyclegan_tf.networks.layer_graph import run_layers
from cyclegan_tf.networks.layers import InstanceNormalization
from cyclegan_tf.networks.narrow_conv import NarrowConv2D
from cyclegan_tf.networks.resized_conv import ResizedConv2D
from cyclegan_tf.networks.specs import GeneratorSpec


@pytest.fixture
def images():
    return tf.constant(np.random.default_rng(0).normal(3, 2, (2, 10, 12, 4)), tf.float32)


@pytest.mark.parametrize("affine", [False, True], ids=["plain", "affine"])
@pytest.mark.parametrize("normalise", [fast_layers.normalise_fusibly, fast_layers.normalise_precisely])
def test_a_normalization_is_the_layers_own(images, normalise, affine):
    layer = InstanceNormalization(affine=affine, gamma_initializer="random_normal")
    np.testing.assert_allclose(layer(images), normalise(layer, images), atol=1e-5)


def test_a_picture_by_itself_is_normalised_as_by_the_layer(images):
    layer = InstanceNormalization()
    np.testing.assert_allclose(layer(images[:1]), fast_layers.normalise_one(layer, images[:1]), atol=1e-5)


def test_a_crop_is_the_layers_own(images):
    layer = keras.layers.Cropping2D(((1, 2), (0, 3)))
    np.testing.assert_array_equal(fast_layers.crop(layer, images), layer(images))


def test_a_resized_convolution_is_the_layers_own(images):
    layer = ResizedConv2D(3, bias_initializer="random_normal")
    np.testing.assert_allclose(layer(images), fast_layers.transpose_resized(layer, images), atol=1e-4)


@pytest.mark.parametrize("channels", [1, 3])
def test_a_folded_convolution_has_four_pixels_in_the_channels_of_one(images, channels):
    layer = NarrowConv2D(channels, 3, bias_initializer="random_normal")
    plain, folded = layer(images), fast_layers.fold_convolution(layer, images)
    assert folded.shape == (2, 4, 5, 4 * channels)
    np.testing.assert_allclose(tf.nn.depth_to_space(folded, 2), plain, atol=1e-4)


def test_an_activation_puts_folded_pixels_in_their_places(images):
    folded = tf.nn.space_to_depth(images, 2)
    layer = keras.layers.Activation("tanh")
    layer(keras.Input((None, None, 4)))
    np.testing.assert_allclose(fast_layers.unfold_activated(layer, folded), tf.tanh(images), atol=1e-6)


def test_an_activation_of_what_was_not_folded_is_the_layers_own(images):
    layer = keras.layers.Activation("tanh")
    layer(keras.Input((None, None, 4)))
    np.testing.assert_array_equal(fast_layers.unfold_activated(layer, images), layer(images))


@pytest.mark.parametrize("engine", ["FOR_TENSORFLOW", "FOR_TENSORFLOW_BATCH", "FOR_OPENVINO"])
@pytest.mark.parametrize(
    ("architecture", "upsampling"),
    [
        ("resnet_6blocks", "transposed"),
        ("resnet_6blocks", "resize"),
        ("resnet_6blocks", "transposed_4"),
        ("resnet_6blocks", "bilinear"),
        ("unet_128", "transposed"),
    ],
)
@pytest.mark.parametrize("channels", [1, 3, 5])
def test_a_generator_of_fast_layers_is_the_generator(architecture, upsampling, engine, channels):
    spec = GeneratorSpec(architecture, width=4, upsampling=upsampling, output_channels=channels)
    generator = build_generator(spec, "generator")
    pictures = np.random.default_rng(1).uniform(-1, 1, (1, 128, 256, 3)).astype("float32")
    instead = getattr(fast_layers, engine)
    # Of unknown size, as engines compile it.
    shape = (1 if engine == "FOR_TENSORFLOW" else None, None, None, 3)
    translate = tf.function(
        lambda images: run_layers(generator, images, instead), input_signature=[tf.TensorSpec(shape)]
    )
    translated = translate(pictures)
    np.testing.assert_allclose(translated, generator(pictures), atol=1e-4)
