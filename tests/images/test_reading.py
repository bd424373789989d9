import io
import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
import tifffile
from PIL import Image

from cyclegan_tf.errors import DataError
from cyclegan_tf.images.levels import to_levels
from cyclegan_tf.images.reading import image_header, read_image
from video.pictures.png import png_chunk

CLIPS = Path(__file__).parents[3] / "shared" / "data" / "clips"


RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)


# Two rows of three pixels, all corners different, so that a turned or mirrored picture cannot pass.
CORNERS = np.array([[RED, WHITE, GREEN], [BLUE, WHITE, (0, 0, 0)]], np.uint8)


def noise(height=24, width=32):
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)


def encoded(array, file_format, **options):
    buffer = io.BytesIO()
    Image.fromarray(array).save(buffer, file_format, **options)
    return buffer.getvalue()


def clip(name):
    path = CLIPS / name
    if not path.exists():
        pytest.skip(
            f"needs the reference data, which is not in the repository: no ../shared/data/clips/{name}"
        )
    return path


@pytest.mark.parametrize("file_format", ["PNG", "BMP", "TIFF"])
def test_lossless_formats_come_back_pixel_for_pixel(tmp_path, file_format):
    path = tmp_path / "a"
    path.write_bytes(encoded(noise(), file_format))
    np.testing.assert_array_equal(read_image(path), noise())


@pytest.mark.parametrize("file_format", ["JPEG", "WEBP"])
def test_lossy_formats_come_back_nearly(tmp_path, file_format):
    path = tmp_path / "a"
    flat = np.full((16, 24, 3), (200, 100, 50), np.uint8)
    path.write_bytes(encoded(flat, file_format, quality=95))
    np.testing.assert_allclose(read_image(path), flat, atol=4)


def test_the_content_decides_and_not_the_suffix(tmp_path):
    path = tmp_path / "really_png.jpg"
    path.write_bytes(encoded(noise(), "PNG"))
    np.testing.assert_array_equal(read_image(path), noise())


def test_grey_becomes_three_equal_channels(tmp_path):
    grey = noise()[..., 0]
    (tmp_path / "a.png").write_bytes(encoded(grey, "PNG"))
    np.testing.assert_array_equal(read_image(tmp_path / "a.png"), np.stack([grey] * 3, -1))


def test_one_bit_becomes_black_and_white(tmp_path):
    Image.fromarray(np.array([[True, False]])).save(tmp_path / "a.png")
    np.testing.assert_array_equal(read_image(tmp_path / "a.png"), [[WHITE, (0, 0, 0)]])


def test_a_palette_becomes_its_colours(tmp_path):
    Image.fromarray(CORNERS).convert("P", palette=Image.Palette.ADAPTIVE).save(tmp_path / "a.png")
    np.testing.assert_array_equal(read_image(tmp_path / "a.png"), CORNERS)


def test_cmyk_becomes_rgb(tmp_path):
    Image.new("CMYK", (4, 4), (0, 255, 255, 0)).save(tmp_path / "a.tif")
    assert tuple(read_image(tmp_path / "a.tif")[0, 0]) == RED


@pytest.mark.parametrize(("alpha", "expected"), [(255, RED), (0, WHITE), (128, (255, 127, 127))])
def test_alpha_is_composited_on_white(tmp_path, alpha, expected):
    Image.new("RGBA", (2, 2), (255, 0, 0, alpha)).save(tmp_path / "a.png")
    np.testing.assert_allclose(read_image(tmp_path / "a.png")[0, 0], expected, atol=1)


def test_a_transparent_palette_entry_becomes_white(tmp_path):
    picture = Image.new("P", (2, 1))
    picture.putpalette([255, 0, 0, 0, 0, 255])
    picture.putdata([0, 1])
    picture.save(tmp_path / "a.png", transparency=0)
    np.testing.assert_array_equal(read_image(tmp_path / "a.png"), [[WHITE, BLUE]])


@pytest.mark.parametrize("suffix", [".png", ".tif"])
@pytest.mark.parametrize(
    ("value_range", "levels", "expected"),
    [
        (None, [0, 128, 129, 32768, 65535], [0, 0, 1, 128, 255]),
        ((100, 200), [0, 100, 150, 200, 65535], [0, 0, 128, 255, 255]),
    ],
    ids=["full_range", "stated_range"],
)
def test_16_bit_grey_is_scaled_and_rounded(tmp_path, suffix, value_range, levels, expected):
    Image.fromarray(np.array([levels], np.uint16)).save(tmp_path / f"a{suffix}")
    assert read_image(tmp_path / f"a{suffix}", value_range=value_range)[0, :, 0].tolist() == expected


