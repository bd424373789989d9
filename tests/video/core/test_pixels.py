import numpy as np
import pytest

from video.core.pixels import over_white, to_8_bits, to_16_bits, white_where_hidden

LEVELS = np.arange(256, dtype=np.uint8)


def test_8_bits_survive_the_trip_through_16():
    wide = to_16_bits(LEVELS)
    assert (wide.dtype, wide[0], wide[-1]) == (np.uint16, 0, 65535)
    np.testing.assert_array_equal(to_8_bits(wide), LEVELS)


@pytest.mark.parametrize(("level", "expected"), [(0, 0), (128, 0), (129, 1), (32768, 128), (65535, 255)])
def test_16_bits_are_rounded_to_the_nearest_of_8(level, expected):
    assert to_8_bits(np.array([level], np.uint16)).tolist() == [expected]


def test_what_has_the_bits_already_stays_as_it_is():
    assert to_8_bits(LEVELS) is LEVELS
    wide = LEVELS.astype(np.uint16)
    assert to_16_bits(wide) is wide


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_half_of_black_on_white_is_grey(dtype):
    white = np.iinfo(dtype).max
    black, alpha = np.zeros((1, 3, 3), dtype), np.array([[0, white // 2 + 1, white]], dtype)
    found = over_white(black, alpha)
    assert found.dtype == dtype
    assert found[0, :, 0].tolist() == [white, white // 2, 0]


def test_only_what_is_wholly_hidden_becomes_white():
    pixels, alpha = np.full((1, 2, 3), 7, np.uint8), np.array([[0, 1]], np.uint8)
    assert white_where_hidden(pixels, alpha)[0, :, 0].tolist() == [255, 7]
