import struct
import zlib

import numpy as np
import pytest

from cyclegan_tf.errors import DataError
from cyclegan_tf.images.reading import image_header, read_image


def noise(bands, height=5, width=7, dtype=np.uint8):
    limit = np.iinfo(dtype).max
    return np.random.default_rng(0).integers(0, limit, (height, width, bands), dtype=dtype, endpoint=True)


def tiff(blocks, entries, byte_order="<"):
    """A TIFF of given blocks of pixels and directory entries {tag: values}, stored as 32-bit numbers."""
    body, places = b"", []
    for block in blocks:
        places.append(8 + len(body))
        body += block
    offsets_tag, sizes_tag = (324, 325) if 322 in entries else (273, 279)
    entries = {**entries, offsets_tag: places, sizes_tag: [len(block) for block in blocks]}
    directory, tail = b"", b""
    start = 8 + len(body)
    tail_start = start + 2 + 12 * len(entries) + 4
    for tag in sorted(entries):
        values = struct.pack(f"{byte_order}{len(entries[tag])}I", *entries[tag])
        place = values
        if len(values) > 4:
            place = struct.pack(f"{byte_order}I", tail_start + len(tail))
            tail += values
        directory += struct.pack(f"{byte_order}HHI", tag, 4, len(entries[tag])) + place
    magic = b"II*\0" if byte_order == "<" else b"MM\0*"
    header = magic + struct.pack(f"{byte_order}I", start)
    return header + body + struct.pack(f"{byte_order}H", len(entries)) + directory + bytes(4) + tail


def entries_of(pixels, **more):
    height, width, bands = pixels.shape
    kind = {"u": 1, "i": 2, "f": 3}[pixels.dtype.kind]
    basic = {256: [width], 257: [height], 258: [8 * pixels.dtype.itemsize] * bands, 259: [1], 262: [1]}
    given = {int(tag[1:]): values for tag, values in more.items()}
    return {**basic, 277: [bands], 278: [height], 284: [1], 339: [kind] * bands, **given}


def strips(pixels, rows):
    return [pixels[top : top + rows].tobytes() for top in range(0, len(pixels), rows)]


def planes(pixels):
    return [np.ascontiguousarray(pixels[..., band]).tobytes() for band in range(pixels.shape[-1])]


