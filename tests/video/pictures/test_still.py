import io

import cv2
import numpy as np
import pytest
from PIL import Image, ImageOps

from video.pictures.png import BadPicture
from video.pictures.still import decode, decode_16_bits
from video.pictures.still_header import read_header

WIDE = np.random.default_rng(0).integers(0, 65536, (5, 7, 4), dtype=np.uint16)


def wide_file(suffix, channels):
    pixels = WIDE[..., :channels]
    places = {1: [0], 3: [2, 1, 0], 4: [2, 1, 0, 3]}[channels]
    return cv2.imencode(suffix, np.ascontiguousarray(pixels[..., places]))[1].tobytes()


@pytest.mark.parametrize("suffix", [".png", ".tiff"])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_all_sixteen_bits_are_there(suffix, channels):
    np.testing.assert_array_equal(decode_16_bits(wide_file(suffix, channels), 1), WIDE[..., :channels])


@pytest.mark.parametrize("number", range(1, 9))
def test_sixteen_bits_are_turned_as_pillow_turns_eight(number):
    found = decode_16_bits(wide_file(".png", 1), number)[..., 0]
    picture = Image.fromarray((WIDE[..., 0] >> 8).astype(np.uint8))
    picture.getexif()[0x0112] = number
    np.testing.assert_array_equal(found >> 8, np.asarray(ImageOps.exif_transpose(picture)))


def test_eight_bits_are_not_sixteen():
    data = cv2.imencode(".png", np.zeros((2, 2, 3), np.uint8))[1].tobytes()
    with pytest.raises(BadPicture, match="of an unknown kind"):
        decode_16_bits(data, 1)


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_a_header_with_alpha_gives_alpha_and_one_without_none(channels):
    data = wide_file(".png", channels)
    pixels = decode(data, read_header(io.BytesIO(data)))
    assert (pixels.shape, pixels.dtype) == ((5, 7, max(3, channels)), np.uint16)


def test_damaged_data_are_refused():
    data = bytearray(wide_file(".png", 3))
    data[-20] ^= 1
    with pytest.raises(BadPicture, match="checksum"):
        decode(bytes(data), read_header(io.BytesIO(data)))
