import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf

from cyclegan_tf.networks.discriminators import build_discriminator
from cyclegan_tf.networks.generators import build_generator
from cyclegan_tf.networks.layers import InstanceNormalization, LeakyReLU, ReflectionPadding2D
from cyclegan_tf.networks.specs import DiscriminatorSpec, GeneratorSpec

ARCHITECTURES = ["resnet_6blocks", "resnet_9blocks", "unet_128", "unet_256"]
EVERY_KIND = [
    GeneratorSpec("resnet_6blocks", width=16),
    GeneratorSpec("resnet_6blocks", width=16, upsampling="resize"),
    GeneratorSpec("unet_128", width=16),
    DiscriminatorSpec(width=32),
    DiscriminatorSpec("pixel", width=64),
]
KINDS = ["resnet", "resnet with resize", "unet", "patch", "pixel"]


@pytest.fixture(scope="module", autouse=True)
def seeded():
    keras.utils.set_random_seed(0)


def build(spec, name="network", **kwargs):
    builder = build_generator if isinstance(spec, GeneratorSpec) else build_discriminator
    return builder(spec, name, **kwargs)


def convolutions(model):
    return [layer for layer in model.layers if hasattr(layer, "kernel")]


def layers_of(model, kind):
    return [layer for layer in model.layers if isinstance(layer, kind)]


def table(model):
    """(kernel size, stride, channels out, transposed) of every convolution."""
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
    """Channel 0 of what these layers make of the picture x, one after the other."""
    first = model.get_layer(names[0])
    y = np.zeros((1, *x.shape, first.input.shape[-1]), np.float32)
    y[0, ..., 0] = x
    for name in names:
        y = model.get_layer(name)(y)
    return np.array(y)[0, ..., 0]


# Structure


@pytest.mark.parametrize("blocks", [6, 9])
def test_a_resnet_generator_has_the_convolutions_of_the_paper(blocks):
    expected = [
        (7, 1, 4, False),
        (3, 2, 8, False),
        (3, 2, 16, False),
        *[(3, 1, 16, False)] * 2 * blocks,
        (3, 2, 8, True),
        (3, 2, 4, True),
        (7, 1, 3, False),
    ]
    assert table(build(GeneratorSpec(f"resnet_{blocks}blocks", width=4))) == expected


@pytest.mark.parametrize("blocks", [6, 9])
def test_a_resnet_generator_pads_by_reflection_except_in_strided_convolutions(blocks):
    model = build(GeneratorSpec(f"resnet_{blocks}blocks", width=4))
    assert [pad.padding for pad in layers_of(model, ReflectionPadding2D)] == [3, *[1] * 2 * blocks, 3]
    zero_pads = layers_of(model, keras.layers.ZeroPadding2D)
    assert [pad.name for pad in zero_pads] == ["down_1_conv_pad", "down_2_conv_pad"]
    assert {convolution.padding for convolution in convolutions(model)} == {"valid"}


@pytest.mark.parametrize(("levels", "size"), [(7, 128), (8, 256)])
def test_a_unet_halves_its_input_down_to_a_single_pixel_and_back(levels, size):
    model = build(GeneratorSpec(f"unet_{size}", width=4))
    down = [4, 8, 16, *[32] * (levels - 3)]
    up = [*down[-2::-1], 3]
    assert table(model) == [(4, 2, n, False) for n in down] + [(4, 2, n, True) for n in up]
    innermost = keras.Model(model.input, model.get_layer(f"down_{levels}_conv").output)
    assert innermost.compute_output_shape((1, size, size, 3)) == (1, 1, 1, 32)


def test_every_level_of_a_unet_but_the_innermost_has_a_skip_connection():
    model = build(GeneratorSpec("unet_128", width=4))
    skips = layers_of(model, keras.layers.Concatenate)
    assert [[part.shape[-1] for part in skip.input] for skip in skips] == [
        *[[32, 32]] * 3,
        [16, 16],
        [8, 8],
        [4, 4],
    ]


def test_a_unet_has_no_norm_where_a_picture_enters_and_leaves_nor_on_its_single_pixel():
    model = build(GeneratorSpec("unet_128", width=4))
    norms = [norm.name for norm in layers_of(model, InstanceNormalization)]
    assert norms == [f"down_{n}_norm" for n in range(2, 7)] + [f"up_{n}_norm" for n in range(7, 1, -1)]


def test_every_convolution_of_a_resnet_but_the_last_has_a_norm():
    model = build(GeneratorSpec("resnet_6blocks", width=4))
    assert len(layers_of(model, InstanceNormalization)) == len(convolutions(model)) - 1
    assert not [layer for layer in model.layers if layer.name.startswith("last") and "norm" in layer.name]


