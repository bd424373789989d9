"""One, three and other channels, and wide pixels by a stated range, through the decoder and the data set."""

import cv2
import numpy as np
import pytest
from PIL import Image

from cyclegan_tf.data.dataset import UnpairedImages
from cyclegan_tf.data.file import PictureFile
from cyclegan_tf.errors import DataError
from cyclegan_tf.images.levels import to_levels
from cyclegan_tf.images.preprocess import Preprocess, prepare
from cyclegan_tf.images.reading import read_image

RED = (255, 0, 0)
WIDE = np.array([[[0, 100, 200], [300, 4095, 65535]]], np.uint16)


def noise(channels, count=2, side=20):
    return list(np.random.default_rng(0).integers(0, 256, (count, side, side, channels), dtype=np.uint8))


def test_one_channel_is_the_luminance(tmp_path):
    Image.new("RGB", (2, 2), RED).save(tmp_path / "a.png")
    assert np.unique(read_image(tmp_path / "a.png", channels=1)).tolist() == [76]


def test_one_channel_of_a_grey_picture_is_that_picture(tmp_path):
    grey = np.arange(256, dtype=np.uint8).reshape(16, 16)
    Image.fromarray(grey).save(tmp_path / "a.png")
    np.testing.assert_array_equal(read_image(tmp_path / "a.png", channels=1)[..., 0], grey)


def test_four_channels_keep_alpha_as_one(tmp_path):
    Image.new("RGBA", (2, 2), (1, 2, 3, 4)).save(tmp_path / "a.png")
    assert read_image(tmp_path / "a.png", channels=4)[0, 0].tolist() == [1, 2, 3, 4]


@pytest.mark.parametrize("mode", ["RGB", "P", "L"])
def test_a_picture_of_other_channels_names_the_key(tmp_path, mode):
    Image.new(mode, (2, 2)).save(tmp_path / "a.png")
    with pytest.raises(DataError, match=r"where 4 are configured; set data\.channels_a"):
        read_image(tmp_path / "a.png", channels=4)


@pytest.mark.parametrize("suffix", [".png", ".tif"])
@pytest.mark.parametrize(("level", "expected"), [(0, 0), (100, 0), (150, 128), (200, 255), (65535, 255)])
def test_16_bit_grey_takes_the_stated_range(tmp_path, suffix, level, expected):
    Image.fromarray(np.full((2, 2), level, np.uint16)).save(tmp_path / f"a{suffix}")
    assert np.unique(read_image(tmp_path / f"a{suffix}", value_range=(100, 200))).tolist() == [expected]


@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_16_bit_colour_takes_the_stated_range(tmp_path, suffix):
    cv2.imwrite(str(tmp_path / f"a{suffix}"), WIDE[..., ::-1])
    found = read_image(tmp_path / f"a{suffix}", value_range=(0, 4095))
    assert found.tolist() == [[[0, 6, 12], [19, 255, 255]]]


def test_16_bit_alpha_is_laid_over_white(tmp_path):
    bgra = np.array([[[0, 0, 4095, 65535], [0, 0, 4095, 0]]], np.uint16)
    cv2.imwrite(str(tmp_path / "a.png"), bgra)
    assert read_image(tmp_path / "a.png", value_range=(0, 4095)).tolist() == [[[255, 0, 0], [255, 255, 255]]]


UPRIGHT = {1: WIDE, 3: WIDE[::-1, ::-1], 6: np.rot90(WIDE, -1), 8: np.rot90(WIDE, 1)}


@pytest.mark.parametrize("orientation", UPRIGHT)
def test_16_bit_colour_is_turned_upright(tmp_path, orientation):
    path = tmp_path / "a.png"
    cv2.imwrite(str(path), WIDE[..., ::-1])
    exif = Image.Exif()
    exif[0x0112] = orientation
    chunk = png_chunk(b"eXIf", exif.tobytes().removeprefix(b"Exif\0\0"))
    data = path.read_bytes()
    path.write_bytes(data[:33] + chunk + data[33:])
    expected = to_levels(UPRIGHT[orientation], (0, 4095))
    np.testing.assert_array_equal(read_image(path, value_range=(0, 4095)), expected)


