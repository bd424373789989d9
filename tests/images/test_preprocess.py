from collections import Counter

import numpy as np
import pytest
from PIL import Image

from cyclegan_tf.errors import ConfigError, DataError
from cyclegan_tf.images.preprocess import MODES, Preprocess, augment, center, prepare, resized_size
from video.core.box import Box


def noise(height, width):
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)


def coordinates(height, width):
    """A picture whose red and green channels tell the row and the column."""
    rows, columns = np.mgrid[:height, :width]
    return np.stack([rows, columns, 0 * rows], -1).astype(np.uint8)


@pytest.mark.parametrize(
    ("mode", "tall", "wide"),
    [
        ("resize_and_crop", (40, 40), (40, 40)),
        ("scale_width_and_crop", (80, 40), (20, 40)),
        ("scale_shortside_and_crop", (80, 40), (40, 80)),
        ("crop", (60, 30), (30, 60)),
        ("none", (60, 30), (30, 60)),
    ],
)
def test_each_mode_resizes_in_its_own_way(mode, tall, wide):
    preprocess = Preprocess(mode, load_size=40, crop_size=16, multiple_of=2)
    for given, expected in (((60, 30), tall), ((30, 60), wide)):
        assert prepare(noise(*given), preprocess).shape == (*expected, 3)
        assert resized_size(given, preprocess) == expected


def test_the_resize_is_pillows_antialiased_bicubic():
    image = noise(64, 48)
    expected = Image.fromarray(image).resize((20, 20), Image.Resampling.BICUBIC)
    np.testing.assert_array_equal(
        prepare(image, Preprocess(load_size=20, crop_size=16)), np.asarray(expected)
    )


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
        (Preprocess(load_size=24, crop_size=32), "40x20, load size 24 in mode resize_and_crop, so 24x24"),
    ],
)
def test_a_picture_too_small_for_the_crop_is_reported_with_all_sizes(preprocess, found):
    with pytest.raises(DataError) as caught:
        prepare(noise(20, 40), preprocess)
    assert caught.value.detail.endswith(f"for crop size 32; found a picture of {found}")


def test_without_a_crop_the_sides_must_divide():
    with pytest.raises(DataError, match="expected multiples of 4 in mode none; found a picture of 30x32"):
        prepare(noise(32, 30), Preprocess("none"))


def test_without_a_crop_a_picture_must_be_large_enough_for_the_networks():
    preprocess = Preprocess("none", multiple_of=16, at_least=24)
    assert prepare(noise(32, 48), preprocess).shape == (32, 48, 3)
    with pytest.raises(DataError, match="expected at least 32x32 .* found a picture of 48x16"):
        prepare(noise(16, 48), preprocess)


@pytest.mark.parametrize(
    "options", [{"mode": "resize"}, {"crop_size": 0}, {"mode": "none", "multiple_of": 0}]
)
def test_settings_that_cannot_be_are_refused(options):
    with pytest.raises(ConfigError, match="expected"):
        Preprocess(**options)


@pytest.mark.parametrize("channels", [1, 2, 5])
def test_any_number_of_channels_is_resized_channel_by_channel(channels):
    preprocess = Preprocess(load_size=12, crop_size=8)
    image = np.random.default_rng(0).integers(0, 256, (20, 20, channels), dtype=np.uint8)
    resized = prepare(image, preprocess)
    assert resized.shape == (12, 12, channels)
    as_rgb = prepare(np.repeat(image[..., -1:], 3, axis=-1), preprocess)
    np.testing.assert_array_equal(resized[..., -1], as_rgb[..., 0])


@pytest.mark.parametrize(
    ("mode", "size", "expected"),
    [
        ("resize_and_crop", (200, 300), (80, 80)),
        ("resize_and_crop", (60, 300), (60, 60)),
        ("resize_and_crop", (30, 30), (40, 40)),
        ("scale_shortside_and_crop", (60, 120), (60, 120)),
        ("scale_width_and_crop", (60, 50), (60, 50)),
        ("crop", (200, 300), (200, 300)),
    ],
)
def test_a_zoom_prepares_pictures_larger_as_far_as_their_pixels_go(mode, size, expected):
    assert resized_size(size, Preprocess(mode, load_size=40, crop_size=16, zoom=2.0)) == expected


@pytest.mark.parametrize("mode", ["resize_and_crop", "scale_width_and_crop", "scale_shortside_and_crop"])
def test_a_zoomed_crop_shows_no_more_than_one_that_is_not_zoomed(mode):
    preprocess, generator = Preprocess(mode, load_size=40, crop_size=24, zoom=2.0), np.random.default_rng(0)
    image = prepare(noise(100, 100), preprocess)
    crops = [augment(image, preprocess, generator, Box(20, 20, 30, 30)) for _ in range(200)]
    sides = {crop.shape[:2] for crop in crops}
    assert (min(sides), max(sides)) == ((24, 24), (48, 48))


@pytest.mark.parametrize("mode", ["resize_and_crop", "scale_width_and_crop"])
def test_samples_are_as_without_a_zoom(mode):
    image, preprocess = noise(90, 100), Preprocess(mode, load_size=40, crop_size=24)
    zoomed = Preprocess(mode, load_size=40, crop_size=24, zoom=2.0)
    np.testing.assert_array_equal(center(image, zoomed), center(image, preprocess))


@pytest.mark.parametrize("size", [(892, 1000), (1000, 892), (250, 200)])
@pytest.mark.parametrize("mode", ["resize_and_crop", "scale_width_and_crop", "scale_shortside_and_crop"])
def test_a_zoomed_crop_of_any_aspect_lies_in_the_picture(mode, size):
    preprocess, generator = Preprocess(mode, load_size=143, crop_size=128, zoom=1.8), np.random.default_rng(0)
    image = prepare(noise(*size), preprocess)
    for _ in range(50):
        crop = augment(image, preprocess, generator, Box(0, 0, *image.shape[:2]))
        assert crop.shape[0] == crop.shape[1] >= 128


def test_a_picture_that_only_a_zoom_makes_large_enough_is_refused_as_without():
    preprocess = Preprocess("scale_width_and_crop", load_size=143, crop_size=128, zoom=1.8)
    with pytest.raises(DataError, match="too small to be cropped") as caught:
        prepare(noise(480, 640), preprocess)
    assert "143x107" in caught.value.detail
