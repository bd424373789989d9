import keras
import numpy as np
import pytest
import tensorflow as tf

from cyclegan_tf.networks.layers import (
    BilinearUpsampling2D,
    InstanceNormalization,
    LeakyReLU,
    ReflectionPadding2D,
)


def noise(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def normalised(x, epsilon=1e-5):
    """The definition, in float64."""
    x = np.asarray(x, np.float64)
    mean = x.mean(axis=(1, 2), keepdims=True)
    return (x - mean) / np.sqrt(((x - mean) ** 2).mean(axis=(1, 2), keepdims=True) + epsilon)


@pytest.mark.parametrize("padding", [0, 1, 3])
def test_reflection_padding_mirrors_without_repeating_the_edge(compiled, padding):
    x = noise(2, 4, 6, 3)
    sides = (padding, padding)
    expected = np.pad(x, ((0, 0), sides, sides, (0, 0)), mode="reflect")
    np.testing.assert_array_equal(compiled(ReflectionPadding2D(padding))(tf.constant(x)), expected)


@pytest.mark.parametrize(
    ("shape", "expected"), [((2, 4, 6, 3), (2, 8, 10, 3)), ((None, None, 6, 3), (None, None, 10, 3))]
)
def test_reflection_padding_knows_the_shape_it_returns(shape, expected):
    assert ReflectionPadding2D(2)(keras.Input(batch_shape=shape)).shape == expected


@pytest.mark.parametrize("epsilon", [1e-5, 1e-3, 0.5])
def test_instance_normalization_equals_its_definition(compiled, epsilon):
    x = 3.0 * noise(2, 5, 7, 3) + 2.0
    y = compiled(InstanceNormalization(epsilon=epsilon))(tf.constant(x))
    np.testing.assert_allclose(y, normalised(x, epsilon), atol=1e-5)


@pytest.mark.parametrize("affine", [False, True], ids=["plain", "affine"])
@pytest.mark.parametrize("epsilon", [1e-5, 0.5])
def test_an_image_by_itself_is_normalised_alike_in_training(epsilon, affine):
    x = tf.constant(3.0 * noise(1, 33, 31, 3) + 2.0)
    layer = InstanceNormalization(
        epsilon, affine, gamma_initializer=keras.initializers.RandomNormal(1.0, 0.2)
    )
    results = []
    for training in (False, True):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = layer(x, training=training)
            loss = tf.reduce_sum(y**3 * noise(1, 33, 31, 3))
        results.append([y, *tape.gradient(loss, [x, *layer.trainable_variables])])
    assert len(results[0]) == (4 if affine else 2)
    for plain, fused in zip(*results):
        np.testing.assert_allclose(plain, fused, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("training", [False, True], ids=["use", "training"])
def test_a_gradient_of_a_gradient_is_that_of_the_definition(training):
    """As a gradient penalty takes it through the normalizations of a critic."""
    x, weights = noise(1, 5, 7, 3), noise(1, 5, 7, 3, seed=1)

    def definition(images):
        mean = tf.reduce_mean(images, axis=[1, 2], keepdims=True)
        variance = tf.reduce_mean(tf.square(images - mean), axis=[1, 2], keepdims=True)
        return (images - mean) / tf.sqrt(variance + 1e-5)

    def slope_of_the_slope(normalization, images):
        with tf.GradientTape() as outer:
            outer.watch(images)
            with tf.GradientTape() as inner:
                inner.watch(images)
                y = normalization(normalization(images) ** 3)
                score = tf.reduce_sum(y * tf.cast(weights, images.dtype))
            penalty = tf.reduce_sum(tf.square(inner.gradient(score, images)))
        return outer.gradient(penalty, images).numpy()

    layer = InstanceNormalization()
    ours = slope_of_the_slope(lambda images: layer(images, training=training), tf.constant(x))
    expected = slope_of_the_slope(definition, tf.constant(x, tf.float64))
    np.testing.assert_allclose(ours, expected, atol=1e-4 * np.abs(expected).max())


def test_the_default_epsilon_is_the_one_of_the_reference():
    # Of two pixels -d and d the biased variance is d * d, here as large as epsilon.
    x = np.sqrt(1e-5) * np.array([-1.0, 1.0], np.float32).reshape(1, 1, 2, 1)
    np.testing.assert_allclose(np.ravel(InstanceNormalization()(x)), [-(0.5**0.5), 0.5**0.5], rtol=1e-5)


@pytest.mark.parametrize(
    ("value", "dtype"),
    [
        (0.0, "float32"),
        (1000.0, "float32"),
        (-0.1, "mixed_bfloat16"),
        (1000.0, "mixed_bfloat16"),
        (0.0, "mixed_float16"),
        (1.0, "mixed_float16"),
    ],
)
@pytest.mark.parametrize("training", [False, True], ids=["use", "training"])
def test_a_flat_image_gives_a_finite_output_and_a_finite_gradient(value, dtype, training):
    x = tf.fill((1, 33, 31, 2), value)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = InstanceNormalization(dtype=dtype)(x, training=training)
        loss = tf.reduce_sum(tf.cast(y, tf.float32) * noise(1, 33, 31, 2))
    assert np.abs(tf.cast(y, tf.float32)).max() < 0.1
    assert np.isfinite(tape.gradient(loss, x)).all()


@pytest.mark.parametrize(
    ("dtype", "offset"), [("mixed_bfloat16", 128.0), ("mixed_bfloat16", -250.0), ("mixed_float16", 1000.0)]
)
def test_statistics_are_taken_in_float32_under_mixed_precision(compiled, dtype, offset):
    # Each half precision has these two values, but not their mean, and float16 not their sum.
    x = offset + np.indices((1, 64, 64, 1)).sum(axis=0).astype(np.float32) % 2
    layer = InstanceNormalization(dtype=dtype)
    y = compiled(layer)(tf.cast(x, layer.compute_dtype))
    assert y.dtype == layer.compute_dtype
    np.testing.assert_allclose(tf.cast(y, tf.float32), 2.0 * (x - offset) - 1.0, atol=1e-3)


def test_it_has_no_weights_unless_it_is_affine():
    layer = InstanceNormalization()
    layer.build((None, None, None, 3))
    assert layer.weights == []


@pytest.mark.parametrize("dtype", ["float32", "mixed_bfloat16"])
def test_an_affine_layer_learns_a_float32_scale_and_offset_for_each_channel(dtype):
    layer = InstanceNormalization(affine=True, dtype=dtype)
    layer.build((None, None, None, 3))
    assert [weight.name for weight in layer.trainable_weights] == ["gamma", "beta"]
    assert [weight.dtype for weight in layer.weights] == ["float32", "float32"]
    np.testing.assert_array_equal(layer.gamma, [1, 1, 1])
    np.testing.assert_array_equal(layer.beta, [0, 0, 0])


def test_the_scale_may_start_around_one_as_in_the_reference():
    start = keras.initializers.RandomNormal(mean=1.0, stddev=0.02, seed=0)
    layer = InstanceNormalization(affine=True, gamma_initializer=start)
    layer.build((None, None, None, 4000))
    gamma = layer.gamma.numpy()
    assert gamma.mean() == pytest.approx(1.0, abs=0.002)
    assert gamma.std() == pytest.approx(0.02, rel=0.05)


def test_its_graph_has_no_tensor_of_more_than_four_dimensions():
    # TensorFlow and OpenVINO cannot fuse other forms, such as the 5-D one of GroupNormalization.
    layer = InstanceNormalization(affine=True)
    layer.build((None, None, None, 3))
    graph = tf.function(layer).get_concrete_function(tf.TensorSpec((None, None, None, 3))).graph
    assert {output.shape.rank for op in graph.get_operations() for output in op.outputs} <= {0, 1, 2, 4}
    assert not [op.name for op in graph.get_operations() if op.type == "Reshape"]


@pytest.mark.parametrize("shape", [(None, 8, 3), (None, 4, 8, 8, 3)])
def test_anything_but_images_is_refused(shape):
    with pytest.raises(ValueError, match=r"expected images \(batch, height, width, channels\)"):
        InstanceNormalization().build(shape)


@pytest.mark.parametrize(
    ("slope", "dtype"), [(0.0, "float32"), (0.2, "float32"), (0.2, "mixed_bfloat16"), (1.0, "mixed_bfloat16")]
)
def test_a_leaky_relu_gives_what_that_of_keras_gives(compiled, slope, dtype):
    x, layer = tf.constant(noise(2, 4, 6, 3)), LeakyReLU(slope, dtype=dtype)
    y = compiled(layer)(x)
    assert y.dtype == layer.compute_dtype
    by_keras = keras.layers.LeakyReLU(slope, dtype=dtype)(x)
    np.testing.assert_allclose(
        tf.cast(y, tf.float32), tf.cast(by_keras, tf.float32), rtol=1e-2 * (dtype != "float32")
    )


def test_a_leaky_relu_propagates_a_nan():
    assert np.isnan(LeakyReLU(0.2)(tf.constant([np.nan])))


@pytest.mark.parametrize(
    "layer",
    [
        ReflectionPadding2D(3, name="first_pad"),
        LeakyReLU(0.3, name="layer_1_leaky_relu"),
        InstanceNormalization(1e-3, affine=True, gamma_initializer="ones", name="first_norm"),
        InstanceNormalization(gamma_initializer=keras.initializers.RandomNormal(mean=1.0, stddev=0.02)),
    ],
    ids=lambda layer: layer.name,
)
def test_a_layer_is_rebuilt_from_its_configuration(layer):
    again = type(layer).from_config(layer.get_config())
    assert again.get_config() == layer.get_config()
    for name in ("name", "padding", "slope", "epsilon", "affine"):
        assert getattr(again, name, None) == getattr(layer, name, None)


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda: ReflectionPadding2D(-1), "padding >= 0. Received: padding=-1"),
        (lambda: InstanceNormalization(0.0), "epsilon > 0. Received: epsilon=0.0"),
        (lambda: LeakyReLU(-0.1), r"a slope in \[0, 1\]. Received: slope=-0.1"),
        (lambda: LeakyReLU(1.5), r"a slope in \[0, 1\]. Received: slope=1.5"),
    ],
)
def test_a_setting_that_cannot_be_is_refused(make, expected):
    with pytest.raises(ValueError, match=f"expected {expected}"):
        make()


@pytest.mark.parametrize("dtype", ["float32", "mixed_bfloat16"])
def test_bilinear_enlargement_gives_what_that_of_keras_gives(compiled, dtype):
    images = tf.random.normal((2, 3, 5, 4), seed=1)
    theirs = keras.layers.UpSampling2D(2, interpolation="bilinear", dtype=dtype)(images)
    found = compiled(BilinearUpsampling2D(dtype=dtype))(images)
    np.testing.assert_allclose(tf.cast(found, tf.float32), tf.cast(theirs, tf.float32), atol=1e-2)
    assert found.dtype == theirs.dtype


def test_bilinear_enlargement_of_pictures_of_any_size_keeps_the_number_of_channels():
    layer, shapes = BilinearUpsampling2D(), []

    @tf.function(input_signature=[tf.TensorSpec((None, None, None, 3))])
    def enlarge(images):
        shapes.append(layer(images).shape.as_list())

    enlarge.get_concrete_function()
    assert shapes == [[None, None, None, 3]]
