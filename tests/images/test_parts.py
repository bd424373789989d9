import struct

import cv2
import numpy as np
import pytest
import tifffile
from PIL import Image, ImageCms

from cyclegan_tf.errors import DataError
from cyclegan_tf.images import opening
from cyclegan_tf.images.levels import from_wide
from cyclegan_tf.images.parts import read_parts
from cyclegan_tf.images.profiles import srgb_profile
from cyclegan_tf.images.reading import read_image
from cyclegan_tf.images.tiff import tiff_bytes
from cyclegan_tf.images.writing import Output, storable_dtype, write_output
from video.pictures.png import png_chunk

PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
ORIENTATION = 0x0112


def noise(channels=3, dtype=np.uint8, height=5, width=7):
    random = np.random.default_rng(0)
    return random.integers(0, np.iinfo(dtype).max, (height, width, channels), dtype=dtype, endpoint=True)


def save_wide(path, pixels):
    places = [2, 1, 0, 3][: pixels.shape[-1]] if pixels.shape[-1] > 1 else [0]
    cv2.imwrite(str(path), np.ascontiguousarray(pixels[..., places]))
    return path


@pytest.mark.parametrize("mode", ["RGB", "L", "1", "P", "CMYK"])
@pytest.mark.parametrize("channels", [1, 3])
def test_what_is_opaque_and_has_8_bits_is_read_as_everywhere_else(tmp_path, mode, channels):
    path = tmp_path / "a.tif"
    Image.fromarray(noise()).convert(mode).save(path)
    parts = read_parts(path, channels=channels)
    np.testing.assert_array_equal(parts.pixels, read_image(path, channels=channels))
    assert (parts.alpha, parts.dtype) == (None, np.uint8)


def test_a_picture_is_opened_and_checked_once(tmp_path, monkeypatch):
    Image.fromarray(noise()).save(tmp_path / "a.png")
    calls, open_still, png_chunks = [], opening.open_still, opening.png_chunks
    monkeypatch.setattr(opening, "open_still", lambda *args: calls.append("opened") or open_still(*args))
    monkeypatch.setattr(opening, "png_chunks", lambda file: calls.append("checked") or png_chunks(file))
    np.testing.assert_array_equal(read_parts(tmp_path / "a.png").pixels, noise())
    assert calls == ["opened", "checked"]


def test_alpha_is_kept_and_colours_are_not_mixed_with_white(tmp_path):
    rgba = noise(4)
    rgba[..., 3] = np.maximum(rgba[..., 3], 1)
    Image.fromarray(rgba).save(tmp_path / "a.png")
    parts = read_parts(tmp_path / "a.png")
    np.testing.assert_array_equal(parts.pixels, rgba[..., :3])
    np.testing.assert_array_equal(parts.alpha, rgba[..., 3])


def test_the_network_sees_white_where_nothing_is_seen(tmp_path):
    rgba = noise(4)
    rgba[2:, :, 3] = 0
    rgba[:2, :, 3] = 200
    Image.fromarray(rgba).save(tmp_path / "a.png")
    parts = read_parts(tmp_path / "a.png")
    assert (parts.pixels[2:] == 255).all()
    np.testing.assert_array_equal(parts.pixels[:2], rgba[:2, :, :3])


def test_alpha_that_hides_nothing_is_none(tmp_path):
    Image.fromarray(noise()).convert("RGBA").save(tmp_path / "a.png")
    assert read_parts(tmp_path / "a.png").alpha is None


def test_a_transparent_colour_of_a_palette_is_alpha(tmp_path):
    palette = Image.fromarray(noise()).quantize(8)
    palette.save(tmp_path / "a.png", transparency=3)
    np.testing.assert_array_equal(read_parts(tmp_path / "a.png").alpha == 0, np.asarray(palette) == 3)


@pytest.mark.parametrize("number", [3, 6])
def test_alpha_is_turned_with_the_picture(tmp_path, number):
    rgba = noise(4)
    rgba[..., 3] = np.maximum(rgba[..., 3], 1)
    exif = Image.Exif()
    exif[ORIENTATION] = number
    Image.fromarray(rgba).save(tmp_path / "a.png", exif=exif)
    Image.fromarray(np.repeat(rgba[..., 3:], 3, -1)).save(tmp_path / "alpha.png", exif=exif)
    np.testing.assert_array_equal(
        read_parts(tmp_path / "a.png").alpha, read_image(tmp_path / "alpha.png")[..., 0]
    )


