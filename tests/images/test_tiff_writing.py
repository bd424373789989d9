import io

import cv2
import numpy as np
import pytest
from PIL import Image, ImageCms

from cyclegan_tf.images.reading import read_image
from cyclegan_tf.images.tiff_reading import read_tiff_bands, tiff_header
from cyclegan_tf.images.tiff_writing import tiff_bytes


def noise(bands, dtype=np.uint8, height=37, width=41):
    values = np.random.default_rng(0).random((height, width, bands))
    return (values * (1 if np.dtype(dtype).kind == "f" else np.iinfo(dtype).max)).astype(dtype)


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int16", "uint32", "float32", "float64"])
@pytest.mark.parametrize("bands", [1, 3, 5, 13])
def test_what_is_written_is_read_again(tmp_path, dtype, bands):
    pixels, path = noise(bands, dtype), tmp_path / "a.tif"
    path.write_bytes(tiff_bytes(pixels))
    found = read_tiff_bands(path, tiff_header(path))
    assert found.dtype == pixels.dtype
    np.testing.assert_array_equal(found, pixels)


def test_a_picture_of_many_strips_is_whole(tmp_path):
    pixels, path = noise(3, height=1500, width=400), tmp_path / "a.tif"
    path.write_bytes(tiff_bytes(pixels))
    assert len(tiff_header(path).places) > 3
    np.testing.assert_array_equal(read_image(path), pixels)


@pytest.mark.parametrize(("bands", "mode"), [(1, "L"), (3, "RGB")])
def test_pillow_reads_grey_and_colour(bands, mode):
    pixels = noise(bands)
    with Image.open(io.BytesIO(tiff_bytes(pixels))) as picture:
        assert picture.mode == mode
        np.testing.assert_array_equal(np.asarray(picture).reshape(pixels.shape), pixels)


@pytest.mark.parametrize(("bands", "mode"), [(2, "LA"), (4, "RGBA")])
def test_pillow_knows_which_band_is_alpha(bands, mode):
    pixels = noise(bands)
    with Image.open(io.BytesIO(tiff_bytes(pixels, has_alpha=True))) as picture:
        assert picture.mode == mode
        np.testing.assert_array_equal(np.asarray(picture), pixels)


@pytest.mark.parametrize("bands", [1, 3, 4])
def test_opencv_reads_16_bits(bands):
    pixels = noise(bands, np.uint16)
    data = np.frombuffer(tiff_bytes(pixels, has_alpha=bands == 4), np.uint8)
    found = cv2.imdecode(data, cv2.IMREAD_UNCHANGED).reshape(pixels.shape)
    places = [2, 1, 0, 3][:bands] if bands > 1 else [0]
    np.testing.assert_array_equal(found[..., places], pixels)


def test_the_colour_profile_is_found_by_others():
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    with Image.open(io.BytesIO(tiff_bytes(noise(3), profile=profile))) as picture:
        assert picture.info["icc_profile"] == profile