def test_a_patch_discriminator_has_the_convolutions_of_the_paper():
    expected = [(4, 2, 4, False), (4, 2, 8, False), (4, 2, 16, False), (4, 1, 32, False), (4, 1, 1, False)]
    assert table(build(DiscriminatorSpec(width=4))) == expected


def test_a_patch_discriminator_stops_widening_at_eight_times_its_width():
    channels = [row[2] for row in table(build(DiscriminatorSpec(width=4, num_layers=5)))]
    assert channels == [4, 8, 16, 32, 32, 32, 1]


@pytest.mark.parametrize("num_layers", [1, 3])
def test_the_first_and_the_last_layer_of_a_discriminator_have_no_norm_and_the_last_has_a_bias(num_layers):
    model = build(DiscriminatorSpec(width=4, num_layers=num_layers))
    norms = [norm.name for norm in layers_of(model, InstanceNormalization)]
    assert norms == [f"layer_{n}_norm" for n in range(2, num_layers + 2)]
    assert model.get_layer("last_conv").bias.shape == (1,)


@pytest.mark.parametrize("architecture", ["n_layers", "pixel"])
def test_a_discriminator_leaks_a_fifth_of_what_is_negative(architecture):
    activations = layers_of(build(DiscriminatorSpec(architecture, width=4)), LeakyReLU)
    assert activations
    for activation in activations:
        np.testing.assert_allclose(activation(np.array([-1.0, 2.0], np.float32)), [-0.2, 2.0], rtol=1e-6)


def test_a_unet_leaks_on_the_way_down_and_not_on_the_way_up():
    model = build(GeneratorSpec("unet_128", width=4))
    down, up = model.get_layer("down_2_leaky_relu"), model.get_layer("up_2_relu")
    negative = np.array([-1.0], np.float32)
    np.testing.assert_allclose([down(negative)[0], up(negative)[0]], [-0.2, 0.0], rtol=1e-6)


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        (GeneratorSpec("resnet_6blocks"), 7_837_699),
        (GeneratorSpec("resnet_9blocks"), 11_378_179),
        (GeneratorSpec("unet_128"), 41_825_667),
        (GeneratorSpec("unet_256"), 54_409_603),
        (DiscriminatorSpec(), 2_764_737),
    ],
    ids=lambda value: getattr(value, "architecture", None),
)
def test_a_network_of_width_64_has_as_many_parameters_as_the_reference(spec, expected):
    assert build(spec).count_params() == expected


@pytest.mark.parametrize("spec", [GeneratorSpec("resnet_6blocks", width=4), DiscriminatorSpec(width=4)])
def test_an_affine_network_has_two_more_parameters_for_each_normalised_channel(spec):
    plain, affine = build(spec), build(type(spec)(**{**vars(spec), "norm_affine": True}))
    channels = sum(norm.output.shape[-1] for norm in layers_of(plain, InstanceNormalization))
    assert affine.count_params() - plain.count_params() == 2 * channels


# Alignment


@pytest.mark.parametrize("name", ["down_1_conv", "down_2_conv"])
def test_a_strided_convolution_of_a_resnet_is_centred_on_every_second_pixel(name):
    model = build(GeneratorSpec("resnet_6blocks", width=4))
    pass_one_pixel_through(model.get_layer(name), 1, 1)
    picture = np.random.default_rng(0).random((8, 12), np.float32)
    # 'same' padding would take the odd pixels, 1::2.
    np.testing.assert_array_equal(through(model, [f"{name}_pad", name], picture), picture[::2, ::2])


@pytest.mark.parametrize("name", ["up_2", "up_1"])
def test_a_transposed_convolution_of_a_resnet_puts_its_centre_on_every_second_pixel(name):
    model = build(GeneratorSpec("resnet_6blocks", width=4))
    pass_one_pixel_through(model.get_layer(f"{name}_conv"), 1, 1)
    picture = np.random.default_rng(0).random((4, 6), np.float32)
    expected = np.zeros((8, 12), np.float32)
    expected[::2, ::2] = picture
    np.testing.assert_array_equal(through(model, [f"{name}_conv", f"{name}_crop"], picture), expected)