@pytest.mark.parametrize("suffix", [".png", ".tif"])
@pytest.mark.parametrize("channels", [1, 3, 4], ids=["grey", "colour", "alpha"])
def test_16_bits_are_all_there(tmp_path, suffix, channels):
    pixels = noise(channels, np.uint16)
    if channels == 4:
        pixels[..., 3] = np.maximum(pixels[..., 3], 1)
    parts = read_parts(save_wide(tmp_path / f"a{suffix}", pixels))
    assert parts.pixels.dtype == parts.dtype == np.uint16
    np.testing.assert_array_equal(parts.pixels, np.broadcast_to(pixels[..., :3], (5, 7, 3)))
    np.testing.assert_array_equal(parts.alpha, pixels[..., 3] if channels == 4 else None)


def test_16_bits_take_the_range_of_the_model(tmp_path):
    pixels = np.array([[[0, 1000, 4095]]], np.uint16)
    parts = read_parts(save_wide(tmp_path / "a.png", pixels), value_range=(0, 4095))
    assert parts.pixels.tolist() == [[[0, 16004, 65535]]]


def test_16_bits_become_8_where_they_cannot_be_kept(tmp_path):
    pixels = noise(3, np.uint16)
    parts = read_parts(save_wide(tmp_path / "a.png", pixels), keep_depth=False)
    assert parts.pixels.dtype == np.uint8
    # So that it can be said that they became fewer.
    assert parts.dtype == np.uint16
    np.testing.assert_allclose(parts.pixels, pixels / 257, atol=0.51)


def test_the_luminance_of_16_bits_is_that_of_8(tmp_path):
    save_wide(tmp_path / "a.png", noise(3, np.uint16))
    wide = read_parts(tmp_path / "a.png", channels=1).pixels
    np.testing.assert_allclose(wide / 257, read_image(tmp_path / "a.png", channels=1), atol=1.6)


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
def test_bands_are_read_as_they_are(tmp_path, dtype):
    bands = noise(5).astype(dtype)
    np.save(tmp_path / "a.npy", bands)
    (tmp_path / "a.tif").write_bytes(tiff_bytes(bands))
    for name in ("a.npy", "a.tif"):
        parts = read_parts(tmp_path / name, channels=5, value_range=(0, 255))
        assert parts.dtype == dtype
        scale = 1 if dtype == "uint8" else 257
        np.testing.assert_array_equal(parts.pixels, noise(5).astype(int) * scale)


def test_bands_become_8_bits_where_they_cannot_be_kept(tmp_path):
    np.save(tmp_path / "a.npy", noise(3).astype(np.float32))
    parts = read_parts(tmp_path / "a.npy", value_range=(0, 255), keep_depth=False)
    np.testing.assert_array_equal(parts.pixels, noise(3))


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.tif", "a.webp"])
def test_the_colour_profile_comes_along(tmp_path, name):
    Image.fromarray(noise()).save(tmp_path / name, icc_profile=PROFILE)
    assert read_parts(tmp_path / name).profile == PROFILE


def test_a_missing_file_is_a_data_error(tmp_path):
    with pytest.raises(DataError, match="found nothing"):
        read_parts(tmp_path / "a.png")


def test_floats_without_a_range_and_other_channels_are_refused(tmp_path):
    Image.fromarray(noise()[..., 0].astype(np.float32)).save(tmp_path / "a.tif")
    with pytest.raises(DataError, match="no range"):
        read_parts(tmp_path / "a.tif")
    np.save(tmp_path / "a.npy", noise(2))
    with pytest.raises(DataError, match="2 channels where 3"):
        read_parts(tmp_path / "a.npy")


def test_a_header_that_claims_too_much_is_refused(tmp_path):
    Image.fromarray(noise()).save(tmp_path / "a.png")
    with pytest.raises(DataError, match="too many pixels"):
        read_parts(tmp_path / "a.png", max_pixels=34)
    np.save(tmp_path / "a.npy", noise())
    with pytest.raises(DataError, match="too many pixels"):
        read_parts(tmp_path / "a.npy", max_pixels=34)


def test_the_one_transparent_level_of_16_bit_grey_is_alpha(tmp_path):
    data = cv2.imencode(".png", np.array([[1000, 40000]], np.uint16))[1].tobytes()
    chunk = png_chunk(b"tRNS", struct.pack(">H", 1000))
    (tmp_path / "a.png").write_bytes(data[:33] + chunk + data[33:])
    parts = read_parts(tmp_path / "a.png")
    assert parts.alpha.tolist() == [[0, 65535]]
    assert parts.pixels[0].tolist() == [[65535] * 3, [40000] * 3]


