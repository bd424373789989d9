import imageio.v3 as imageio
import numpy as np
import pytest
from PIL import Image, ImageCms
from PIL.ExifTags import Base

from cyclegan_tf.errors import OutputError
from cyclegan_tf.images.parts import read_parts
from cyclegan_tf.images.writing import FORMATS, Output, storable_dtype, write_output

RGB_PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
GREY_PROFILE = RGB_PROFILE[:16] + b"GRAY" + RGB_PROFILE[20:]
LOSSLESS = [suffix for suffix in FORMATS if suffix in (".png", ".tif", ".tiff", ".bmp", ".npy")]


def noise(channels=3, dtype=np.uint8, height=6, width=9):
    random = np.random.default_rng(0)
    return random.integers(0, np.iinfo(dtype).max, (height, width, channels), dtype=dtype, endpoint=True)


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize("channels", [1, 3])
def test_others_read_what_was_written(tmp_path, suffix, channels):
    path, pixels = tmp_path / f"a{suffix}", np.full((32, 24, channels), (200, 100, 50)[:channels], np.uint8)
    pixels[:16] //= 2
    assert write_output(path, Output(pixels)) == []
    found = np.load(path) if suffix == ".npy" else imageio.imread(path)
    if found.ndim == 3 and channels == 1:
        found = found[..., :1]  # WebP has no grey.
    np.testing.assert_allclose(found.reshape(pixels.shape), pixels, atol=0 if suffix in LOSSLESS else 11)


def test_jpeg_keeps_colours_at_full_resolution(tmp_path):
    # Red and blue in turn would both become purple if colours were halved.
    pixels = np.full((16, 16, 3), (250, 10, 10), np.uint8)
    pixels[:, 1::2] = (10, 10, 250)
    write_output(tmp_path / "a.jpg", Output(pixels))
    np.testing.assert_allclose(read_parts(tmp_path / "a.jpg").pixels, pixels, atol=25)


@pytest.mark.parametrize("suffix", [".png", ".tif"])
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("has_alpha", [False, True], ids=["opaque", "alpha"])
def test_16_bits_alpha_and_profile_come_back(tmp_path, suffix, channels, has_alpha):
    path, pixels = tmp_path / f"a{suffix}", noise(channels, np.uint16)
    alpha = np.maximum(noise(1, np.uint16)[..., 0], 1) if has_alpha else None
    profile = RGB_PROFILE if channels == 3 else GREY_PROFILE
    if channels == 1 and has_alpha:
        # Becomes colour, which more programs can read.
        profile = None
    assert write_output(path, Output(pixels, alpha, profile)) == []
    parts = read_parts(path)
    np.testing.assert_array_equal(parts.pixels, np.broadcast_to(pixels, parts.pixels.shape))
    np.testing.assert_array_equal(parts.alpha, alpha)
    assert parts.profile == profile


@pytest.mark.parametrize("suffix", [".png", ".tif", ".webp"])
def test_8_bit_alpha_comes_back_exactly(tmp_path, suffix):
    alpha = noise(1)[..., 0]
    write_output(tmp_path / f"a{suffix}", Output(noise(), alpha))
    np.testing.assert_array_equal(read_parts(tmp_path / f"a{suffix}").alpha, alpha)


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".tif"])
def test_the_colour_profile_is_written(tmp_path, suffix):
    assert write_output(tmp_path / f"a{suffix}", Output(noise(), None, RGB_PROFILE)) == []
    with Image.open(tmp_path / f"a{suffix}") as picture:
        assert picture.info["icc_profile"] == RGB_PROFILE


def described():
    exif = Image.Exif()
    exif[Base.ImageDescription] = "a horse"
    return exif.tobytes()


@pytest.mark.parametrize(
    ("suffix", "dtype"), [(".jpg", np.uint8), (".png", np.uint8), (".png", np.uint16), (".webp", np.uint8)]
)
def test_exif_is_written(tmp_path, suffix, dtype):
    assert write_output(tmp_path / f"a{suffix}", Output(noise(3, dtype), exif=described())) == []
    with Image.open(tmp_path / f"a{suffix}") as picture:
        assert picture.getexif()[Base.ImageDescription] == "a horse"


@pytest.mark.parametrize("suffix", [".tif", ".bmp"])
def test_exif_that_a_format_does_not_hold_is_said(tmp_path, suffix):
    assert write_output(tmp_path / f"a{suffix}", Output(noise(), exif=described())) == ["EXIF was left out"]


def test_exif_that_is_too_long_for_jpeg_is_left_out(tmp_path):
    long = Image.Exif()
    long[Base.ImageDescription] = "a horse " * 10_000
    assert write_output(tmp_path / "a.png", Output(noise(), exif=long.tobytes())) == []
    assert write_output(tmp_path / "a.jpg", Output(noise(), exif=long.tobytes())) == ["EXIF was left out"]
    assert (tmp_path / "a.jpg").stat().st_size > 0


def test_a_profile_of_another_colour_model_is_left_out_and_said(tmp_path):
    notes = write_output(tmp_path / "a.png", Output(noise(), None, GREY_PROFILE))
    assert notes == ["the colour profile was of another colour model"]
    with Image.open(tmp_path / "a.png") as picture:
        assert "icc_profile" not in picture.info


def test_alpha_is_composited_on_white_where_there_is_none_and_said(tmp_path):
    alpha = np.zeros((6, 9), np.uint8)
    alpha[:, 3:6] = 255
    alpha[:, 6:] = 51
    notes = write_output(tmp_path / "a.bmp", Output(np.zeros((6, 9, 3), np.uint8), alpha))
    assert notes == ["alpha was composited on white"]
    assert read_parts(tmp_path / "a.bmp").pixels[0, ::3, 0].tolist() == [255, 0, 204]


def test_alpha_of_other_bits_than_the_pixels_fits_them(tmp_path):
    alpha = np.full((6, 9), 51, np.uint8)
    write_output(tmp_path / "a.png", Output(noise(3, np.uint16), alpha))
    assert np.unique(read_parts(tmp_path / "a.png").alpha).tolist() == [51 * 257]


@pytest.mark.parametrize(
    ("suffix", "dtype", "expected"),
    [
        (".jpg", "uint16", "uint8"),
        (".png", "uint16", "uint16"),
        (".png", "float32", "uint16"),
        (".tif", "float32", "float32"),
        (".npy", "float16", "float16"),
    ],
)
def test_a_number_type_is_kept_where_the_format_holds_it(suffix, dtype, expected):
    assert storable_dtype(suffix, np.dtype(dtype)) == expected


def test_a_picture_that_a_format_cannot_hold_is_an_error_that_names_it_and_leaves_the_old_file(tmp_path):
    path = tmp_path / "a.webp"
    path.write_bytes(b"precious")
    with pytest.raises(OutputError, match=r"cannot write the picture: .*a\.webp\n20000x1 pixels as \.webp"):
        write_output(path, Output(np.zeros((1, 20000, 3), np.uint8)))
    assert [file.read_bytes() for file in tmp_path.iterdir()] == [b"precious"]
