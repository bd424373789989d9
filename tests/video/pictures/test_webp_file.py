import cv2
import numpy as np
import pytest
from PIL import Image

from video.core.frames import Picture
from video.pictures.counts import count_frames


def test_smooth_pictures_keep_their_colours_from_a_distance(write, draw, seen):
    pictures = list(draw(3))
    for found, expected in zip(seen(write("webp", pictures, quality="high"))[0], pictures, strict=True):
        blurred = [cv2.blur(shown[..., :3].astype(np.float32), (9, 9)) for shown in (found, expected)]
        assert abs(blurred[0] - blurred[1]).mean() < 2


@pytest.mark.parametrize("quality", ["high", "small"])
def test_what_stands_still_does_not_flicker(write, noisy, seen, quality):
    found, _ = seen(write("webp", noisy, quality=quality))
    assert len(found) == len(noisy)
    for before, after in zip(found, found[1:]):
        np.testing.assert_array_equal(before[40:], after[40:])


def test_equal_frames_in_a_row_become_one_that_is_shown_as_long(write, flat, seen):
    first, second = flat(2)
    path = write("webp", [first, first, second, second, first], [0, 100, 140, 440, 490, 1190])
    assert seen(path)[1] == [140, 350, 700]


def test_a_clip_in_which_nothing_changes_becomes_a_still(write, flat):
    path = write("webp", [next(flat(1))] * 5)
    assert count_frames(path) == (1, (0,))
    with Image.open(path) as picture:
        assert not picture.is_animated


@pytest.mark.parametrize("quality", ["lossless", "good"])
def test_half_transparent_pixels_stay_half_transparent(write, quality, clip, seen, flat):
    alpha = np.tile(np.array([255, 200, 64, 0], np.uint8), (64, 24))
    pictures = [Picture(picture, np.roll(alpha, index)) for index, picture in enumerate(flat(3))]
    found, _ = seen(write("webp", pictures, about=clip(has_alpha=True), quality=quality))
    for shown, expected in zip(found, pictures, strict=True):
        np.testing.assert_array_equal(shown[..., 3], expected.alpha)
