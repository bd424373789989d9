import keras
import numpy as np
import pytest
import tensorflow as tf

from cyclegan_tf.networks.spectral import SpectralConv2D


@pytest.fixture
def layer():
    keras.utils.set_random_seed(0)
    layer = SpectralConv2D(6, 3, padding="same")
    layer.build((None, None, None, 4))
    layer.bias.assign(np.arange(6.0))
    return layer


def images():
    return tf.constant(np.random.default_rng(0).normal(0, 1, (1, 7, 8, 4)), tf.float32)


def largest_singular_value(layer):
    return np.linalg.svd(layer.kernel.numpy().reshape(-1, 6), compute_uv=False)[0]


def test_calls_in_training_come_to_the_kernel_over_its_largest_singular_value(layer):
    for _ in range(60):
        layer(images(), training=True)
    kernel = layer.kernel.numpy() / largest_singular_value(layer)
    expected = tf.nn.conv2d(images(), kernel, 1, "SAME") + layer.bias
    np.testing.assert_allclose(layer(images()), expected, atol=1e-4)


def test_a_call_outside_training_changes_nothing(layer):
    before = layer.vector.numpy()
    layer(images())
    np.testing.assert_array_equal(layer.vector, before)


def test_the_vector_is_state_that_nobody_trains(layer):
    assert [variable.name for variable in layer.non_trainable_variables] == ["vector"]
    assert [variable.name for variable in layer.trainable_variables] == ["kernel", "bias"]


@pytest.mark.parametrize("dtype", ["mixed_bfloat16", "mixed_float16"])
def test_short_formats_compute_about_the_same(layer, dtype):
    short = SpectralConv2D(6, 3, padding="same", dtype=dtype)
    short.build((None, None, None, 4))
    short.set_weights(layer.get_weights())
    outputs = short(images())
    assert outputs.dtype == short.compute_dtype and short.vector.dtype == "float32"
    np.testing.assert_allclose(tf.cast(outputs, tf.float32), layer(images()), atol=0.1)
