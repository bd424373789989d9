import keras
import numpy as np
import pytest
import tensorflow as tf

from cyclegan_tf.networks.layers import InstanceNormalization, ReflectionPadding2D
from cyclegan_tf.networks.specs import GeneratorSpec


@pytest.mark.parametrize("blocks", [6, 9])
def test_a_resnet_generator_has_the_convolutions_of_the_paper(networks, blocks):
    expected = [
        (7, 1, 4, False),
        (3, 2, 8, False),
        (3, 2, 16, False),
        *[(3, 1, 16, False)] * 2 * blocks,
        (3, 2, 8, True),
        (3, 2, 4, True),
        (7, 1, 3, False),
    ]
    assert networks.table(networks.build(GeneratorSpec(f"resnet_{blocks}blocks", width=4))) == expected


@pytest.mark.parametrize("blocks", [6, 9])
def test_a_resnet_generator_pads_by_reflection_except_in_strided_convolutions(networks, blocks):
    model = networks.build(GeneratorSpec(f"resnet_{blocks}blocks", width=4))
    assert [pad.padding for pad in networks.layers_of(model, ReflectionPadding2D)] == [
        3,
        *[1] * 2 * blocks,
        3,
    ]
    zero_pads = networks.layers_of(model, keras.layers.ZeroPadding2D)
    assert [pad.name for pad in zero_pads] == ["down_1_conv_pad", "down_2_conv_pad"]
    assert {convolution.padding for convolution in networks.convolutions(model)} == {"valid"}


@pytest.mark.parametrize(("levels", "size"), [(7, 128), (8, 256)])
def test_a_unet_halves_its_input_down_to_a_single_pixel_and_back(networks, levels, size):
    model = networks.build(GeneratorSpec(f"unet_{size}", width=4))
    down = [4, 8, 16, *[32] * (levels - 3)]
    up = [*down[-2::-1], 3]
    assert networks.table(model) == [(4, 2, n, False) for n in down] + [(4, 2, n, True) for n in up]
    innermost = keras.Model(model.input, model.get_layer(f"down_{levels}_conv").output)
    assert innermost.compute_output_shape((1, size, size, 3)) == (1, 1, 1, 32)


def test_every_level_of_a_unet_but_the_innermost_has_a_skip_connection(networks):
    model = networks.build(GeneratorSpec("unet_128", width=4))
    skips = networks.layers_of(model, keras.layers.Concatenate)
    assert [[part.shape[-1] for part in skip.input] for skip in skips] == [
        *[[32, 32]] * 3,
        [16, 16],
        [8, 8],
        [4, 4],
    ]


def test_a_unet_has_no_norm_where_a_picture_enters_and_leaves_nor_on_its_single_pixel(networks):
    model = networks.build(GeneratorSpec("unet_128", width=4))
    norms = [norm.name for norm in networks.layers_of(model, InstanceNormalization)]
    assert norms == [f"down_{n}_norm" for n in range(2, 7)] + [f"up_{n}_norm" for n in range(7, 1, -1)]


def test_every_convolution_of_a_resnet_but_the_last_has_a_norm(networks):
    model = networks.build(GeneratorSpec("resnet_6blocks", width=4))
    assert len(networks.layers_of(model, InstanceNormalization)) == len(networks.convolutions(model)) - 1
    assert not [layer for layer in model.layers if layer.name.startswith("last") and "norm" in layer.name]


def test_a_unet_has_leaky_relus_on_the_way_down_and_relus_on_the_way_up(networks):
    model = networks.build(GeneratorSpec("unet_128", width=4))
    down, up = model.get_layer("down_2_leaky_relu"), model.get_layer("up_2_relu")
    negative = np.array([-1.0], np.float32)
    np.testing.assert_allclose([down(negative)[0], up(negative)[0]], [-0.2, 0.0], rtol=1e-6)


