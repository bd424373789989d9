import weakref
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

import video
from video.core.frames import Picture
from video.core.options import Options
from video.pictures.animation import AnimationSource, probe_animation
from video.pictures.animation_writing import Animation, check_animation, write_animation
from video.pictures.files import count_frames

TIMES = [0, 100, 140, 440, 490, 1190]
FORMATS = ["gif", "apng", "webp"]


@pytest.mark.parametrize("format, quality", [("gif", "small"), ("apng", "good"), ("webp", "lossless")])
def test_every_delay_is_written_as_it_is(write, draw, format, quality, seen):
    path = write(format, draw(5), TIMES, quality=quality)
    assert seen(path)[1] == [100, 40, 300, 50, 700]
    number, delays = count_frames(path)
    assert number == 5
    assert [delay * 1000 for delay in delays] == [100, 40, 300, 50, 700]


@pytest.mark.parametrize("format, unit", [("gif", Fraction(1, 100)), ("webp", Fraction(1, 1000))])
@pytest.mark.parametrize("rate", [24, Fraction(30000, 1001), 60])
def test_roundings_of_delays_do_not_add_up(write, format, unit, rate, clip, flat):
    about = clip(time_base=1 / Fraction(rate))
    _, delays = count_frames(write(format, flat(16), list(range(17)), about))
    shown = Fraction(0)
    for number, delay in enumerate(delays, start=1):
        shown += delay
        assert abs(shown - number / Fraction(rate)) <= unit / 2


@pytest.mark.parametrize("format", FORMATS)
def test_a_clip_that_starts_late_starts_at_once(write, format, seen, flat):
    path = write(format, flat(3), [5000, 5100, 5200, 5400])
    assert seen(path)[1] == [100, 100, 200]


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("loop, stored", [(0, 0), (1, 1), (3, 3)])
def test_it_plays_as_often_as_it_should(write, format, loop, stored, flat):
    path = write(format, flat(2), loop=loop)
    with Image.open(path) as animation:
        # A GIF says how often it is repeated, or nothing when it is not.
        expected = {0: 0, 1: None, 3: 2}[loop] if format == "gif" else stored
        assert animation.info.get("loop") == expected
    assert AnimationSource(probe_animation(path, Options()), Options()).loop == loop


@pytest.mark.parametrize("format", FORMATS)
def test_one_frame_and_odd_sizes_will_do(write, format, clip, flat):
    picture = next(flat(1))[:33, :51]
    path = write(format, [picture], about=clip(51, 33), quality="lossless")
    assert count_frames(path)[0] == 1
    with Image.open(path) as found:
        np.testing.assert_array_equal(np.asarray(found.convert("RGB")), picture)


@pytest.mark.parametrize("format", FORMATS)
def test_no_more_than_a_few_frames_are_in_memory(tmp_path, format, clip, flat):
    given, most = [], []

    def stream():
        for pixels in flat(12):
            picture = Picture(pixels)
            given.append(weakref.ref(picture))
            most.append(sum(held() is not None for held in given))
            yield picture

    how = Animation(format, "good", 0)
    write_animation(tmp_path / "a", stream(), range(0, 520, 40), clip(), how)
    assert len(given) == 12
    assert max(most) <= 4


@pytest.mark.parametrize("format", FORMATS)
def test_a_full_disk_is_explained(format, clip):
    noise = np.random.default_rng(0).integers(0, 255, (20, 64, 96, 3), dtype=np.uint8)
    with pytest.raises(video.OutputError, match="not enough disk space: /dev/full"):
        how = Animation(format, "high", 0)
        write_animation(Path("/dev/full"), map(Picture, noise), range(21), clip(), how)


def test_a_folder_that_is_gone_is_explained(tmp_path, clip, flat):
    with pytest.raises(video.OutputError, match="its folder does not exist"):
        path, how = tmp_path / "gone" / "a.gif", Animation("gif", "high", 0)
        write_animation(path, map(Picture, flat(2)), [0, 40, 80], clip(), how)


@pytest.mark.parametrize("format", FORMATS)
def test_an_error_of_the_pictures_own_passes_as_it_is(tmp_path, clip, flat, format):
    def broken():
        yield Picture(next(flat(1)))
        raise OSError("the source's disk is gone")

    with pytest.raises(OSError, match="the source's disk is gone") as caught:
        write_animation(tmp_path / "a", broken(), [0, 40, 80], clip(), Animation(format, "high", 0))
    assert not isinstance(caught.value, video.UserError)


