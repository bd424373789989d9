import av
import numpy as np
import pytest

from video.colour import FULL, LIMITED, Colour, FromRGB, ToRGB, default_colour, source_colour, target_colour

WEIGHTS = {1: (0.2126, 0.0722), 6: (0.299, 0.114)}


def luma(rgb, matrix, color_range):
    """The definition: Y' = kr R + kg G + kb B, then 16 + 219/255 Y' when limited."""
    red, blue = WEIGHTS[matrix]
    value = red * rgb[0] + (1 - red - blue) * rgb[1] + blue * rgb[2]
    return value if color_range == FULL else 16 + value * 219 / 255


@pytest.mark.parametrize("matrix", [1, 6])
@pytest.mark.parametrize("color_range", [LIMITED, FULL])
@pytest.mark.parametrize("rgb", [(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255), (13, 77, 200)])
def test_stored_luma_follows_the_definition_and_comes_back(matrix, color_range, rgb):
    colour = Colour(matrix, color_range, matrix, matrix)
    pixels = np.full((16, 16, 3), rgb, np.uint8)
    stored = FromRGB(colour)(pixels)
    assert abs(stored.to_ndarray()[4, 4] - luma(rgb, matrix, color_range)) <= 0.51
    assert abs(ToRGB(colour)(stored).astype(int) - pixels).max() <= 2


def test_a_full_range_ramp_keeps_both_ends():
    ramp = np.repeat(np.tile(np.arange(256, dtype=np.uint8), (16, 1))[..., None], 3, axis=2)
    colour = Colour(1, FULL, 1, 1)
    assert abs(ToRGB(colour)(FromRGB(colour)(ramp)).astype(int) - ramp).max() <= 2


@pytest.mark.parametrize("height, matrix", [(480, 6), (576, 6), (719, 6), (720, 1), (1080, 1)])
def test_an_untagged_clip_is_guessed_by_its_height(height, matrix):
    frame = av.VideoFrame(16, height, "yuv420p")
    assert source_colour(frame).matrix == matrix
    assert target_colour(source_colour(frame)) == default_colour(height)


def test_hdr_becomes_tagged_sdr():
    assert target_colour(Colour(9, LIMITED, 9, 16)) == Colour(1, LIMITED, 1, 1)


def test_rgb_sources_are_stored_as_limited_range():
    frame = av.VideoFrame(16, 16, "gbrp")
    frame.color_range = FULL
    assert source_colour(frame).range == LIMITED