@pytest.mark.parametrize(("offset", "tap"), [(0, 1), (1, 2)])
def test_down_and_up_of_a_unet_keep_a_pixel_in_its_place(offset, tap):
    model = build(GeneratorSpec("unet_128", width=4))
    picture = np.random.default_rng(0).random((8, 12), np.float32)
    for name in ("down_2_conv", "up_2_conv"):
        pass_one_pixel_through(model.get_layer(name), tap, tap)
    small = through(model, ["down_2_conv_pad", "down_2_conv"], picture)
    expected = np.zeros_like(picture)
    expected[offset::2, offset::2] = small
    np.testing.assert_array_equal(small, picture[offset::2, offset::2])
    np.testing.assert_array_equal(through(model, ["up_2_conv", "up_2_crop"], small), expected)


@pytest.mark.parametrize(("size", "expected"), [(64, 32), (65, 32), (66, 33)])
def test_a_discriminator_pads_by_one_pixel_on_each_side_at_any_size(size, expected):
    model = build(DiscriminatorSpec(width=4))
    pass_one_pixel_through(model.get_layer("layer_1_conv"), 1, 1)
    picture = np.random.default_rng(0).random((size, size), np.float32)
    # At an odd size 'same' would pad otherwise and take the odd pixels.
    small = through(model, ["layer_1_conv_pad", "layer_1_conv"], picture)
    np.testing.assert_array_equal(small, picture[::2, ::2][:expected, :expected])


def test_resize_upsampling_repeats_each_pixel_and_keeps_it_in_its_place():
    model = build(GeneratorSpec("resnet_6blocks", width=4, upsampling="resize"))
    pass_one_pixel_through(model.get_layer("up_1_conv"), 1, 1)
    picture = np.random.default_rng(0).random((4, 6), np.float32)
    large = through(model, ["up_1_resize", "up_1_pad", "up_1_conv"], picture)
    np.testing.assert_array_equal(large, picture.repeat(2, axis=0).repeat(2, axis=1))


@pytest.mark.parametrize("architecture", ["resnet_6blocks", "unet_128"])
def test_resize_upsampling_uses_no_transposed_convolution(architecture):
    model = build(GeneratorSpec(architecture, width=4, upsampling="resize"))
    assert not layers_of(model, keras.layers.Conv2DTranspose)
    assert (
        len(layers_of(model, keras.layers.UpSampling2D)) == {"resnet_6blocks": 2, "unet_128": 7}[architecture]
    )


# Shapes


@pytest.mark.parametrize("upsampling", ["transposed", "resize"])
@pytest.mark.parametrize(
    ("architecture", "size"),
    [
        ("resnet_6blocks", (32, 32)),
        ("resnet_9blocks", (20, 44)),
        ("unet_128", (128, 256)),
        ("unet_256", (256, 256)),
    ],
)
def test_a_translated_image_has_the_size_of_its_source(architecture, size, upsampling):
    spec = GeneratorSpec(architecture, 1, 2, width=2, upsampling=upsampling)
    assert all(side % spec.stride == 0 for side in size)
    y = build(spec)(tf.zeros((2, *size, 1)))
    assert y.shape == (2, *size, 2)


@pytest.mark.parametrize(("architecture", "stride"), list(zip(ARCHITECTURES, [4, 4, 128, 256])))
def test_a_generator_tells_what_its_input_must_be_a_multiple_of(architecture, stride):
    assert GeneratorSpec(architecture).stride == stride


@pytest.mark.parametrize(
    ("spec", "size", "expected"),
    [
        (DiscriminatorSpec(width=4), 256, 30),
        (DiscriminatorSpec(width=4), 128, 14),
        (DiscriminatorSpec(width=4, num_layers=1), 256, 126),
        (DiscriminatorSpec(width=4, num_layers=2), 256, 62),
        (DiscriminatorSpec(width=4, num_layers=5), 256, 6),
        (DiscriminatorSpec("pixel", width=4), 256, 256),
    ],
)
def test_a_discriminator_returns_one_logit_for_each_patch(spec, size, expected):
    assert build(spec).compute_output_shape((1, size, size, 3)) == (1, expected, expected, 1)


