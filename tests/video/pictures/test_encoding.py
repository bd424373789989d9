import io

import cv2
import numpy as np
import pytest
from PIL import Image

from video.pictures.encoding import encode_jpeg, encode_png, encode_tiff, encode_webp


def decoded(data):
    return np.asarray(Image.open(io.BytesIO(data)))


@pytest.mark.parametrize("encode", [encode_png, encode_tiff, encode_webp])
def test_lossless_formats_keep_every_pixel_and_alpha(encode):
    pixels = np.random.default_rng(0).integers(0, 256, (5, 7, 4), np.uint8)
    np.testing.assert_array_equal(decoded(encode(pixels, "lossless")), pixels)


@pytest.mark.parametrize("encode", [encode_jpeg, encode_webp])
def test_a_better_quality_is_nearer_and_larger(encode):
    noise = cv2.GaussianBlur(np.random.default_rng(0).normal(128, 90, (64, 96, 3)), (0, 0), 1).clip(0, 255)
    picture = noise.astype(np.uint8)
    files = [encode(picture, quality) for quality in ("small", "good", "high")]
    errors = [abs(decoded(file).astype(int) - picture).mean() for file in files]
    assert errors == sorted(errors, reverse=True)
    assert [len(file) for file in files] == sorted(len(file) for file in files)


def test_transparent_pixels_of_a_jpeg_are_composited_on_white():
    pixels = np.full((64, 96, 4), 40, np.uint8)
    pixels[:, :48, 3], pixels[:, 48:, 3] = 0, 255
    found = decoded(encode_jpeg(pixels, "high"))
    assert found[:, :40].min() > 250
    assert found[:, 56:].max() < 45
