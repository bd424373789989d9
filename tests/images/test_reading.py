import io
import os
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cyclegan_tf.errors import DataError
from cyclegan_tf.images.reading import image_header, read_image

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


def jpeg_with_claimed_size(height, width):
    data = bytearray(encoded(np.zeros((8, 8, 3), np.uint8), "JPEG"))
    start = data.index(b"\xff\xc0")
    data[start + 5 : start + 9] = struct.pack(">HH", height, width)
    return bytes(data)


def png_chunk(name, content):
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def png_with_claimed_size(height, width):
    header = png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + png_chunk(b"IDAT", zlib.compress(b"")) + png_chunk(b"IEND", b"")


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
def test_alpha_is_laid_over_white(tmp_path, alpha, expected):
    Image.new("RGBA", (2, 2), (255, 0, 0, alpha)).save(tmp_path / "a.png")
    np.testing.assert_allclose(read_image(tmp_path / "a.png")[0, 0], expected, atol=1)


def test_a_transparent_palette_entry_becomes_white(tmp_path):
    picture = Image.new("P", (2, 1))
    picture.putpalette([255, 0, 0, 0, 0, 255])
    picture.putdata([0, 1])
    picture.save(tmp_path / "a.png", transparency=0)
    np.testing.assert_array_equal(read_image(tmp_path / "a.png"), [[WHITE, BLUE]])


@pytest.mark.parametrize("suffix", [".png", ".tif"])
@pytest.mark.parametrize(("level", "expected"), [(0, 0), (128, 0), (129, 1), (32768, 128), (65535, 255)])
def test_16_bit_grey_is_scaled_by_its_full_range_and_rounded(tmp_path, suffix, level, expected):
    path = tmp_path / f"a{suffix}"
    Image.fromarray(np.full((2, 2), level, np.uint16)).save(path)
    assert np.unique(read_image(path)).tolist() == [expected]


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


@pytest.mark.parametrize("file_format", ["GIF", "PNG", "WEBP"])
def test_row_12_an_animation_is_refused(tmp_path, file_format):
    frames = [Image.fromarray(noise()), Image.fromarray(255 - noise())]
    path = tmp_path / "a.gif"
    frames[0].save(path, file_format, save_all=True, append_images=frames[1:])
    with pytest.raises(DataError, match=f"more than one frame in the picture {path}"):
        read_image(path)


def test_a_gif_with_one_frame_is_read(tmp_path):
    Image.fromarray(CORNERS).save(tmp_path / "a.gif")
    np.testing.assert_array_equal(read_image(tmp_path / "a.gif"), CORNERS)


def test_a_jpeg_with_a_second_view_gives_the_first(tmp_path):
    views = [Image.new("RGB", (16, 8), RED), Image.new("RGB", (16, 8), BLUE)]
    views[0].save(tmp_path / "a.jpg", "MPO", save_all=True, append_images=views[1:])
    np.testing.assert_allclose(read_image(tmp_path / "a.jpg")[0, 0], RED, atol=3)


def flipped_bit_in_the_pixel_checksum():
    data = bytearray(encoded(noise(), "PNG"))
    data[-13] ^= 1
    return bytes(data)


BROKEN = {
    "empty": (b"", "empty file"),
    "html": (b"<!DOCTYPE html><html>not found</html>", "HTML"),
    "text": (b"just words", "no known picture format"),
    "postscript": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "no known picture format"),
    "cut jpeg": (encoded(noise(), "JPEG")[:-200], "truncated"),
    "cut jpeg header": (encoded(noise(), "JPEG")[:100], "found"),
    "cut png": (encoded(noise(), "PNG")[:-300], "found"),
    "png without its end": (encoded(noise(), "PNG")[:-12], "found"),
    "png with a bad checksum": (flipped_bit_in_the_pixel_checksum(), "checksum"),
    "cut webp": (encoded(noise(), "WEBP")[:-100], "found"),
    "cut bmp": (encoded(noise(), "BMP")[:-100], "truncated"),
    "cut gif": (encoded(noise(), "GIF")[:-100], "truncated"),
    "jpeg that claims 9000x9000": (jpeg_with_claimed_size(9000, 9000), "cannot hold the 9000x9000"),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_file_is_refused_with_its_path_and_reason(tmp_path, kind):
    content, reason = BROKEN[kind]
    path = tmp_path / "bad.jpg"
    path.write_bytes(content)
    with pytest.raises(DataError, match=reason) as caught:
        read_image(path)
    assert caught.value.what == f"cannot read the picture {path}"
    assert caught.value.fix


@pytest.mark.filterwarnings("ignore:Corrupt EXIF")
def test_a_damaged_exif_block_does_not_cost_the_picture(tmp_path):
    data = encoded(noise(), "JPEG", exif=b"Exif\x00\x00MM\x00*\xff\xff\xff\xff")
    (tmp_path / "a.jpg").write_bytes(data)
    assert read_image(tmp_path / "a.jpg").shape == (24, 32, 3)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(DataError, match="found nothing"):
        read_image(tmp_path / "none.png")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no FIFOs")
def test_a_fifo_is_refused_without_waiting_for_a_writer(tmp_path):
    os.mkfifo(tmp_path / "a.png")
    with pytest.raises(DataError, match="not a regular file"):
        read_image(tmp_path / "a.png")


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize("read", [read_image, image_header])
@pytest.mark.parametrize("side", [10_001, 20_000])
def test_too_many_pixels_are_refused_from_the_header(tmp_path, read, side):
    path = tmp_path / "bomb.png"
    path.write_bytes(png_with_claimed_size(side, side))
    with pytest.raises(DataError, match="expected at most 100,000,000 pixels") as caught:
        read(path)
    assert caught.value.what == f"too many pixels in the picture {path}"


@pytest.mark.parametrize(("max_pixels", "fits"), [(24 * 32, True), (24 * 32 - 1, False)])
def test_max_pixels_is_the_last_size_that_is_accepted(tmp_path, max_pixels, fits):
    (tmp_path / "a.png").write_bytes(encoded(noise(), "PNG"))
    if fits:
        assert read_image(tmp_path / "a.png", max_pixels=max_pixels).shape == (24, 32, 3)
    else:
        with pytest.raises(DataError, match="found 32x24 = 768 pixels"):
            read_image(tmp_path / "a.png", max_pixels=max_pixels)


@pytest.mark.parametrize("file_format", ["JPEG", "PNG"])
def test_the_size_is_read_from_the_header_alone(tmp_path, file_format):
    (tmp_path / "a").write_bytes(encoded(noise(), file_format)[:-200])
    assert image_header(tmp_path / "a").size == (24, 32)


def test_a_large_flat_jpeg_is_not_mistaken_for_a_lie(tmp_path):
    flat = np.full((2000, 2000, 3), 128, np.uint8)
    (tmp_path / "a.jpg").write_bytes(encoded(flat, "JPEG", quality=1, progressive=True, optimize=True))
    assert read_image(tmp_path / "a.jpg").shape == (2000, 2000, 3)


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


def test_the_shared_webp_with_alpha_is_laid_over_white():
    path = clip("rgba.webp")
    rgba = np.asarray(Image.open(path).convert("RGBA"), np.float64)
    alpha = rgba[..., 3:] / 255
    np.testing.assert_allclose(read_image(path), rgba[..., :3] * alpha + 255 * (1 - alpha), atol=1)


@pytest.mark.parametrize("name", ["corrupt.jpg", "animated.gif"])
def test_shared_broken_stills_are_refused(name):
    with pytest.raises(DataError, match=name):
        read_image(clip(name))
