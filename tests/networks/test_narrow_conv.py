import keras
import numpy as np
import pytest
import tensorflow as tf

from cyclegan_tf.networks.narrow_conv import NarrowConv2D


@pytest.fixture(params=["float32", "mixed_bfloat16"])
def layers(request):
    """The layer and Keras's own with the same weights."""
    pair = [kind(3, 7, dtype=request.param) for kind in (NarrowConv2D, keras.layers.Conv2D)]
    for layer in pair:
        layer.build((None, None, None, 5))
    pair[0].bias.assign([0.1, 0.2, 0.3])
    pair[1].set_weights(pair[0].get_weights())
    return pair


def images():
    return tf.constant(np.random.default_rng(0).normal(0, 1, (2, 12, 15, 5)), tf.float32)


@pytest.mark.parametrize("training", [False, True])
def test_it_gives_what_a_plain_convolution_gives(layers, training):
    ours, plain = (
        tf.cast(layer(images(), **way), tf.float32)
        for layer, way in zip(layers, ({"training": training}, {}))
    )
    np.testing.assert_allclose(ours, plain, atol=1e-5 if layers[0].compute_dtype == "float32" else 0.05)


def test_its_gradients_are_those_of_a_plain_convolution(layers):
    def gradients(layer, **way):
        given = images()
        with tf.GradientTape() as tape:
            tape.watch(given)
            loss = tf.reduce_sum(tf.square(tf.cast(layer(given, **way), tf.float32)))
        return tape.gradient(loss, [given, *layer.trainable_variables])

    tolerance = 1e-4 if layers[0].compute_dtype == "float32" else 0.05
    for ours, plain in zip(gradients(layers[0], training=True), gradients(layers[1])):
        np.testing.assert_allclose(ours, plain, atol=tolerance * float(np.abs(plain).max()))
