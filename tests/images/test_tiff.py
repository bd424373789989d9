"""Pillow, OpenCV and tifffile read what we write; Pillow and tifffile write what we read."""

import io
import zlib

import cv2
import numpy as np
import pytest
import tifffile
from PIL import Image

from cyclegan_tf.errors import DataError
from cyclegan_tf.images.opening import AnimatedPicture
from cyclegan_tf.images.reading import image_header, read_image
from cyclegan_tf.images.tiff import read_tiff, tiff_bytes


def noise(bands, dtype=np.uint8, height=37, width=41):
    values = np.random.default_rng(0).random((height, width, bands))
    return (values * (1 if np.dtype(dtype).kind == "f" else np.iinfo(dtype).max)).astype(dtype)


FIVE = noise(5)


LAYOUTS = {
    "one strip": {},
    "deflated strips": {"compression": "zlib", "rowsperstrip": 5},
    "deflated tiles": {"compression": "zlib", "tile": (16, 16)},
    "differences": {"compression": "zlib", "predictor": True},
    "tiles": {"tile": (16, 16)},
    "BigTIFF": {"bigtiff": True},
    "big-endian": {"byteorder": ">"},
    "bands one after the other": {"planarconfig": "separate"},
    "tiled bands one after the other": {"planarconfig": "separate", "compression": "zlib", "tile": (16, 16)},
}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "a.tif"


def save(path, pixels, **options):
    layout = {"photometric": "minisblack", "planarconfig": "contig", "metadata": None}
    tifffile.imwrite(path, pixels, **{**layout, **options})


@pytest.mark.parametrize("layout", LAYOUTS)
def test_five_bands_come_back_value_for_value(path, layout):
    options = LAYOUTS[layout]
    save(path, np.moveaxis(FIVE, -1, 0) if "planarconfig" in options else FIVE, **options)
    np.testing.assert_array_equal(read_image(path, channels=5), FIVE)


@pytest.mark.parametrize("compression", ["raw", "tiff_adobe_deflate", "packbits"])
def test_what_pillow_writes_comes_back_value_for_value(path, compression):
    Image.fromarray(noise(4), "CMYK").save(path, compression=compression)
    np.testing.assert_array_equal(read_tiff(path), noise(4))


@pytest.mark.parametrize("byte_order", "<>")
def test_wide_bands_are_scaled_whatever_their_byte_order(path, byte_order):
    save(path, np.array([[[0, 257], [65535, 25700]]], np.uint16), byteorder=byte_order)
    assert read_image(path, channels=2).tolist() == [[[0, 1], [255, 100]]]
    save(path, np.array([[[-1.0, 0.0], [1.0, 9.0]]], np.float32), byteorder=byte_order)
    assert read_image(path, channels=2, value_range=(-1, 1)).tolist() == [[[0, 128], [255, 255]]]


def test_the_header_has_size_and_channels(path):
    save(path, FIVE)
    assert image_header(path, channels=5) == ((37, 41), "5 channels", "")


def overwrite(tag, value):
    def change(path):
        with tifffile.TiffFile(path, mode="r+") as file:
            file.pages.first.tags[tag].overwrite(value)

    return change


def cut(path):
    path.write_bytes(path.read_bytes()[:-100])


def spoil(path):
    """Change the first block, whose place follows the directory."""
    with tifffile.TiffFile(path) as file:
        place = file.pages.first.dataoffsets[0]
    content = bytearray(path.read_bytes())
    content[place : place + 9] = b"x" * 9
    path.write_bytes(content)


