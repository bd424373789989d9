from fractions import Fraction

import av
import cv2
import numpy as np
import pytest

from video.core.frames import Picture
from video.core.options import Options
from video.pictures.animation import AnimationSource, probe_animation
from video.pictures.animation_writing import write_animation
from video.pictures.counts import count_frames

TIMES = [0, 100, 140, 440, 490, 1190]
FORMATS = ["gif", "apng", "webp"]


@pytest.mark.parametrize("format, quality", [("gif", "small"), ("apng", "small"), ("webp", "lossless")])
def test_what_a_format_can_hold_comes_back_exactly(write, format, quality, seen, flat):
    pictures = list(flat(6))
    for found, expected in zip(seen(write(format, pictures, quality=quality))[0], pictures, strict=True):
        np.testing.assert_array_equal(found[..., :3], expected)
        assert found[..., 3].min() == 255


@pytest.mark.parametrize("format", ["apng", "webp"])
def test_photographs_come_back_exactly_when_lossless(write, format, seen):
    pictures = np.random.default_rng(0).integers(0, 256, (3, 64, 96, 3), dtype=np.uint8)
    pictures[2, 20:, 30:] = pictures[1, 20:, 30:]
    for found, expected in zip(seen(write(format, pictures, quality="lossless"))[0], pictures, strict=True):
        np.testing.assert_array_equal(found[..., :3], expected)


def test_256_colours_in_one_frame_of_a_gif_are_exact(write, clip, seen):
    colours = 65_521 * np.arange(256)
    picture = np.stack([colours >> 16, colours >> 8 & 255, colours & 255], axis=-1).astype(np.uint8)
    picture = picture.reshape(16, 16, 3)
    found, _ = seen(write("gif", [picture, picture[::-1]], about=clip(16, 16)))
    np.testing.assert_array_equal(found[0][..., :3], picture)
    np.testing.assert_array_equal(found[1][..., :3], picture[::-1])


@pytest.mark.parametrize(
    "format, quality, error", [("gif", "high", 2), ("gif", "small", 5), ("webp", "high", 2)]
)
def test_smooth_pictures_keep_their_colours_from_a_distance(write, draw, format, quality, error, seen):
    pictures = list(draw(3))
    for found, expected in zip(seen(write(format, pictures, quality=quality))[0], pictures, strict=True):
        difference = cv2.blur(found[..., :3].astype(np.float32), (9, 9)) - cv2.blur(
            expected.astype(np.float32), (9, 9)
        )
        assert abs(difference).mean() < error


@pytest.mark.parametrize("format", ["gif", "webp"])
def test_what_stands_still_does_not_flicker(write, draw, format, seen):
    random, pictures = np.random.default_rng(2), []
    for picture in draw(8):
        # The unrest of a network's output: one up, one down, where nothing moves.
        pictures.append(picture + random.integers(0, 2, picture.shape, dtype=np.uint8))
    found, _ = seen(write(format, pictures))
    for before, after in zip(found, found[1:]):
        np.testing.assert_array_equal(before[40:], after[40:])


@pytest.mark.parametrize("format", FORMATS)
def test_frames_that_are_alike_are_all_written(write, format, flat):
    path = write(format, [next(flat(1))] * 5, TIMES)
    assert count_frames(path)[0] == 5
    assert sum(count_frames(path)[1]) == Fraction(119, 100)


@pytest.fixture
def see_through(flat):
    """Five pictures with a hole that moves: pixels become transparent and opaque again."""
    pictures = []
    for index, picture in enumerate(flat(5)):
        alpha = np.full(picture.shape[:2], 255, np.uint8)
        alpha[30:50, 10 * index : 10 * index + 25] = 0
        pictures.append(Picture(picture, alpha))
    return pictures


