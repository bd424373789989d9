import io

import numpy as np
import pytest
from PIL import Image, TiffImagePlugin

from video.pictures.png import BadPicture, png_chunk
from video.pictures.still_header import (
    Animation,
    RawPixels,
    TooManyPixels,
    format_of,
    is_16_bit,
    open_still,
    orientation,
    read_header,
)

PICTURE = np.full((4, 6, 3), 9, np.uint8)


def encoded(pixels, kind, **options):
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, kind, **options)
    return buffer


def turned(number):
    exif = Image.Exif()
    exif[0x0112] = number
    return exif


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WebP", "BMP", "TIFF", "GIF"])
def test_a_format_is_known_by_its_first_bytes(kind):
    assert format_of(encoded(PICTURE, kind).getvalue()[:16]) == kind


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WebP", "TIFF"])
def test_sizes_are_those_of_the_upright_picture(kind):
    header = read_header(encoded(PICTURE, kind, exif=turned(6)))
    assert (header.format, header.width, header.height) == (kind, 4, 6)
    assert (header.depth, header.has_alpha) == (8, False)


def test_an_orientation_after_the_pixels_of_a_png_counts():
    data = encoded(PICTURE, "PNG").getvalue()
    late = data[:-12] + png_chunk(b"eXIf", turned(8).tobytes().removeprefix(b"Exif\0\0")) + data[-12:]
    assert read_header(io.BytesIO(late)).orientation == 8


def test_a_tiff_is_turned_by_its_decoders():
    with open_still(encoded(PICTURE, "TIFF", exif=turned(6))) as picture:
        assert orientation(picture) == 1


@pytest.mark.filterwarnings("ignore:Corrupt EXIF")
def test_damaged_exif_does_not_cost_the_picture():
    assert read_header(encoded(PICTURE, "PNG", exif=b"MM\0*\xff\xff\xff\xff")).orientation == 1


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_sixteen_bits_are_seen_before_pixels_are_decoded(kind):
    wide = encoded(np.zeros((4, 6), np.uint16), kind)
    assert read_header(wide).depth == 16
    with open_still(wide) as picture:
        assert is_16_bit(picture)


@pytest.mark.parametrize(("data", "reason"), [(b"", "the file is empty"), (b"<html>", "its first bytes are")])
def test_what_is_not_a_picture_is_refused(data, reason):
    with pytest.raises(BadPicture, match=reason):
        read_header(io.BytesIO(data))


def test_too_many_pixels_are_refused():
    with (
        pytest.raises(TooManyPixels, match="at most 23 pixels; found 6x4"),
        open_still(encoded(PICTURE, "PNG"), max_pixels=23),
    ):
        pytest.fail("the block must not run")


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "GIF", "TIFF"])
def test_several_frames_or_pages_are_refused(kind):
    second = Image.fromarray(255 - PICTURE)
    with pytest.raises(Animation, match="an animation of 2 frames"):
        read_header(encoded(PICTURE, kind, save_all=True, append_images=[second]))


def test_raw_pixels_behind_a_thumbnail_are_refused():
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    tags[50706] = b"\1\4\0\0"
    buffer = io.BytesIO()
    Image.new("RGB", (8, 8)).save(buffer, "TIFF", tiffinfo=tags)
    with pytest.raises(RawPixels, match=r"raw pixels \(DNG\)"):
        read_header(buffer)
