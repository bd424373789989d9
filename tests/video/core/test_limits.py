from fractions import Fraction

import pytest

import video
from video.core.limits import check_duration, check_pixels


@pytest.mark.parametrize("size", [(8192, 8193), (0, 64)])
def test_an_impossible_size_is_refused(size):
    check_pixels(8192, 8192, "the clip", "a.mp4")
    with pytest.raises(video.MediaError, match=f"an impossible size: a.mp4\n.*found {size[0]}x{size[1]}"):
        check_pixels(*size, "the clip", "a.mp4")


def test_more_than_six_hours_are_refused():
    check_duration(Fraction(21600), "the clip", "a.mp4")
    with pytest.raises(
        video.MediaError, match="the clip is too long: a.mp4\nexpected at most 6 h; found 6.1 h"
    ):
        check_duration(Fraction(21960), "the clip", "a.mp4")
