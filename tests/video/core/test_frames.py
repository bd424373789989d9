import numpy as np
import pytest

from video.core.frames import letterboxed, padded_to_even, upright

ONE = 65536
PICTURE = np.arange(2 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3)


@pytest.mark.parametrize(
    "matrix, expected",
    [
        (None, PICTURE),
        ((ONE, 0, 0, ONE), PICTURE),
        ((-ONE, 0, 0, -ONE), np.rot90(PICTURE, 2)),
        ((0, -ONE, ONE, 0), np.rot90(PICTURE, 1)),
        ((0, ONE, -ONE, 0), np.rot90(PICTURE, -1)),
        ((-ONE, 0, 0, ONE), PICTURE[:, ::-1]),
        ((ONE, 0, 0, -ONE), PICTURE[::-1]),
        ((0, ONE, ONE, 0), PICTURE.transpose(1, 0, 2)),
    ],
)
def test_a_display_matrix_is_applied_to_the_pixels(matrix, expected):
    result = upright(PICTURE, matrix)
    np.testing.assert_array_equal(result, expected)
    assert result.flags.c_contiguous


@pytest.mark.parametrize("size, expected", [((4, 6), (4, 6)), ((3, 6), (4, 6)), ((3, 5), (4, 6))])
def test_odd_sides_repeat_their_last_line(size, expected):
    picture = np.random.default_rng(0).integers(0, 255, (*size, 3), dtype=np.uint8)
    padded = padded_to_even(picture)
    assert padded.shape == (*expected, 3)
    np.testing.assert_array_equal(padded[: size[0], : size[1]], picture)
    np.testing.assert_array_equal(padded[-1, : size[1]], picture[-1])


@pytest.mark.parametrize(
    "dtype, channels, size, rows, columns",
    [
        (np.uint8, (3,), (24, 32), slice(0, 24), slice(0, 32)),
        (np.uint8, (), (48, 32), slice(0, 24), slice(8, 24)),
        (np.int16, (1,), (6, 16), slice(6, 18), slice(0, 32)),
        (np.int16, (3,), (1, 1000), slice(11, 12), slice(0, 32)),
    ],
)
def test_a_picture_is_fitted_into_the_middle(dtype, channels, size, rows, columns):
    fitted = letterboxed(np.full((*size, *channels), 77, dtype), 32, 24)
    expected = np.zeros((24, 32, *channels), dtype)
    expected[rows, columns] = 77
    assert fitted.dtype == dtype
    np.testing.assert_array_equal(fitted, expected)