def test_32_bit_integers_within_16_bits_are_scaled_alike(tmp_path):
    Image.fromarray(np.full((2, 2), 65535, np.int32)).save(tmp_path / "a.tif")
    assert np.unique(read_image(tmp_path / "a.tif")).tolist() == [255]


@pytest.mark.parametrize("pixels", [np.full((2, 2), 70000, np.int32), np.zeros((2, 2), np.float32)])
def test_pixels_of_unknown_range_are_refused(tmp_path, pixels):
    Image.fromarray(pixels).save(tmp_path / "a.tif")
    with pytest.raises(DataError, match="range"):
        read_image(tmp_path / "a.tif")


UPRIGHT_BY_ORIENTATION = {
    1: CORNERS,
    2: CORNERS[:, ::-1],
    3: CORNERS[::-1, ::-1],
    4: CORNERS[::-1],
    5: CORNERS.transpose(1, 0, 2),
    6: np.rot90(CORNERS, -1),
    7: CORNERS[::-1, ::-1].transpose(1, 0, 2),
    8: np.rot90(CORNERS, 1),
}


@pytest.mark.parametrize("orientation", UPRIGHT_BY_ORIENTATION)
@pytest.mark.parametrize("file_format", ["PNG", "TIFF"])
def test_the_exif_orientation_is_applied(tmp_path, file_format, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = tmp_path / "a"
    path.write_bytes(encoded(CORNERS, file_format, exif=exif))
    expected = UPRIGHT_BY_ORIENTATION[orientation]
    np.testing.assert_array_equal(read_image(path), expected)
    assert image_header(path).size == expected.shape[:2]


def test_a_turned_jpeg_is_turned(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    (tmp_path / "a.jpg").write_bytes(encoded(noise(16, 48), "JPEG", exif=exif))
    assert read_image(tmp_path / "a.jpg").shape == (48, 16, 3)
    assert image_header(tmp_path / "a.jpg").size == (48, 16)


def test_a_gif_with_one_frame_is_read(tmp_path):
    Image.fromarray(CORNERS).save(tmp_path / "a.gif")
    np.testing.assert_array_equal(read_image(tmp_path / "a.gif"), CORNERS)


@pytest.mark.parametrize(
    ("name", "shape", "mean"),
    [
        ("cmyk.jpg", (720, 1280, 3), 126.9),
        ("grayscale.jpg", (720, 1280, 3), 126.8),
        ("bad_huffman.jpg", (768, 1024, 3), 155.5),
        ("transparent.gif", (48, 64, 3), None),
    ],
)
def test_shared_stills_decode(name, shape, mean):
    image = read_image(clip(name))
    assert image.shape == shape
    assert image.dtype == np.uint8
    assert mean is None or abs(image.mean() - mean) < 1


WIDE = np.array([[[0, 100, 200], [300, 4095, 65535]]], np.uint16)


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
def test_16_bit_colour_takes_the_stated_range(tmp_path, suffix):
    cv2.imwrite(str(tmp_path / f"a{suffix}"), WIDE[..., ::-1])
    found = read_image(tmp_path / f"a{suffix}", value_range=(0, 4095))
    assert found.tolist() == [[[0, 6, 12], [19, 255, 255]]]


def test_16_bit_alpha_is_composited_on_white(tmp_path):
    bgra = np.array([[[0, 0, 4095, 65535], [0, 0, 4095, 0]]], np.uint16)
    cv2.imwrite(str(tmp_path / "a.png"), bgra)
    assert read_image(tmp_path / "a.png", value_range=(0, 4095)).tolist() == [[[255, 0, 0], [255, 255, 255]]]


UPRIGHT = {3: WIDE[::-1, ::-1], 6: np.rot90(WIDE, -1)}


@pytest.mark.parametrize("orientation", UPRIGHT)
def test_16_bit_colour_is_turned_upright(tmp_path, orientation):
    path, exif = tmp_path / "a.png", Image.Exif()
    cv2.imwrite(str(path), WIDE[..., ::-1])
    exif[0x0112] = orientation
    data = path.read_bytes()
    path.write_bytes(data[:33] + png_chunk(b"eXIf", exif.tobytes().removeprefix(b"Exif\0\0")) + data[33:])
    expected = to_levels(UPRIGHT[orientation], (0, 4095))
    np.testing.assert_array_equal(read_image(path, value_range=(0, 4095)), expected)


def test_floats_take_the_stated_range(tmp_path):
    Image.fromarray(np.array([[0.0, 0.25, 2.0]], np.float32)).save(tmp_path / "a.tif")
    found = read_image(tmp_path / "a.tif", channels=1, value_range=(0, 1))
    assert found[..., 0].tolist() == [[0, 64, 255]]


def test_8_bit_pixels_stay_as_they_are_whatever_the_range(tmp_path):
    Image.new("RGB", (2, 2), (1, 2, 3)).save(tmp_path / "a.png")
    assert read_image(tmp_path / "a.png", value_range=(0, 4095))[0, 0].tolist() == [1, 2, 3]


@pytest.mark.parametrize("name", ["corrupt.jpg", "animated.gif"])
def test_shared_broken_stills_are_refused(name):
    with pytest.raises(DataError, match=name):
        read_image(clip(name))


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P"])
def test_colours_of_a_wide_profile_become_srgb(tmp_path, display_p3, srgb_of_display_p3, mode):
    picture = Image.fromarray(noise() // 2 + 60).convert(mode)
    picture.save(tmp_path / "a.png", icc_profile=display_p3)
    expected = srgb_of_display_p3(np.asarray(picture.convert("RGB")))
    read = read_image(tmp_path / "a.png")
    assert np.abs(read - expected).max() <= 1.5
    assert np.abs(read.astype(int) - np.asarray(picture.convert("RGB"))).max() > 5
    assert image_header(tmp_path / "a.png").profile != ""


def test_the_one_transparent_level_of_16_bit_grey_is_white_and_so_is_the_one_colour(tmp_path):
    grey = np.array([[1000, 40000]], np.uint16)
    for name, pixels, key in (("grey", grey, ">H"), ("colour", np.stack([grey] * 3, -1), ">3H")):
        data = cv2.imencode(".png", pixels)[1].tobytes()
        chunk = png_chunk(b"tRNS", struct.pack(key, *[1000] * int(key[1:-1] or 1)))
        (tmp_path / name).write_bytes(data[:33] + chunk + data[33:])
        assert read_image(tmp_path / name)[0].tolist() == [[255] * 3, [156] * 3]


def test_avif_is_read(tmp_path):
    Image.fromarray(np.full((24, 32, 3), 77, np.uint8)).save(tmp_path / "a.avif", quality=100)
    assert np.abs(read_image(tmp_path / "a.avif").astype(int) - 77).max() <= 2


def test_16_bit_alpha_is_one_of_four_channels(tmp_path):
    rgba = np.array([[[0, 2047, 4095, 100], [9000, 0, 0, 4095]]], np.uint16)
    cv2.imwrite(str(tmp_path / "a.png"), rgba[..., [2, 1, 0, 3]])
    found = read_image(tmp_path / "a.png", channels=4, value_range=(0, 4095))
    np.testing.assert_array_equal(found, to_levels(rgba, (0, 4095)))


@pytest.mark.parametrize(("channels", "is_read"), [(2, True), (4, False)])
def test_16_bit_grey_with_alpha_has_two_channels(tmp_path, channels, is_read):
    row = struct.pack(">B4H", 0, 257, 514, 771, 65535)
    chunks = {
        b"IHDR": struct.pack(">IIBBBBB", 2, 1, 16, 4, 0, 0, 0),
        b"IDAT": zlib.compress(row),
        b"IEND": b"",
    }
    chunks = b"".join(png_chunk(kind, data) for kind, data in chunks.items())
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n" + chunks)
    if is_read:
        assert read_image(tmp_path / "a.png", channels=channels).tolist() == [[[1, 2], [3, 255]]]
    else:
        with pytest.raises(DataError, match="16-bit pixels of 2 channels where 4 are configured"):
            read_image(tmp_path / "a.png", channels=channels)


def test_integers_of_32_bits_above_the_signed_ones_take_the_stated_range(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", np.array([[0, 2**31, 2**32 - 1]], np.uint32))
    found = read_image(tmp_path / "a.tif", channels=1, value_range=(0, 2**32 - 1))
    assert found[..., 0].tolist() == [[0, 128, 255]]


@pytest.mark.parametrize("dtype", ["float32", "float64", "int8", "int16", "uint32"])
def test_rgb_of_other_numbers_takes_the_stated_range(tmp_path, dtype):
    tifffile.imwrite(tmp_path / "a.tif", np.array([[[0, 40, 100], [9, 20, 120]]], dtype), photometric="rgb")
    found = read_image(tmp_path / "a.tif", value_range=(0, 100))
    np.testing.assert_array_equal(found, [[[0, 102, 255], [23, 51, 255]]])
    assert image_header(tmp_path / "a.tif") == ((1, 2), "3 channels", "")


def test_signed_bytes_of_grey_are_not_taken_for_unsigned_ones(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", np.array([[-100, 0, 100]], np.int8))
    found = read_image(tmp_path / "a.tif", channels=1, value_range=(-100, 100))
    assert found[..., 0].tolist() == [[0, 128, 255]]


def test_the_header_tells_the_profile_of_floats(tmp_path, display_p3):
    tifffile.imwrite(
        tmp_path / "a.tif", np.zeros((2, 2, 3), np.float32), photometric="rgb", iccprofile=display_p3
    )
    assert image_header(tmp_path / "a.tif").profile != ""