@pytest.mark.parametrize("format", FORMATS)
def test_what_is_transparent_stays_transparent_and_only_that(write, format, clip, seen, see_through):
    found, _ = seen(write(format, see_through, about=clip(has_alpha=True), quality="lossless"))
    for shown, expected in zip(found, see_through, strict=True):
        np.testing.assert_array_equal(shown[..., 3], expected.alpha)
        opaque = expected.alpha == 255
        np.testing.assert_array_equal(shown[..., :3][opaque], expected.pixels[opaque])


def test_a_hole_opens_in_a_gif_where_nothing_had_changed_for_a_while(write, clip, seen, flat):
    first, opaque = next(flat(1)), np.full((64, 96), 255, np.uint8)
    second, hole = first.copy(), opaque.copy()
    second[60:, 90:], hole[2:6, 2:6] = (1, 2, 3), 0
    pictures = [Picture(first, opaque), Picture(second, opaque), Picture(second, hole)]
    found, _ = seen(write("gif", pictures, about=clip(has_alpha=True)))
    np.testing.assert_array_equal([shown[..., 3] for shown in found], [opaque, opaque, hole])


@pytest.mark.parametrize("format", ["apng", "webp"])
@pytest.mark.parametrize("quality", ["lossless", "good"])
def test_half_transparent_pixels_stay_half_transparent(write, format, quality, clip, seen, flat):
    alpha = np.tile(np.array([255, 200, 64, 0], np.uint8), (64, 24))
    pictures = [Picture(picture, np.roll(alpha, index)) for index, picture in enumerate(flat(3))]
    found, _ = seen(write(format, pictures, about=clip(has_alpha=True), quality=quality))
    for shown, expected in zip(found, pictures, strict=True):
        np.testing.assert_array_equal(shown[..., 3], expected.alpha)


def test_half_transparent_pixels_of_a_gif_become_one_or_the_other(write, clip, seen, flat):
    alpha = np.tile(np.array([255, 128, 127, 0], np.uint8), (64, 24))
    found, _ = seen(write("gif", [Picture(p, alpha) for p in flat(2)], about=clip(has_alpha=True)))
    np.testing.assert_array_equal(found[1][0, :4, 3], [255, 255, 0, 0])


def test_sixteen_bits_are_written_to_an_apng(write, clip):
    samples = np.random.default_rng(3).integers(0, 65536, (2, 64, 96, 3), dtype=np.uint16)
    pictures = []
    for sample in samples:
        pixels = ((sample.astype(np.uint32) + 128) // 257).astype(np.uint8)
        pictures.append(Picture(pixels, None, (sample - pixels.astype(int) * 257).astype(np.int16)))
    path = write("apng", pictures, about=clip(depth=16))
    with av.open(str(path), format="apng") as animation:
        for frame, expected in zip(animation.decode(video=0), samples, strict=True):
            assert frame.format.name == "rgb48be"
            np.testing.assert_array_equal(frame.to_ndarray(), expected)


@pytest.mark.parametrize("before", FORMATS)
@pytest.mark.parametrize("after", FORMATS)
@pytest.mark.parametrize("has_alpha", [False, True])
def test_an_animation_becomes_another_without_any_loss(
    write, tmp_path, before, after, has_alpha, clip, flat, see_through
):
    pictures = see_through if has_alpha else flat(5)
    first = write(before, pictures, TIMES, clip(has_alpha=has_alpha), quality="lossless", loop=2)
    with AnimationSource(probe_animation(first, Options()), Options()) as source:
        frames = list(source.frames(lambda index: True))
        path = tmp_path / f"again.{after}"
        about = {"format": after, "quality": "lossless", "loop": source.loop}
        write_animation(path, iter(frames), source.clip, **about)
    with AnimationSource(probe_animation(path, Options()), Options()) as again:
        assert again.clip == source.clip
        assert again.loop == 2
        for old, new in zip(frames, again.frames(lambda index: True), strict=True):
            assert (new.pts, new.duration) == (old.pts, old.duration)
            np.testing.assert_array_equal(new.picture.pixels, old.picture.pixels)
            if has_alpha:
                np.testing.assert_array_equal(new.picture.alpha, old.picture.alpha)
