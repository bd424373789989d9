import av
import numpy as np

from video.core.frames import Picture


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
