import keras
import numpy as np
import pytest
import tensorflow as tf

from cyclegan_tf.inference.layer_rows import check_layer, compute_rows, needed_rows
from cyclegan_tf.networks.layers import BilinearUpsampling2D, LeakyReLU, ReflectionPadding2D
from cyclegan_tf.networks.resized_conv import ResizedConv2D

HEIGHT = 9
LAYERS = {
    "convolution": lambda: keras.layers.Conv2D(2, 3),
    "strided_convolution": lambda: keras.layers.Conv2D(2, 4, strides=2),
    "transposed_3": lambda: keras.layers.Conv2DTranspose(2, 3, strides=2),
    "transposed_4": lambda: keras.layers.Conv2DTranspose(2, 4, strides=2),
    "crop": lambda: keras.layers.Cropping2D(((1, 2), (0, 3))),
    "zeros": lambda: keras.layers.ZeroPadding2D(1),
    "zeros_below": lambda: keras.layers.ZeroPadding2D(((0, 1), (0, 1))),
    "reflection_1": lambda: ReflectionPadding2D(1),
    "reflection_3": lambda: ReflectionPadding2D(3),
    "bilinear": BilinearUpsampling2D,
    "mean": lambda: keras.layers.AveragePooling2D(2, strides=1),
    "halving": lambda: keras.layers.AveragePooling2D(2, strides=2),
    "resized_convolution": lambda: ResizedConv2D(2),
    "relu": keras.layers.ReLU,
    "leaky": lambda: LeakyReLU(0.2),
    "tanh": lambda: keras.layers.Activation("tanh"),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", LAYERS)
def test_any_rows_come_out_as_in_the_whole_and_from_no_other_rows_than_needed(name):
    keras.utils.set_random_seed(0)
    layer = LAYERS[name]()
    image = tf.random.normal((1, HEIGHT, 7, 3), seed=1)
    whole = layer(image).numpy()
    # A padded row alone, without the row inside that a convolution reads with it, is never asked for.
    lengths = range(2, whole.shape[1] + 1) if name.startswith("zeros") else range(1, whole.shape[1] + 1)
    for length in lengths:
        for start in range(whole.shape[1] - length + 1):
            rows = range(start, start + length)
            given = needed_rows(layer, rows, HEIGHT)
            assert 0 <= given.start < given.stop <= HEIGHT
            strip = compute_rows(layer, image[:, given.start : given.stop], rows, given, HEIGHT)
            np.testing.assert_allclose(strip, whole[:, start : start + length], atol=1e-6)


@pytest.mark.parametrize("layer", [keras.layers.Add(), keras.layers.Concatenate()], ids=["sum", "joined"])
def test_layers_of_several_inputs_take_the_same_rows_of_each(layer):
    images = [tf.random.normal((1, HEIGHT, 4, 2), seed=seed) for seed in (1, 2)]
    rows = range(3, 5)
    given = needed_rows(layer, rows, HEIGHT)
    strip = compute_rows(layer, [image[:, 3:5] for image in images], rows, given, HEIGHT)
    np.testing.assert_array_equal(strip, layer(images)[:, 3:5])


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        (keras.layers.MaxPooling2D(name="pool"), "Received: 'pool', a MaxPooling2D"),
        (keras.layers.Conv2D(1, 3, padding="same", name="c"), "padding='valid' of a Conv2D"),
        (keras.layers.Conv2D(1, 3, dilation_rate=2, name="c"), r"dilation_rate=\(1, 1\) of a Conv2D"),
        (keras.layers.UpSampling2D(2, name="u"), "Received: 'u', a UpSampling2D"),
        (keras.layers.Concatenate(axis=1, name="j"), "axis=-1 of a Concatenate"),
    ],
    ids=["kind", "padding", "dilation", "interpolation", "axis"],
)
def test_a_layer_that_is_not_known_is_refused_by_its_name(layer, message):
    with pytest.raises(ValueError, match=message):
        check_layer(layer)
