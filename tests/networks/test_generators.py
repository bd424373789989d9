import keras
import numpy as np
import pytest
import tensorflow as tf

from cyclegan_tf.networks.resized_conv import ResizedConv2D
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


@pytest.mark.parametrize(("levels", "size"), [(7, 128), (8, 256)])
def test_a_unet_halves_its_input_down_to_a_single_pixel_and_back(networks, levels, size):
    model = networks.build(GeneratorSpec(f"unet_{size}", width=4))
    down = [4, 8, 16, *[32] * (levels - 3)]
    up = [*down[-2::-1], 3]
    assert networks.table(model) == [(4, 2, n, False) for n in down] + [(4, 2, n, True) for n in up]
    innermost = keras.Model(model.input, model.get_layer(f"down_{levels}_conv").output)
    assert innermost.compute_output_shape((1, size, size, 3)) == (1, 1, 1, 32)


def test_resize_upsampling_repeats_each_pixel_and_keeps_it_in_its_place(networks):
    model = networks.build(GeneratorSpec("resnet_6blocks", width=4, upsampling="resize"))
    networks.pass_one_pixel_through(model.get_layer("up_1_conv"), 1, 1)
    picture = np.random.default_rng(0).random((4, 6), np.float32)
    large = networks.through(model, ["up_1_conv"], picture)
    np.testing.assert_array_equal(large, picture.repeat(2, axis=0).repeat(2, axis=1))


@pytest.mark.parametrize("architecture", ["resnet_6blocks", "unet_128"])
def test_resize_upsampling_uses_no_transposed_convolution(networks, architecture):
    model = networks.build(GeneratorSpec(architecture, width=4, upsampling="resize"))
    assert not networks.layers_of(model, keras.layers.Conv2DTranspose)
    assert len(networks.layers_of(model, ResizedConv2D)) == {"resnet_6blocks": 2, "unet_128": 7}[architecture]


@pytest.mark.parametrize(
    ("architecture", "upsampling", "size"),
    [
        ("resnet_6blocks", "resize", (32, 32)),
        ("resnet_9blocks", "transposed", (20, 44)),
        ("unet_128", "transposed", (128, 256)),
        ("unet_256", "resize", (256, 256)),
        ("unet_128", "bilinear", (128, 128)),
    ],
)
def test_a_translated_image_has_the_size_of_its_source(networks, architecture, upsampling, size):
    spec = GeneratorSpec(architecture, 1, 2, width=2, upsampling=upsampling)
    assert all(side % spec.stride == 0 for side in size)
    y = networks.build(spec)(tf.zeros((2, *size, 1)))
    assert y.shape == (2, *size, 2)