def test_the_fourth_byte_of_a_bmp_and_the_second_picture_of_an_mpo_are_said_to_be_left_out(tmp_path):
    rgba = noise(4)
    Image.fromarray(rgba).save(tmp_path / "alpha.bmp")
    Image.fromarray(rgba[..., :3]).save(tmp_path / "opaque.bmp")
    two = [Image.fromarray(noise()), Image.fromarray(255 - noise())]
    two[0].save(tmp_path / "two.mpo", save_all=True, append_images=two[1:])
    assert "fourth byte" in read_parts(tmp_path / "alpha.bmp").lost[0]
    assert read_parts(tmp_path / "opaque.bmp").lost == ()
    assert read_parts(tmp_path / "two.mpo").lost == ("the first of the file's 2 pictures was taken",)


def test_a_wide_profile_becomes_that_of_srgb_and_alpha_stays(tmp_path, display_p3):
    Image.fromarray(noise(4)).save(tmp_path / "a.png", icc_profile=display_p3)
    parts = read_parts(tmp_path / "a.png")
    assert parts.profile == srgb_profile()
    np.testing.assert_array_equal(parts.alpha, noise(4)[..., 3])


def test_16_bits_of_a_wide_profile_stay_and_that_is_said(tmp_path, display_p3):
    path = tmp_path / "a.tif"
    path.write_bytes(tiff_bytes(noise(dtype=np.uint16), has_alpha=False, profile=display_p3))
    parts = read_parts(path)
    np.testing.assert_array_equal(parts.pixels, noise(dtype=np.uint16))
    assert "were taken as those of sRGB" in parts.lost[0]


WHOLE_NUMBERS = {
    "int16": [-1000, 0, 1234, 3000],
    "int32": [-200_000, 0, 70_000, 200_000],
    "uint32": [0, 70_000, 2_200_000_000, 4_200_000_000],
}


@pytest.mark.parametrize("dtype", WHOLE_NUMBERS)
def test_signed_and_32_bit_integers_come_through_a_tiff_in_their_own_type(tmp_path, dtype):
    values = np.array([WHOLE_NUMBERS[dtype]], dtype)
    limits = (int(values.min()), int(values.max()))
    tifffile.imwrite(tmp_path / "a.tif", values)
    parts = read_parts(tmp_path / "a.tif", channels=1, value_range=limits)
    assert parts.dtype == dtype
    pixels = from_wide(parts.pixels, storable_dtype(".tif", parts.dtype), limits)
    write_output(tmp_path / "b.tif", Output(pixels))
    written = tifffile.imread(tmp_path / "b.tif")
    assert written.dtype == dtype
    step = (limits[1] - limits[0]) / 65535
    np.testing.assert_allclose(written.astype(float), values.astype(float), rtol=0, atol=step / 2 + 0.5)


@pytest.mark.parametrize("suffix", [".tif", ".npy"])
@pytest.mark.parametrize(
    ("dtype", "values"), [("int16", [-1, 9]), ("int32", [-9, 9]), ("uint32", [0, 65536])]
)
def test_integers_beyond_16_bits_without_a_range_are_refused(tmp_path, suffix, dtype, values):
    save = np.save if suffix == ".npy" else tifffile.imwrite
    save(tmp_path / f"a{suffix}", np.array([values], dtype))
    with pytest.raises(DataError, match=f"16-bit range: {values[0]} to {values[1]}, and the model knows no"):
        read_parts(tmp_path / f"a{suffix}", channels=1)


def test_16_bit_alpha_is_one_of_four_channels(tmp_path):
    parts = read_parts(save_wide(tmp_path / "a.png", noise(4, np.uint16)), channels=4)
    assert parts.dtype == np.uint16
    np.testing.assert_array_equal(parts.pixels, noise(4, np.uint16))


@pytest.mark.parametrize("byte_order", "<>")
def test_rgb_of_floats_stays_of_floats(tmp_path, byte_order):
    tifffile.imwrite(tmp_path / "a.tif", noise() / np.float32(255), photometric="rgb", byteorder=byte_order)
    parts = read_parts(tmp_path / "a.tif", value_range=(0, 1))
    assert parts.dtype == np.dtype(np.float32)
    assert storable_dtype(".tif", parts.dtype) == np.float32
    np.testing.assert_array_equal(parts.pixels, noise().astype(int) * 257)


def test_floats_of_a_wide_profile_keep_it_and_that_is_said(tmp_path, display_p3):
    (tmp_path / "a.tif").write_bytes(tiff_bytes(noise() / np.float32(255), profile=display_p3))
    parts = read_parts(tmp_path / "a.tif", value_range=(0, 1))
    assert parts.profile == display_p3
    assert parts.lost[0].startswith("float colours of ")
