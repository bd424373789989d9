from fractions import Fraction

import numpy as np

from video.core.colour_codes import default_colour
from video.core.frames import Clip, Frame, Picture
from video.pipeline.comparison import compared, compared_clip

CLIP = Clip(40, 8, Fraction(1, 10), Fraction(10), None, default_colour(8))


def frame(value, pts=0, alpha=None, residual=None):
    pixels = np.full((8, 40, 3), value, np.uint8)
    return Frame(0, Picture(pixels, alpha, residual), pts, 1)


def test_without_comparison_the_result_is_the_result():
    after = frame(200)
    assert compared(frame(10), after, None, CLIP) is after
    assert compared_clip(CLIP, None) is CLIP


def test_side_by_side_is_twice_as_wide_with_the_source_at_the_left():
    shown = compared(frame(10), frame(200), "side-by-side", CLIP).picture.pixels
    assert shown.shape == (8, 80, 3)
    assert compared_clip(CLIP, "side-by-side").width == 80
    assert (shown[:, :40] == 10).all()
    assert (shown[:, 40:] == 200).all()


def test_side_by_side_takes_alpha_and_depth_along():
    alpha, residual = np.full((8, 40), 9, np.uint8), np.full((8, 40, 3), -5, np.int16)
    shown = compared(
        frame(1, alpha=alpha, residual=residual),
        frame(2, alpha=alpha, residual=residual),
        "side-by-side",
        CLIP,
    ).picture
    assert shown.alpha.shape == (8, 80)
    assert shown.residual.shape == (8, 80, 3)


def test_the_border_of_a_wipe_goes_to_the_right_and_back():
    columns = []
    for pts in (0, 10, 20, 30, 40):
        shown = compared(frame(10, pts), frame(200, pts), "wipe", CLIP).picture.pixels
        columns.append(int((shown[0, :, 0] == 10).sum()))
    assert columns == [0, 19, 39, 19, 0]


def test_a_wipe_leaves_the_frames_as_they_were():
    before, after = frame(10, 20), frame(200, 20)
    compared(before, after, "wipe", CLIP)
    assert (before.picture.pixels == 10).all()
    assert (after.picture.pixels == 200).all()
