import struct

import numpy as np
import pytest

from cyclegan_tf.errors import DataError
from cyclegan_tf.images.bands import read_values
from cyclegan_tf.images.reading import image_header, read_image


def noise(bands):
    return np.random.default_rng(0).integers(0, 256, (5, 7, bands), dtype=np.uint8)


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


@pytest.mark.parametrize("byte_order", "<>")
def test_values_are_of_this_machines_byte_order(tmp_path, byte_order):
    np.save(tmp_path / "a.npy", np.array([[[1, 258]]], f"{byte_order}u2"))
    found = read_values(tmp_path / "a.npy", 2)
    assert (found.tolist(), found.dtype) == ([[[1, 258]]], np.dtype(np.uint16))
    assert found.dtype.isnative


def test_the_header_shows_other_channels(tmp_path):
    np.save(tmp_path / "a.npy", noise(3))
    with pytest.raises(DataError, match="3 channels where 2 are configured"):
        image_header(tmp_path / "a.npy", channels=2)


NOT_PICTURES = {
    "floats without a range": (np.zeros((2, 2, 2)), "range is not stated"),
    "not numbers": (np.full((2, 2, 2), np.nan), "not numbers"),
    "four dimensions": (np.zeros((1, 2, 2, 2), np.uint8), "shape"),
    "other channels": (np.zeros((2, 2, 3), np.uint8), "3 channels where 2 are configured"),
    "objects": (np.full((2, 2, 2), None), "Python objects"),
    "text": (np.full((2, 2, 2), "x"), "levels|range"),
}


@pytest.mark.parametrize("kind", NOT_PICTURES)
def test_an_array_that_is_not_a_picture_is_refused_with_its_reason(tmp_path, kind):
    array, reason = NOT_PICTURES[kind]
    np.save(tmp_path / "a.npy", array)
    value_range = (0, 1) if kind in ("not numbers", "text") else None
    with pytest.raises(DataError, match=reason):
        read_image(tmp_path / "a.npy", channels=2, value_range=value_range)
