import av
import cv2
import numpy as np
import pytest

from video.core.frames import Picture


def test_256_colours_in_one_frame_are_exact(write, clip, seen):
    colours = 65_521 * np.arange(256)
    picture = np.stack([colours >> 16, colours >> 8 & 255, colours & 255], axis=-1).astype(np.uint8)
    picture = picture.reshape(16, 16, 3)
    found, _ = seen(write("gif", [picture, picture[::-1]], about=clip(16, 16)))
    np.testing.assert_array_equal(found[0][..., :3], picture)
    np.testing.assert_array_equal(found[1][..., :3], picture[::-1])


@pytest.mark.parametrize("quality, error", [("high", 2), ("small", 5)])
def test_smooth_pictures_keep_their_colours_from_a_distance(write, draw, quality, error, seen):
    pictures = list(draw(3))
    for found, expected in zip(seen(write("gif", pictures, quality=quality))[0], pictures, strict=True):
        blurred = [cv2.blur(shown[..., :3].astype(np.float32), (9, 9)) for shown in (found, expected)]
        assert abs(blurred[0] - blurred[1]).mean() < error


def test_what_stands_still_does_not_flicker(write, noisy, seen):
    found, _ = seen(write("gif", noisy))
    for before, after in zip(found, found[1:]):
        np.testing.assert_array_equal(before[40:], after[40:])


def test_equal_frames_are_all_written(write, flat, seen):
    assert seen(write("gif", [next(flat(1))] * 4, [0, 100, 140, 440, 490]))[1] == [100, 40, 300, 50]


def test_a_hole_opens_where_nothing_had_changed_for_a_while(write, clip, seen, flat):
    first, opaque = next(flat(1)), np.full((64, 96), 255, np.uint8)
    second, hole = first.copy(), opaque.copy()
    second[60:, 90:], hole[2:6, 2:6] = (1, 2, 3), 0
    pictures = [Picture(first, opaque), Picture(second, opaque), Picture(second, hole)]
    found, _ = seen(write("gif", pictures, about=clip(has_alpha=True)))
    np.testing.assert_array_equal([shown[..., 3] for shown in found], [opaque, opaque, hole])


def test_half_transparent_pixels_become_one_or_the_other(write, clip, seen, flat):
    alpha = np.tile(np.array([255, 128, 127, 0], np.uint8), (64, 24))
    found, _ = seen(write("gif", [Picture(p, alpha) for p in flat(2)], about=clip(has_alpha=True)))
    np.testing.assert_array_equal(found[1][0, :4, 3], [255, 255, 0, 0])


def test_ffmpeg_sees_what_pillow_sees(write, clip, seen, see_through):
    path = write("gif", see_through, about=clip(has_alpha=True))
    with av.open(str(path)) as animation:
        for frame, expected in zip(animation.decode(video=0), seen(path)[0], strict=True):
            shown = frame.to_ndarray(format="rgba")
            np.testing.assert_array_equal(shown[..., 3], expected[..., 3])
            np.testing.assert_array_equal(shown[shown[..., 3] > 0], expected[shown[..., 3] > 0])