# Receptive field


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        (DiscriminatorSpec(width=4), 70),
        (DiscriminatorSpec(width=4, num_layers=1), 16),
        (DiscriminatorSpec(width=4, num_layers=2), 34),
        (DiscriminatorSpec("pixel", width=4), 1),
    ],
)
def test_a_logit_depends_on_a_square_of_pixels_as_large_as_the_paper_says(spec, expected, monkeypatch):
    # Through its statistics a norm lets every logit see the whole picture, so it is bypassed here.
    monkeypatch.setattr(InstanceNormalization, "call", lambda self, inputs: inputs)
    model = build(spec)
    picture = tf.constant(np.random.default_rng(0).normal(size=(1, 128, 128, 3)).astype(np.float32))
    with tf.GradientTape() as tape:
        tape.watch(picture)
        logits = model(picture)
        middle = logits[0, logits.shape[1] // 2, logits.shape[2] // 2, 0]
    footprint = np.abs(tape.gradient(middle, picture)).sum(axis=(0, 3)) > 0
    rows, columns = np.flatnonzero(footprint.any(axis=1)), np.flatnonzero(footprint.any(axis=0))
    for seen in (rows, columns):
        assert seen[0] > 0 and seen[-1] < 127, "the patch touches the border, which hides its size"
        assert len(seen) == seen[-1] - seen[0] + 1 == expected
    assert footprint.sum() == expected**2


# Initial weights


@pytest.mark.parametrize("spec", EVERY_KIND, ids=KINDS)
def test_every_convolution_starts_from_a_normal_distribution_of_two_hundredths_and_no_bias(spec):
    for layer in convolutions(build(spec)):
        kernel = layer.kernel.numpy()
        # Five standard errors of a sample; a truncated normal would have 0.0176.
        tolerance = 5 * 0.02 / np.sqrt(2 * kernel.size)
        assert kernel.std() == pytest.approx(0.02, abs=tolerance), layer.name
        assert kernel.mean() == pytest.approx(0.0, abs=5 * 0.02 / np.sqrt(kernel.size)), layer.name
        assert not np.any(layer.bias), layer.name
    kernels = np.concatenate([np.ravel(layer.kernel) for layer in convolutions(build(spec))])
    assert np.abs(kernels).max() > 0.06, "a normal distribution has values beyond three deviations"


def test_an_affine_norm_starts_as_no_change():
    model = build(GeneratorSpec("resnet_6blocks", width=4, norm_affine=True))
    for norm in layers_of(model, InstanceNormalization):
        assert (norm.gamma.numpy() == 1).all() and (norm.beta.numpy() == 0).all()


@pytest.mark.parametrize("spec", EVERY_KIND, ids=KINDS)
def test_no_two_convolutions_of_one_or_two_networks_start_from_the_same_numbers(spec):
    starts = [np.ravel(layer.kernel)[:8] for _ in range(2) for layer in convolutions(build(spec))]
    for one, other in itertools.combinations(starts, 2):
        assert not np.array_equal(one, other)


def test_a_seed_gives_the_same_network_again():
    first, second = [], []
    for weights in (first, second):
        keras.utils.set_random_seed(7)
        weights += build(GeneratorSpec("resnet_6blocks", width=4)).get_weights()
    for one, other in zip(first, second):
        np.testing.assert_array_equal(one, other)


# Precision and range


@pytest.mark.parametrize("dtype", ["float32", "mixed_bfloat16", "mixed_float16"])
@pytest.mark.parametrize(
    "spec", [GeneratorSpec("resnet_6blocks", width=4), DiscriminatorSpec(width=4, num_layers=2)]
)
def test_weights_and_output_are_float32_under_any_policy(spec, dtype):
    model = build(spec, dtype=dtype)
    assert model(tf.ones((1, 32, 32, 3))).dtype == tf.float32
    assert {weight.dtype for weight in model.weights} == {"float32"}
    computed = {layer.compute_dtype for layer in convolutions(model)}
    assert computed == {keras.DTypePolicy(dtype).compute_dtype}


def test_building_leaves_the_global_policy_as_it_was():
    before = keras.config.dtype_policy().name
    build(DiscriminatorSpec(width=4), dtype="mixed_bfloat16")
    assert keras.config.dtype_policy().name == before


def test_a_build_that_fails_leaves_the_global_policy_as_it_was():
    before = keras.config.dtype_policy().name
    with pytest.raises(ValueError):
        build(DiscriminatorSpec(width=-1), dtype="mixed_bfloat16")
    assert keras.config.dtype_policy().name == before


@pytest.mark.parametrize("architecture", ["resnet_6blocks", "unet_128"])
def test_a_generator_ends_in_a_hyperbolic_tangent(architecture):
    model = build(GeneratorSpec(architecture, width=4))
    before = keras.Model(model.input, model.get_layer("output").input)
    picture = tf.random.stateless_normal((1, 128, 128, 3), seed=[0, 1])
    np.testing.assert_allclose(model(picture), np.tanh(before(picture)), atol=1e-6)


def test_a_discriminator_returns_logits_without_a_sigmoid():
    model = build(DiscriminatorSpec(width=4))
    model.get_layer("last_conv").bias.assign([-50.0])
    assert np.mean(model(tf.zeros((1, 64, 64, 3)))) == pytest.approx(-50.0, abs=1.0)


def test_a_network_carries_the_name_it_is_given():
    assert build(GeneratorSpec(width=2), "generator_ab").name == "generator_ab"
