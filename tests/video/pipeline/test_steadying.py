import cv2
import numpy as np
import pytest

from video.core.frames import Frame, Picture
from video.pipeline import steadying
from video.pipeline.grouping import Grouping
from video.pipeline.steadying import LEAD_FRAMES, Steadier

ALONE = Grouping(1000, LEAD_FRAMES)


def shot(count, seed=0, step=2):
    """Frames of a texture that moves `step` pixels from each to the next."""
    coarse = np.random.default_rng(seed).integers(60, 196, (16, 60, 3), dtype=np.uint8)
    scene = cv2.resize(coarse, (240, 64), interpolation=cv2.INTER_CUBIC)
    return [np.ascontiguousarray(scene[:, step * place : 96 + step * place]) for place in range(count)]


def pairs_of(befores, afters, first=0):
    for index, (before, after) in enumerate(zip(befores, afters), start=first):
        yield tuple(
            Frame(index, Picture(np.clip(p, 0, 255).astype(np.uint8)), index, 1) for p in (before, after)
        )


def steadied(befores, afters, strength=0.7):
    steadier = Steadier(strength, ALONE, lambda index: True)
    return [after.picture.pixels for _, after in steadier(pairs_of(befores, afters))]


def test_noise_of_the_translation_is_averaged_along_the_motion():
    befores, random = shot(12), np.random.default_rng(1)
    clean = [picture + 20.0 for picture in befores]
    # Coarse noise: the finest detail is left alone.
    noisy = [picture + cv2.resize(random.normal(0, 8, (16, 24, 3)), (96, 64)) for picture in clean]
    found = steadied(befores, noisy)
    inner = slice(8, -8), slice(8, -24)
    errors = [np.abs(one - other)[inner].mean() for one, other in zip(found, clean)]
    assert np.mean(errors[6:]) < 0.6 * errors[0]


def test_the_detail_of_the_source_stays_as_it_is_where_the_change_is_steady():
    befores = shot(6)
    found = steadied(befores, [picture + 20.0 for picture in befores], 0.9)
    for before, after in zip(befores, found):
        np.testing.assert_allclose(after, np.minimum(before.astype(int) + 20, 255), atol=3)


def test_nothing_is_blended_across_a_cut():
    befores = shot(3) + shot(3, seed=1)
    afters = [picture + (30.0 if index < 3 else -30.0) for index, picture in enumerate(befores)]
    found = steadied(befores, afters, 0.9)
    np.testing.assert_array_equal(found[3], np.clip(afters[3], 0, 255).astype(np.uint8))


def test_what_the_translation_leaves_alone_stays_as_it_was():
    befores = shot(4)
    afters = [picture.astype(float) for picture in befores]
    for picture in afters:
        picture[:, :48] += 25
    for before, after in zip(befores, steadied(befores, afters)):
        np.testing.assert_array_equal(after[:, 48:], before[:, 48:])
        assert (after[:, :48] != before[:, :48]).all()


@pytest.mark.parametrize("columns", [slice(0, 40), slice(30, 66), slice(70, 96)])
def test_a_change_of_a_part_of_the_frame_is_steadied_as_it_is_in_the_whole_frame(columns, monkeypatch):
    befores, random = shot(6), np.random.default_rng(3)
    afters = [picture.astype(float) for picture in befores]
    for place, picture in enumerate(afters):
        moved = slice(columns.start, columns.stop - place)
        picture[5:50, moved] += random.normal(0, 30, picture[5:50, moved].shape)
    in_part = steadied(befores, afters)
    monkeypatch.setattr(steadying, "_MARGIN_PIXELS", 1000)
    np.testing.assert_array_equal(in_part, steadied(befores, afters))


def test_what_jumps_on_leaves_no_ghost_where_it_was():
    befores = shot(6, step=0)
    for place, picture in enumerate(befores):
        cv2.rectangle(picture, (10 + 14 * place, 20), (18 + 14 * place, 40), (255, 0, 0), -1)
    afters = [
        np.where((picture == (255, 0, 0)).all(-1, keepdims=True), (0, 0, 255), picture + 10.0)
        for picture in befores
    ]
    found = steadied(befores, afters, 0.9)[-1]
    np.testing.assert_allclose(found[22:38, 10:60].astype(int), afters[-1][22:38, 10:60], atol=12)


@pytest.mark.parametrize("begin", [1, 2])
def test_a_segment_is_the_same_when_a_run_begins_with_the_frames_that_lead_into_it(begin):
    grouping, random = Grouping(10, 3), np.random.default_rng(2)
    befores = shot(30)
    afters = [picture + random.normal(0, 20, picture.shape) for picture in befores]
    first = 10 * begin

    def run(start):
        steadier = Steadier(0.8, grouping, lambda index: index >= first)
        pairs = list(pairs_of(befores[start:], afters[start:], start))
        return {after.index: after.picture.pixels for _, after in steadier(pairs)}

    whole, resumed = run(0), run(first - 3)
    assert list(resumed) == list(whole) == list(range(first, 30))
    for index, pixels in whole.items():
        np.testing.assert_array_equal(resumed[index], pixels)
    assert (whole[first] != np.clip(afters[first], 0, 255).astype(np.uint8)).any()


def test_alpha_and_the_bits_beyond_eight_go_by_unchanged():
    befores, alpha = shot(2), np.full((64, 96), 9, np.uint8)
    residual = np.full((64, 96, 3), -77, np.int16)
    pairs = [
        tuple(Frame(index, Picture(pixels, alpha, residual), index, 1) for pixels in (before, before + 20))
        for index, before in enumerate(befores)
    ]
    for _, after in Steadier(0.7, ALONE, lambda index: True)(pairs):
        assert after.picture.alpha is alpha
        assert after.picture.residual is residual