@pytest.mark.parametrize("name", ["down_1_conv", "down_2_conv"])
def test_a_strided_convolution_of_a_resnet_is_centred_on_every_second_pixel(networks, name):
    model = networks.build(GeneratorSpec("resnet_6blocks", width=4))
    networks.pass_one_pixel_through(model.get_layer(name), 1, 1)
    picture = np.random.default_rng(0).random((8, 12), np.float32)
    # 'same' padding would take the odd pixels, 1::2.
    np.testing.assert_array_equal(networks.through(model, [f"{name}_pad", name], picture), picture[::2, ::2])


@pytest.mark.parametrize("name", ["up_2", "up_1"])
def test_a_transposed_convolution_of_a_resnet_puts_its_centre_on_every_second_pixel(networks, name):
    model = networks.build(GeneratorSpec("resnet_6blocks", width=4))
    networks.pass_one_pixel_through(model.get_layer(f"{name}_conv"), 1, 1)
    picture = np.random.default_rng(0).random((4, 6), np.float32)
    expected = np.zeros((8, 12), np.float32)
    expected[::2, ::2] = picture
    np.testing.assert_array_equal(
        networks.through(model, [f"{name}_conv", f"{name}_crop"], picture), expected
    )


@pytest.mark.parametrize(("offset", "tap"), [(0, 1), (1, 2)])
def test_down_and_up_of_a_unet_keep_a_pixel_in_its_place(networks, offset, tap):
    model = networks.build(GeneratorSpec("unet_128", width=4))
    picture = np.random.default_rng(0).random((8, 12), np.float32)
    for name in ("down_2_conv", "up_2_conv"):
        networks.pass_one_pixel_through(model.get_layer(name), tap, tap)
    small = networks.through(model, ["down_2_conv_pad", "down_2_conv"], picture)
    expected = np.zeros_like(picture)
    expected[offset::2, offset::2] = small
    np.testing.assert_array_equal(small, picture[offset::2, offset::2])
    np.testing.assert_array_equal(networks.through(model, ["up_2_conv", "up_2_crop"], small), expected)


def test_resize_upsampling_repeats_each_pixel_and_keeps_it_in_its_place(networks):
    model = networks.build(GeneratorSpec("resnet_6blocks", width=4, upsampling="resize"))
    networks.pass_one_pixel_through(model.get_layer("up_1_conv"), 1, 1)
    picture = np.random.default_rng(0).random((4, 6), np.float32)
    large = networks.through(model, ["up_1_resize", "up_1_pad", "up_1_conv"], picture)
    np.testing.assert_array_equal(large, picture.repeat(2, axis=0).repeat(2, axis=1))


@pytest.mark.parametrize("architecture", ["resnet_6blocks", "unet_128"])
def test_resize_upsampling_uses_no_transposed_convolution(networks, architecture):
    model = networks.build(GeneratorSpec(architecture, width=4, upsampling="resize"))
    assert not networks.layers_of(model, keras.layers.Conv2DTranspose)
    assert (
        len(networks.layers_of(model, keras.layers.UpSampling2D))
        == {"resnet_6blocks": 2, "unet_128": 7}[architecture]
    )


@pytest.mark.parametrize(
    ("architecture", "upsampling", "size"),
    [
        ("resnet_6blocks", "resize", (32, 32)),
        ("resnet_9blocks", "transposed", (20, 44)),
        ("unet_128", "transposed", (128, 256)),
        ("unet_256", "resize", (256, 256)),
    ],
)
def test_a_translated_image_has_the_size_of_its_source(networks, architecture, upsampling, size):
    spec = GeneratorSpec(architecture, 1, 2, width=2, upsampling=upsampling)
    assert all(side % spec.stride == 0 for side in size)
    y = networks.build(spec)(tf.zeros((2, *size, 1)))
    assert y.shape == (2, *size, 2)


@pytest.mark.parametrize("architecture", ["resnet_6blocks", "unet_128"])
def test_a_generator_ends_in_a_hyperbolic_tangent(networks, architecture):
    model = networks.build(GeneratorSpec(architecture, width=4))
    before = keras.Model(model.input, model.get_layer("output").input)
    picture = tf.random.stateless_normal((1, 128, 128, 3), seed=[0, 1])
    np.testing.assert_allclose(model(picture), np.tanh(before(picture)), atol=1e-6)