def tiles(pixels, side):
    height, width, bands = pixels.shape
    padded = np.zeros((-(-height // side) * side, -(-width // side) * side, bands), pixels.dtype)
    padded[:height, :width] = pixels
    corners = [(y, x) for y in range(0, height, side) for x in range(0, width, side)]
    return [padded[y : y + side, x : x + side].tobytes() for y, x in corners]


def differences(pixels):
    return np.diff(pixels, axis=1, prepend=pixels.dtype.type(0))


FIVE = noise(5)
LAYOUTS = {
    "one strip": (strips(FIVE, 5), entries_of(FIVE)),
    "several strips": (strips(FIVE, 2), entries_of(FIVE, t278=[2])),
    "tiles": (tiles(FIVE, 4), entries_of(FIVE, t322=[4], t323=[4])),
    "planes": (planes(FIVE), entries_of(FIVE, t284=[2])),
    "deflated": ([zlib.compress(block) for block in strips(FIVE, 2)], entries_of(FIVE, t259=[8], t278=[2])),
    "differences": (
        [zlib.compress(block) for block in strips(differences(FIVE), 5)],
        entries_of(FIVE, t259=[32946], t317=[2]),
    ),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_tiff_of_five_bands_comes_back_value_for_value(tmp_path, layout):
    (tmp_path / "a.tif").write_bytes(tiff(*LAYOUTS[layout]))
    np.testing.assert_array_equal(read_image(tmp_path / "a.tif", channels=5), FIVE)


@pytest.mark.parametrize("byte_order", ["<", ">"])
def test_the_byte_order_of_the_file_counts(tmp_path, byte_order):
    pixels = np.array([[[0, 257], [65535, 25700]]], f"{byte_order}u2")
    (tmp_path / "a.tif").write_bytes(tiff([pixels.tobytes()], entries_of(pixels), byte_order))
    assert read_image(tmp_path / "a.tif", channels=2).tolist() == [[[0, 1], [255, 100]]]


def test_float_bands_take_the_stated_range(tmp_path):
    pixels = np.array([[[-1.0, 0.0], [1.0, 9.0]]], "<f4")
    (tmp_path / "a.tif").write_bytes(tiff([pixels.tobytes()], entries_of(pixels)))
    found = read_image(tmp_path / "a.tif", channels=2, value_range=(-1, 1))
    assert found.tolist() == [[[0, 128], [255, 255]]]


def test_the_header_of_a_multi_band_tiff_tells_size_and_channels(tmp_path):
    (tmp_path / "a.tif").write_bytes(tiff(*LAYOUTS["one strip"]))
    assert image_header(tmp_path / "a.tif", channels=5) == ((5, 7), "5 channels")


BROKEN = {
    "cut": (tiff([FIVE.tobytes()[:-9]], entries_of(FIVE)), "truncated file"),
    "damaged deflate": (tiff([b"x" * 60], entries_of(FIVE, t259=[8])), "decompressing"),
    "another compression": (tiff([b"x" * 60], entries_of(FIVE, t259=[5])), "compression 5"),
    "another predictor": (tiff([b"x" * 60], entries_of(FIVE, t317=[3])), "predictor 3"),
    "too few blocks": (tiff(strips(FIVE, 2)[:2], entries_of(FIVE, t278=[2])), "lists 2 blocks"),
    "12 bits": (tiff([b"x" * 60], {**entries_of(FIVE), 258: [12] * 5}), "12"),
    "no directory": (b"II*\0\xff\xff\0\0", "found"),
    "other bands": (tiff([noise(4).tobytes()], entries_of(noise(4))), "4 channels where 5 are configured"),
}


@pytest.mark.filterwarnings("ignore:Corrupt EXIF")
@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_multi_band_tiff_is_refused_with_its_reason(tmp_path, kind):
    content, reason = BROKEN[kind]
    (tmp_path / "a.tif").write_bytes(content)
    with pytest.raises(DataError, match=reason) as caught:
        read_image(tmp_path / "a.tif", channels=5)
    assert caught.value.what == f"cannot read the picture {tmp_path / 'a.tif'}"


def test_a_multi_band_tiff_is_refused_by_its_header_when_it_claims_too_much(tmp_path):
    (tmp_path / "a.tif").write_bytes(
        tiff([b""], {**entries_of(FIVE), 256: [20000], 257: [20000], 278: [20000]})
    )
    with pytest.raises(DataError, match="expected at most 100,000,000 pixels"):
        read_image(tmp_path / "a.tif", channels=5)


def test_a_multi_band_tiff_names_the_key_when_rgb_is_asked_for(tmp_path):
    (tmp_path / "a.tif").write_bytes(tiff(*LAYOUTS["one strip"]))
    with pytest.raises(DataError, match=r"data\.channels_a"):
        read_image(tmp_path / "a.tif")


@pytest.mark.parametrize("bands", [1, 2, 3, 16])
def test_an_array_comes_back_value_for_value(tmp_path, bands):
    np.save(tmp_path / "a.npy", noise(bands))
    np.testing.assert_array_equal(read_image(tmp_path / "a.npy", channels=bands), noise(bands))


def test_an_array_of_two_dimensions_has_one_channel(tmp_path):
    np.save(tmp_path / "a.npy", noise(1)[..., 0])
    np.testing.assert_array_equal(read_image(tmp_path / "a.npy", channels=1), noise(1))


def test_an_array_of_16_bits_takes_the_stated_range(tmp_path):
    np.save(tmp_path / "a.npy", np.array([[[0, 100], [200, 5000]]], np.uint16))
    found = read_image(tmp_path / "a.npy", channels=2, value_range=(100, 200))
    assert found.tolist() == [[[0, 0], [255, 255]]]


def claimed_npy(shape):
    header = f"{{'descr': '|u1', 'fortran_order': False, 'shape': {shape}, }}".encode()
    header += b" " * (63 - (len(header) + 10) % 64) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header


def test_an_array_that_claims_too_many_pixels_costs_no_memory(tmp_path):
    (tmp_path / "a.npy").write_bytes(claimed_npy((20000, 20000, 4)))
    with pytest.raises(DataError):
        image_header(tmp_path / "a.npy", channels=4)


NOT_PICTURES = {
    "floats without a range": (np.zeros((2, 2, 2)), "range is not stated"),
    "not numbers": (np.full((2, 2, 2), np.nan), "not numbers"),
    "four dimensions": (np.zeros((1, 2, 2, 2), np.uint8), "shape"),
    "other channels": (np.zeros((2, 2, 3), np.uint8), "3 channels where 2 are configured"),
    "objects": (np.full((2, 2, 2), None), "Python objects"),
    "text": (np.full((2, 2, 2), "x"), "levels|range"),
}


@pytest.mark.parametrize("kind", NOT_PICTURES)
def test_an_array_that_is_no_picture_is_refused_with_its_reason(tmp_path, kind):
    array, reason = NOT_PICTURES[kind]
    np.save(tmp_path / "a.npy", array)
    value_range = (0, 1) if kind in ("not numbers", "text") else None
    with pytest.raises(DataError, match=reason):
        read_image(tmp_path / "a.npy", channels=2, value_range=value_range)
