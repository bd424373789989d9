import numpy as np
import pytest

from video.core.box import Box, differing_box


def test_a_part_of_a_picture_is_a_view_of_it():
    picture = np.zeros((6, 8, 3), np.uint8)
    Box(1, 2, 4, 7).of(picture)[:] = 1
    assert picture.sum() == 3 * 5 * 3
    assert picture[1:4, 2:7].all()


@pytest.mark.parametrize("channel", [0, 1, 2])
@pytest.mark.parametrize(
    ("rows", "columns", "expected"),
    [
        ((10, 20), (30, 50), Box(8, 28, 22, 52)),
        ((10, 11), (30, 31), Box(8, 28, 13, 33)),
        ((0, 3), (0, 2), Box(0, 0, 5, 4)),
        ((38, 40), (59, 60), Box(36, 57, 40, 60)),
    ],
)
def test_the_box_holds_what_differs_in_any_channel_and_the_margin(rows, columns, expected, channel):
    one = np.random.default_rng(0).integers(0, 256, (40, 60, 3), np.uint8)
    other = one.copy()
    other[slice(*rows), slice(*columns), channel] += 1
    assert differing_box(one, other, 2) == expected


def test_equal_pictures_have_a_box_of_the_margin_alone():
    picture = np.ones((40, 60, 3), np.uint8)
    assert differing_box(picture, picture, 2) == Box(0, 0, 2, 2)
