from dataclasses import replace

import keras
import numpy as np
import pytest

from cyclegan_tf.networks.generators import build_generator
from cyclegan_tf.networks.specs import RESNET_BLOCKS, GeneratorSpec
from cyclegan_tf.training.inheriting import can_inherit, inherit, upsampling_of_student

TEACHER = GeneratorSpec("resnet_6blocks", width=4, norm_affine=True)


@pytest.fixture(autouse=True)
def few_blocks(monkeypatch):
    """Generators with two and three residual blocks instead of six and nine."""
    monkeypatch.setitem(RESNET_BLOCKS, "resnet_6blocks", 2)
    monkeypatch.setitem(RESNET_BLOCKS, "resnet_9blocks", 3)


def random_generator(spec, seed=0):
    keras.utils.set_random_seed(seed)
    network, random = build_generator(spec, "generator_ab"), np.random.default_rng(seed)
    network.set_weights([w + random.normal(0, 0.1, w.shape) for w in network.get_weights()])
    return network


def picture():
    return np.random.default_rng(9).uniform(-1, 1, (1, 16, 20, 3)).astype(np.float32)


@pytest.mark.parametrize("upsampling", ["transposed", "transposed_4", "resize", "bilinear"])
def test_a_student_of_the_teachers_size_is_the_teacher(upsampling):
    spec = GeneratorSpec("resnet_6blocks", width=4, norm_affine=True, upsampling=upsampling)
    teacher, student = random_generator(spec), random_generator(spec, seed=1)
    inherit(student, teacher, (2, 2))
    np.testing.assert_array_equal(student(picture()), teacher(picture()))


def test_transposed_convolutions_begin_as_the_resize_and_convolution_of_the_teacher():
    spec = GeneratorSpec("resnet_6blocks", width=4, norm_affine=True, upsampling="resize")
    faster = replace(spec, upsampling=upsampling_of_student(spec))
    assert faster.upsampling == "transposed_4" and can_inherit(faster, spec)
    teacher, student = random_generator(spec), random_generator(faster, seed=1)
    inherit(student, teacher, (2, 2))
    theirs, ours = (
        keras.Model(network.input, network.get_layer("up_2_conv").output)(picture()).numpy()
        for network in (teacher, student)
    )
    # Transposed convolutions come with an edge of one pixel, which is cropped, and then begin at zeros.
    np.testing.assert_allclose(ours[:, 3:-3, 3:-3], theirs[:, 2:-2, 2:-2], atol=1e-4)


def silence(network, layer, channels, *, transposed=False):
    """Makes later layers ignore what a channel holds: its kernels that read it become 0."""
    kernel = network.get_layer(layer).kernel.numpy()
    kernel[:, :, :, channels] = kernel[:, :, :, channels] * (0 if transposed else 1)
    if not transposed:
        kernel[:, :, channels, :] = 0
    network.get_layer(layer).kernel.assign(kernel)


def test_channels_that_nothing_is_made_of_are_left_out_without_a_difference():
    """A wide teacher of which half the channels have no effect equals its student of half the width."""
    teacher = random_generator(TEACHER)
    silence(teacher, "down_1_conv", [0, 3])
    silence(teacher, "down_2_conv", [1, 2, 5, 6])
    unused = [0, 2, 4, 6, 8, 10, 12, 15]
    for block in (1, 2):
        silence(teacher, f"block_{block}_conv_1", unused)
        silence(teacher, f"block_{block}_conv_2", [15, 13, 11, 9, 7, 5, 3, 1])
    silence(teacher, "up_2_conv", unused, transposed=True)
    silence(teacher, "up_1_conv", [0, 1, 6, 7], transposed=True)
    silence(teacher, "last_conv", [1, 2])
    student = random_generator(GeneratorSpec("resnet_6blocks", width=2, norm_affine=True), seed=1)
    inherit(student, teacher, (2, 2))
    np.testing.assert_allclose(student(picture()), teacher(picture()), atol=1e-5)


def test_a_student_of_fewer_blocks_has_the_first_the_last_and_some_between():
    spec = GeneratorSpec("resnet_9blocks", width=4, norm_affine=True)
    teacher, student = random_generator(spec), random_generator(TEACHER, seed=1)
    inherit(student, teacher, (2, 3))
    for ours, theirs in (("block_1_conv_1", "block_1_conv_1"), ("block_2_conv_2", "block_3_conv_2")):
        np.testing.assert_array_equal(student.get_layer(ours).kernel, teacher.get_layer(theirs).kernel)


@pytest.mark.parametrize(
    ("student", "able"),
    [
        (GeneratorSpec("resnet_6blocks", width=2, norm_affine=True), True),
        (GeneratorSpec("resnet_9blocks", width=2, norm_affine=True), False),
        (GeneratorSpec("resnet_6blocks", width=8, norm_affine=True), False),
        (GeneratorSpec("resnet_6blocks", width=2), False),
        (GeneratorSpec("resnet_6blocks", width=2, norm_affine=True, upsampling="resize"), False),
        (GeneratorSpec("unet_128", width=2, norm_affine=True), False),
    ],
    ids=["thinner", "longer", "wider", "without_scale", "other_upsampling", "u_net"],
)
def test_only_a_thinner_or_shorter_resnet_of_the_same_kind_can_inherit(student, able):
    assert can_inherit(student, TEACHER) == able
