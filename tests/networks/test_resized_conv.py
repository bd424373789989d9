import keras
import numpy as np
import pytest
import tensorflow as tf

from cyclegan_tf.networks.resized_conv import ResizedConv2D, enlarge

CHANNELS = 5


@pytest.fixture(params=["float32", "mixed_bfloat16"])
def layers(request):
    """The layer, and Keras's convolution with the same weights."""
    pair = [kind(3, 3, dtype=request.param) for kind in (ResizedConv2D, keras.layers.Conv2D)]
    for layer in pair:
        layer.build((None, None, None, CHANNELS))
    pair[0].bias.assign([0.1, 0.2, 0.3])
    pair[1].set_weights(pair[0].get_weights())
    return pair


def images(height=4, width=6):
    return tf.constant(np.random.default_rng(0).normal(0, 1, (2, height, width, CHANNELS)), tf.float32)


def plain(convolution, given):
    """Enlargement, mirrored edges and convolution, one after the other, by Keras."""
    large = keras.layers.UpSampling2D(2)(given)
    return convolution(keras.ops.pad(large, ((0, 0), (1, 1), (1, 1), (0, 0)), mode="reflect"))


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("size", [(4, 6), (1, 1)])
def test_it_gives_what_keras_gives_in_three_layers(layers, training, size):
    ours = tf.cast(layers[0](images(*size), training=training), tf.float32)
    expected = tf.cast(plain(layers[1], images(*size)), tf.float32)
    np.testing.assert_allclose(ours, expected, atol=1e-5 if layers[0].compute_dtype == "float32" else 0.05)


def test_its_gradients_are_those_of_the_three_layers(layers):
    def gradients(run, variables):
        given = images()
        with tf.GradientTape() as tape:
            tape.watch(given)
            loss = tf.reduce_sum(tf.square(tf.cast(run(given), tf.float32)))
        return tape.gradient(loss, [given, *variables])

    ours = gradients(lambda given: layers[0](given, training=True), layers[0].trainable_variables)
    expected = gradients(lambda given: plain(layers[1], given), layers[1].trainable_variables)
    tolerance = 1e-5 if layers[0].compute_dtype == "float32" else 0.05
    for found, wanted in zip(ours, expected):
        np.testing.assert_allclose(found, wanted, atol=tolerance * float(np.abs(wanted).max()))


@pytest.mark.parametrize("training", [False, True])
def test_pictures_of_any_size_keep_the_number_of_channels(training):
    layer, shapes = ResizedConv2D(3), set()

    @tf.function(input_signature=[tf.TensorSpec((None, None, None, CHANNELS))])
    def run(given):
        shapes.add(tuple(layer(given, training=training).shape))

    run.get_concrete_function()
    assert shapes == {(None, None, None, 3)}


def test_enlargement_repeats_each_pixel():
    np.testing.assert_array_equal(enlarge(images()), np.repeat(np.repeat(images(), 2, axis=1), 2, axis=2))


@pytest.mark.parametrize("options", [{"kernel_size": 5}, {"strides": 2}, {"padding": "same"}])
def test_another_convolution_is_refused(options):
    with pytest.raises(ValueError, match="expected a kernel of 3, a stride of 1 and no padding"):
        ResizedConv2D(3, **options)