@pytest.mark.parametrize("format, seconds", [("gif", 656), ("webp", 16778), ("apng", 65536)])
def test_a_frame_that_lasts_too_long_for_the_format_is_named(write, format, seconds, clip, flat):
    with pytest.raises(video.OutputError, match=rf"frame 1 is shown for too long.*\n.*found {seconds}.00 s"):
        write(format, flat(2), [0, 1, 1 + seconds], clip(time_base=Fraction(1)))


@pytest.mark.parametrize("format, size", [("gif", (65536, 8)), ("webp", (8, 16384))])
def test_pictures_that_are_too_large_for_the_format_are_refused(format, size, clip):
    with pytest.raises(video.UsageError, match=f"too large for a .*: {size[0]}x{size[1]}"):
        check_animation(format, clip(*size))


def test_a_gif_of_120_frames_a_second_is_refused(clip):
    with pytest.raises(video.UsageError, match="expected at most 100; found 120"):
        check_animation("gif", clip(rate=Fraction(120)))


def test_what_a_format_cannot_hold_is_reported_before(clip):
    assert check_animation("apng", clip(has_alpha=True, depth=16, rate=Fraction(120))) == []
    assert check_animation("webp", clip(has_alpha=True, depth=16)) == ["A WebP has 8 bits per sample."]
    said = " ".join(check_animation("gif", clip(has_alpha=True, rate=Fraction(60))))
    for word in ("256 colours", "--fps 50", "half-transparent"):
        assert word in said


@pytest.mark.parametrize("format, quality", [("gif", "small"), ("apng", "small"), ("webp", "lossless")])
def test_what_a_format_can_hold_comes_back_exactly(write, format, quality, seen, flat):
    pictures = list(flat(6))
    for found, expected in zip(seen(write(format, pictures, quality=quality))[0], pictures, strict=True):
        np.testing.assert_array_equal(found[..., :3], expected)
        assert found[..., 3].min() == 255


@pytest.mark.parametrize("format", FORMATS)
def test_what_is_transparent_stays_transparent_and_only_that(write, format, clip, seen, see_through):
    found, _ = seen(write(format, see_through, about=clip(has_alpha=True), quality="lossless"))
    for shown, expected in zip(found, see_through, strict=True):
        np.testing.assert_array_equal(shown[..., 3], expected.alpha)
        opaque = expected.alpha == 255
        np.testing.assert_array_equal(shown[..., :3][opaque], expected.pixels[opaque])


@pytest.mark.parametrize(
    "format, quality, error", [("gif", "high", 2), ("gif", "small", 5), ("webp", "high", 2)]
)
def test_smooth_pictures_keep_their_colours_from_a_distance(write, draw, format, quality, error, seen):
    pictures = list(draw(3))
    for found, expected in zip(seen(write(format, pictures, quality=quality))[0], pictures, strict=True):
        blurred = [cv2.blur(shown[..., :3].astype(np.float32), (9, 9)) for shown in (found, expected)]
        assert abs(blurred[0] - blurred[1]).mean() < error


@pytest.mark.parametrize("format, quality", [("gif", "high"), ("webp", "high"), ("webp", "small")])
def test_still_areas_do_not_flicker(write, draw, format, quality, seen):
    random, pictures = np.random.default_rng(2), []
    for picture in draw(8):
        # The noise of a network's output: one up, one down, where nothing moves.
        pictures.append(picture + random.integers(0, 2, picture.shape, dtype=np.uint8))
    found, _ = seen(write(format, pictures, quality=quality))
    assert len(found) == 8
    for before, after in zip(found, found[1:]):
        np.testing.assert_array_equal(before[40:], after[40:])


@pytest.mark.parametrize("format, quality", [("apng", "good"), ("webp", "lossless"), ("webp", "good")])
def test_half_transparent_pixels_stay_half_transparent(write, format, quality, clip, seen, flat):
    alpha = np.tile(np.array([255, 200, 64, 0], np.uint8), (64, 24))
    pictures = [Picture(picture, np.roll(alpha, index)) for index, picture in enumerate(flat(3))]
    found, _ = seen(write(format, pictures, about=clip(has_alpha=True), quality=quality))
    for shown, expected in zip(found, pictures, strict=True):
        np.testing.assert_array_equal(shown[..., 3], expected.alpha)


@pytest.mark.parametrize("format", ["gif", "apng"])
def test_equal_frames_are_all_written(write, format, flat, seen):
    assert seen(write(format, [next(flat(1))] * 4, [0, 100, 140, 440, 490]))[1] == [100, 40, 300, 50]