def png_chunk(name, content):
    import struct
    import zlib

    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def test_floats_take_the_stated_range(tmp_path):
    Image.fromarray(np.array([[0.0, 0.25, 2.0]], np.float32)).save(tmp_path / "a.tif")
    found = read_image(tmp_path / "a.tif", channels=1, value_range=(0, 1))
    assert found[..., 0].tolist() == [[0, 64, 255]]


def test_8_bit_pixels_stay_as_they_are_whatever_the_range(tmp_path):
    Image.new("RGB", (2, 2), (1, 2, 3)).save(tmp_path / "a.png")
    assert read_image(tmp_path / "a.png", value_range=(0, 4095))[0, 0].tolist() == [1, 2, 3]


@pytest.mark.parametrize("channels", [1, 2, 5])
def test_any_number_of_channels_is_resized_channel_by_channel(channels):
    preprocess = Preprocess(load_size=12, crop_size=8)
    image = noise(channels)[0]
    resized = prepare(image, preprocess)
    assert resized.shape == (12, 12, channels)
    as_rgb = prepare(np.repeat(image[..., -1:], 3, axis=-1), preprocess)
    np.testing.assert_array_equal(resized[..., -1], as_rgb[..., 0])


def test_domains_of_different_channels_are_served_side_by_side():
    data = UnpairedImages(noise(1), noise(5), Preprocess("crop", crop_size=8), batch_size=3)
    assert [batch.shape for batch in data.batch(0)] == [(3, 8, 8, 1), (3, 8, 8, 5)]
    assert data.image_shapes == ((8, 8, 1), (8, 8, 5))
    assert [spec.shape.as_list() for spec in data.dataset(0, 1).element_spec] == [[3, 8, 8, 1], [3, 8, 8, 5]]


def test_a_file_brings_its_channels_and_its_range(tmp_path):
    Image.fromarray(np.full((8, 8), 50, np.uint16)).save(tmp_path / "a.png")
    file = PictureFile(tmp_path / "a.png", 1, (0, 100))
    a, b = UnpairedImages([file], noise(3), Preprocess("crop", crop_size=8)).batch(0)
    assert a.shape == (1, 8, 8, 1)
    assert np.unique(a).tolist() == [128]


def test_arrays_of_several_channels_in_a_domain_are_refused():
    with pytest.raises(DataError, match=r"domain A: .*found \[1, 3\]|several numbers of channels"):
        UnpairedImages([*noise(1), *noise(3)], noise(3), Preprocess("none"))


def test_a_run_from_grey_to_five_bands_trains_draws_and_translates(
    command, tiny_options, shallow_generators, tmp_path
):
    for part, channels in (("trainA", 1), ("trainB", 5)):
        (tmp_path / part).mkdir()
        for number, image in enumerate(noise(channels, count=3, side=40)):
            np.save(tmp_path / part / f"{number}.npy", image)
    options = (
        "data.channels_a=1",
        "data.channels_b=5",
        "losses.lambda_identity=0",
        f"output.folder={tmp_path}",
    )
    sets = (word for option in options for word in ("--set", option))
    result = command("fit", tmp_path, *tiny_options, *sets, "--name", "run")
    assert result.exit_code == 0, result.stderr
    assert read_image(next((tmp_path / "run/samples").iterdir())).shape[2] == 3

    from cyclegan_tf.inference.translator import Translator

    assert Translator.load(tmp_path / "run")(noise(1)[0]).shape == (20, 20, 5)
    assert Translator.load(tmp_path / "run", "ba")(noise(5)[0]).shape == (20, 20, 1)