BROKEN = {
    "cut": ({}, cut, "failed to read"),
    "cut in a strip": ({"rowsperstrip": 5, "compression": "zlib"}, cut, "truncated"),
    "short block": ({}, overwrite("StripByteCounts", 100), "100 of 7585 bytes"),
    "missing block": ({"rowsperstrip": 5}, overwrite("StripByteCounts", (1025,) * 7), "lists 7 blocks"),
    "empty block": ({"rowsperstrip": 5}, overwrite("StripOffsets", (0,) * 8), "where 8 are needed"),
    "damaged deflate": ({"compression": "zlib"}, spoil, "decompressing"),
    "LZW": ({}, overwrite("Compression", 5), "LZW: 5> requires the 'imagecodecs' package"),
    "no pixels": ({}, overwrite("ImageWidth", 0), "0 x 37"),
    "12 bits": ({}, overwrite("BitsPerSample", (12,) * 5), "12 bits"),
    "complex numbers": ({}, lambda path: None, "sample format 6"),
    "other bands": ({}, lambda path: None, "4 channels where 5 are configured"),
    "no directory": ({}, lambda path: path.write_bytes(b"II*\0\xff\xff\0\0"), "without a picture"),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_file_is_refused_with_its_reason(path, kind):
    options, change, reason = BROKEN[kind]
    save(
        path,
        {"other bands": noise(4), "complex numbers": FIVE.astype(np.complex64)}.get(kind, FIVE),
        **options,
    )
    change(path)
    with pytest.raises(DataError, match=reason) as caught:
        read_image(path, channels=5)
    assert caught.value.what == f"cannot read the picture {path}"


def test_a_header_that_claims_too_much_is_refused_before_a_pixel_is_read(path):
    save(path, FIVE, compression="zlib")
    for tag in ("ImageWidth", "ImageLength", "RowsPerStrip"):
        overwrite(tag, 20000)(path)
    with pytest.raises(DataError, match="expected at most 100,000,000 pixels"):
        read_image(path, channels=5)


def test_a_block_that_expands_to_more_than_its_pixels_is_refused_unexpanded(path, monkeypatch):
    bomb = zlib.compress(bytes(300 * 2**20), 9)
    save(path, FIVE, compression="zlib")
    place = path.stat().st_size
    path.write_bytes(path.read_bytes() + bomb)
    overwrite("StripOffsets", place)(path)
    overwrite("StripByteCounts", len(bomb))(path)
    monkeypatch.setattr(tifffile.TiffPage, "asarray", lambda *_, **__: pytest.fail("it was expanded"))
    with pytest.raises(DataError, match="more than the 7585 bytes of its pixels"):
        read_image(path, channels=5)


def test_the_key_is_named_when_rgb_is_asked_for(path):
    save(path, FIVE)
    with pytest.raises(DataError, match=r"5 channels where 3 are configured; set data\.channels_a"):
        read_image(path)


TURNS = {
    2: lambda pixels: pixels[:, ::-1],
    3: lambda pixels: np.rot90(pixels, 2),
    4: lambda pixels: pixels[::-1],
    5: lambda pixels: pixels.swapaxes(0, 1),
    6: lambda pixels: np.rot90(pixels, -1),
    7: lambda pixels: np.rot90(pixels, 2).swapaxes(0, 1),
    8: lambda pixels: np.rot90(pixels),
}


@pytest.mark.parametrize("number", TURNS)
def test_the_orientation_is_applied(path, number):
    save(path, FIVE, extratags=[(274, "H", 1, number, True)])
    expected = TURNS[number](FIVE)
    np.testing.assert_array_equal(read_image(path, channels=5), expected)
    assert image_header(path, channels=5).size == expected.shape[:2]


@pytest.mark.parametrize("bands", [1, 3])
def test_several_pages_of_numbers_that_pillow_does_not_know_are_refused(path, bands):
    with tifffile.TiffWriter(path) as file:
        for _ in range(2):
            file.write(noise(bands, np.float64), photometric="rgb" if bands == 3 else "minisblack")
    with pytest.raises(AnimatedPicture, match="a TIFF of 2 pages"):
        read_image(path, channels=bands, value_range=(0, 1))


def test_other_colours_are_not_taken_for_rgb(path):
    save(path, noise(3, np.uint16), photometric="cielab")
    with pytest.raises(DataError, match="a TIFF with 3 bands of photometric interpretation 8"):
        read_image(path)


# Writing
@pytest.mark.parametrize(
    ("bands", "dtype"),
    [(1, "int16"), (2, "uint8"), (3, "float32"), (4, "uint16"), (5, "float64"), (13, "uint32"), (1, "int8")],
)
def test_others_find_what_was_written(bands, dtype):
    pixels = noise(bands, dtype)
    found = tifffile.imread(io.BytesIO(tiff_bytes(pixels)))
    assert found.dtype == pixels.dtype
    np.testing.assert_array_equal(found.reshape(pixels.shape), pixels)


@pytest.mark.parametrize(
    ("bands", "has_alpha", "mode"), [(1, False, "L"), (3, False, "RGB"), (2, True, "LA"), (4, True, "RGBA")]
)
def test_pillow_reads_grey_and_colour_and_knows_which_band_is_alpha(bands, has_alpha, mode):
    pixels = noise(bands, height=1500)
    with Image.open(io.BytesIO(tiff_bytes(pixels, has_alpha=has_alpha))) as picture:
        assert picture.mode == mode
        np.testing.assert_array_equal(np.asarray(picture).reshape(pixels.shape), pixels)


@pytest.mark.parametrize("bands", [1, 3, 4])
def test_opencv_reads_16_bits(bands):
    pixels = noise(bands, np.uint16)
    data = np.frombuffer(tiff_bytes(pixels, has_alpha=bands == 4), np.uint8)
    found = cv2.imdecode(data, cv2.IMREAD_UNCHANGED).reshape(pixels.shape)
    places = [2, 1, 0, 3][:bands] if bands > 1 else [0]
    np.testing.assert_array_equal(found[..., places], pixels)
