from collections import Counter

import numpy as np
import pytest
from PIL import Image

from cyclegan_tf.errors import ConfigError, DataError
from cyclegan_tf.images.preprocess import MODES, Preprocess, augment, center, prepare, resized_size


def noise(height, width):
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)


def coordinates(height, width):
    """A picture whose red and green channels tell the row and the column."""
    rows, columns = np.mgrid[:height, :width]
    return np.stack([rows, columns, 0 * rows], -1).astype(np.uint8)


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("resize_and_crop", (20, 20)),
        ("scale_width_and_crop", (40, 20)),
        ("scale_shortside_and_crop", (40, 20)),
        ("crop", (60, 30)),
        ("none", (60, 30)),
    ],
)
def test_each_mode_resizes_a_tall_picture_in_its_way(mode, expected):
    preprocess = Preprocess(mode, load_size=20, crop_size=16, multiple_of=2)
    assert prepare(noise(60, 30), preprocess).shape == (*expected, 3)
    assert resized_size((60, 30), preprocess) == expected


@pytest.mark.parametrize(
    ("mode", "expected"), [("scale_width_and_crop", (20, 40)), ("scale_shortside_and_crop", (40, 80))]
)
def test_the_scaling_modes_differ_on_a_wide_picture(mode, expected):
    preprocess = Preprocess(mode, load_size=40, crop_size=20)
    assert prepare(noise(30, 60), preprocess).shape == (*expected, 3)


def test_the_resize_is_pillows_antialiased_bicubic():
    image = noise(64, 48)
    expected = Image.fromarray(image).resize((20, 20), Image.Resampling.BICUBIC)
    np.testing.assert_array_equal(
        prepare(image, Preprocess(load_size=20, crop_size=16)), np.asarray(expected)
    )


def test_shrinking_fine_stripes_gives_grey_and_not_stripes():
    stripes = np.zeros((64, 64, 3), np.uint8)
    stripes[:, ::2] = 255
    small = prepare(stripes, Preprocess(load_size=16, crop_size=16))
    assert abs(small[:, 2:-2].astype(int) - 128).max() < 12


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("make", [lambda i, p: augment(prepare(i, p), p, np.random.default_rng(0)), center])
def test_crops_are_square_uint8_in_every_mode_but_none(mode, make):
    preprocess = Preprocess(mode, load_size=40, crop_size=24)
    image = make(noise(48, 60), preprocess)
    assert image.shape == ((48, 60, 3) if mode == "none" else (24, 24, 3))
    assert image.dtype == np.uint8


def test_crop_offsets_cover_the_whole_range_with_both_ends():
    preprocess, image = Preprocess("crop", crop_size=8, flip=False), coordinates(12, 10)
    generator = np.random.default_rng(0)
    corners = [augment(image, preprocess, generator)[0, 0] for _ in range(400)]
    assert {int(corner[0]) for corner in corners} == {0, 1, 2, 3, 4}
    assert {int(corner[1]) for corner in corners} == {0, 1, 2}


@pytest.mark.parametrize("mode", ["crop", "none"])
def test_about_half_of_the_crops_are_mirrored(mode):
    preprocess, image = Preprocess(mode, crop_size=8, multiple_of=8), coordinates(8, 8)
    generator = np.random.default_rng(0)
    first_columns = Counter(int(augment(image, preprocess, generator)[0, 0, 1]) for _ in range(1000))
    assert set(first_columns) == {0, 7}
    assert 430 < first_columns[7] < 570


def test_without_flip_nothing_is_mirrored():
    preprocess, generator = Preprocess("crop", crop_size=8, flip=False), np.random.default_rng(0)
    image = coordinates(8, 8)
    for _ in range(20):
        np.testing.assert_array_equal(augment(image, preprocess, generator), image)


def test_the_same_generator_state_gives_the_same_crop():
    preprocess, image = Preprocess("crop", crop_size=8), noise(30, 30)
    crops = [augment(image, preprocess, np.random.default_rng(5)) for _ in range(2)]
    np.testing.assert_array_equal(*crops)


def test_the_fixed_crop_is_the_middle():
    preprocess = Preprocess("crop", crop_size=8)
    assert center(coordinates(12, 18), preprocess)[0, 0].tolist() == [2, 5, 0]


def test_the_fixed_crop_of_the_default_mode_shows_the_whole_picture():
    image = noise(60, 30)
    expected = Image.fromarray(image).resize((16, 16), Image.Resampling.BICUBIC)
    np.testing.assert_array_equal(center(image, Preprocess(load_size=20, crop_size=16)), np.asarray(expected))


def test_the_fixed_crop_of_the_shortside_mode_shows_the_whole_shorter_side():
    image = coordinates(16, 40)
    crop = center(image, Preprocess("scale_shortside_and_crop", load_size=20, crop_size=16))
    np.testing.assert_array_equal(crop, image[:, 12:28])


@pytest.mark.parametrize(
    ("preprocess", "found"),
    [
        (Preprocess("crop", crop_size=32), "40x20, not resized in mode crop, so 40x20"),
        (
            Preprocess("scale_width_and_crop", load_size=48, crop_size=32),
            "40x20, load size 48 in mode scale_width_and_crop, so 48x24",
        ),
        (
            Preprocess(load_size=24, crop_size=32),
            "40 x 20, load size 24 in mode resize_and_crop, so 24 x 24",
        ),
    ],
)
def test_row_13_a_picture_too_small_for_the_crop_tells_its_size_load_size_and_crop_size(preprocess, found):
    with pytest.raises(DataError) as caught:
        prepare(noise(20, 40), preprocess)
    assert caught.value.detail.endswith(f"for crop size 32; found a picture of {found}")


def test_without_a_crop_the_sides_must_divide():
    with pytest.raises(DataError, match="expected multiples of 4 in mode none; found a picture of 30x32"):
        prepare(noise(32, 30), Preprocess("none"))


def test_without_a_crop_a_picture_must_be_large_enough_for_the_networks():
    preprocess = Preprocess("none", multiple_of=16, at_least=24)
    assert prepare(noise(32, 48), preprocess).shape == (32, 48, 3)
    with pytest.raises(DataError, match="expected at least 32 x 32 .* found a picture of 48 x 16"):
        prepare(noise(16, 48), preprocess)


@pytest.mark.parametrize(
    "options",
    [
        {"mode": "resize"},
        {"crop_size": 0},
        {"mode": "none", "multiple_of": 0},
    ],
)
def test_settings_that_cannot_be_are_refused(options):
    with pytest.raises(ConfigError, match="expected"):
        Preprocess(**options)


def test_load_size_does_not_matter_to_a_mode_that_does_not_resize():
    assert Preprocess("crop", load_size=10, crop_size=20).crop_size == 20
