import numpy as np
import pytest
import tensorflow as tf

from cyclegan_tf.networks.padding import cropped, mirrored_indices, side_padding
from cyclegan_tf.networks.specs import GeneratorSpec


@pytest.mark.parametrize(
    ("architecture", "size", "expected"),
    [
        ("resnet_6blocks", 8, (0, 0)),
        ("resnet_6blocks", 9, (1, 2)),
        ("resnet_6blocks", 1, (3, 4)),
        ("unet_128", 128, (0, 0)),
        ("unet_128", 130, (63, 63)),
    ],
)
def test_a_side_grows_to_the_next_multiple_of_the_stride_evenly_on_both_ends(architecture, size, expected):
    assert tuple(int(part) for part in side_padding(GeneratorSpec(architecture), size)) == expected


@pytest.mark.parametrize(
    ("size", "before", "after"), [(8, 0, 0), (8, 3, 4), (2, 5, 6), (3, 7, 1), (5, 2, 12)]
)
def test_the_indices_reflect_at_the_edges_as_numpy_does(size, before, after):
    expected = np.pad(np.arange(size), (before, after), mode="reflect")
    np.testing.assert_array_equal(mirrored_indices(size, before, after), expected)


def test_a_side_of_one_pixel_repeats_it():
    assert mirrored_indices(1, 3, 4).numpy().tolist() == [0] * 8


def test_a_crop_takes_back_what_was_padded():
    images = np.arange(2 * 5 * 7 * 3).reshape(2, 5, 7, 3)
    np.testing.assert_array_equal(cropped(images, 1, 2, 3, 4), images[:, 1:4, 2:6])


def test_a_crop_of_unknown_size_keeps_the_number_of_channels():
    crop = tf.function(lambda images, height: cropped(images, 0, 0, height, height))
    shape = tf.TensorSpec((None, None, None, 3))
    assert crop.get_concrete_function(shape, tf.TensorSpec((), tf.int32)).output_shapes[-1] == 3
