import io
import os
import struct
import zlib

import numpy as np
import pytest
import tifffile
from PIL import Image

from cyclegan_tf.errors import DataError
from cyclegan_tf.images.opening import UnreadKind
from cyclegan_tf.images.parts import read_parts
from cyclegan_tf.images.reading import image_header, read_image
from video.pictures.png import png_chunk

RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)


def noise(height=24, width=32):
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)


def encoded(array, file_format, **options):
    buffer = io.BytesIO()
    Image.fromarray(array).save(buffer, file_format, **options)
    return buffer.getvalue()


def jpeg_with_claimed_size(height, width):
    data = bytearray(encoded(np.zeros((8, 8, 3), np.uint8), "JPEG"))
    start = data.index(b"\xff\xc0")
    data[start + 5 : start + 9] = struct.pack(">HH", height, width)
    return bytes(data)


def png_with_claimed_size(height, width):
    header = png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + png_chunk(b"IDAT", zlib.compress(b"")) + png_chunk(b"IEND", b"")


@pytest.mark.parametrize("file_format", ["GIF", "PNG", "WEBP"])
def test_an_animation_is_refused(tmp_path, file_format):
    frames = [Image.fromarray(noise()), Image.fromarray(255 - noise())]
    path = tmp_path / "a.gif"
    frames[0].save(path, file_format, save_all=True, append_images=frames[1:])
    with pytest.raises(DataError, match=f"more than one frame in the picture {path}"):
        read_image(path)


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


def save_raw_file(path, *, dng_version=()):
    """Write what cameras write: a thumbnail, and in a directory below it the pixels of the sensor."""
    with tifffile.TiffWriter(path) as file:
        tags = [(50706, "B", 4, dng_version, True)] if dng_version else []
        file.write(noise(), photometric="rgb", subfiletype=1, subifds=1, metadata=None, extratags=tags)
        file.write(np.zeros((300, 200), np.uint16), photometric="minisblack", metadata=None)
    return path


@pytest.mark.parametrize("read", [read_image, read_parts, image_header])
@pytest.mark.parametrize("channels", [3, 5])
@pytest.mark.parametrize("suffix", [".dng", ".NEF"])
def test_the_thumbnail_of_a_raw_file_is_not_taken_for_the_picture(tmp_path, read, channels, suffix):
    path = save_raw_file(tmp_path / f"a{suffix}")
    with pytest.raises(UnreadKind, match=f"a camera's raw file is not read here: {path}") as caught:
        read(path, channels=channels)
    assert caught.value.fix == "develop it to PNG, TIFF or JPEG"


@pytest.mark.parametrize("channels", [3, 5])
def test_a_renamed_dng_is_known_by_its_version(tmp_path, channels):
    path = save_raw_file(tmp_path / "a.tif", dng_version=(1, 4, 0, 0))
    with pytest.raises(UnreadKind, match="a camera's raw file"):
        read_image(path, channels=channels)


def test_a_png_named_like_a_raw_file_is_read(tmp_path):
    (tmp_path / "a.dng").write_bytes(encoded(noise(), "PNG"))
    np.testing.assert_array_equal(read_image(tmp_path / "a.dng"), noise())
