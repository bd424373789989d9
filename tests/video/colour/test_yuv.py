import av
import numpy as np
import pytest

from video.colour.yuv import from_rgb_matrix, plane, to_rgb_matrix
from video.core.colour_codes import FULL, LIMITED, Colour

BT709 = Colour(1, LIMITED, 1, 1)


@pytest.mark.parametrize(
    ("bits", "color_range", "rgb", "yuv"),
    [
        # BT.709: black, white and the primaries of limited range, by its tables.
        (8, LIMITED, (0, 0, 0), (16, 128, 128)),
        (8, LIMITED, (1, 1, 1), (235, 128, 128)),
        (8, LIMITED, (1, 0, 0), (62.6, 102.3, 240)),
        (8, LIMITED, (0, 0, 1), (31.8, 240, 117.7)),
        (10, LIMITED, (1, 1, 1), (940, 512, 512)),
        (10, FULL, (1, 1, 1), (1023, 512, 512)),
    ],
)
def test_the_matrix_maps_rgb_to_the_code_values_of_the_standard(bits, color_range, rgb, yuv):
    matrix = from_rgb_matrix(Colour(1, color_range, 1, 1), bits, 1.0)
    assert matrix @ [*rgb, 1] == pytest.approx(yuv, abs=0.1)


@pytest.mark.parametrize("matrix", [1, 4, 5, 6, 7, 9, 10])
def test_the_matrix_to_rgb_is_the_inverse(matrix):
    colour = Colour(matrix, LIMITED, matrix, 1)
    there, back = from_rgb_matrix(colour, 8, 255), to_rgb_matrix(colour, 8, 255)
    rgb = np.array([13.0, 77.0, 200.0])
    assert back @ [*(there @ [*rgb, 1]), 1] == pytest.approx(rgb)


@pytest.mark.parametrize(
    ("pix_fmt", "index", "shape", "dtype"),
    [
        ("yuv420p", 1, (8, 15), np.uint8),
        ("yuv420p10le", 0, (16, 30), np.uint16),
        ("nv12", 1, (8, 30), np.uint8),
        ("rgb24", 0, (16, 90), np.uint8),
    ],
)
def test_a_plane_is_a_writable_view_without_row_padding(pix_fmt, index, shape, dtype):
    frame = av.VideoFrame(30, 16, pix_fmt)
    view = plane(frame, index)
    assert (view.shape, view.dtype) == (shape, dtype)
    view[:] = 77
    assert (plane(frame, index) == 77).all()
