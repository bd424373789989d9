import cv2
import numpy as np
import pytest

from video.measuring.flicker import ChangeMeter, sharpness
from video.measuring.pairing import Pair


def changes(befores, afters):
    meter = ChangeMeter(*befores[0].shape[:2])
    pairs = [Pair(index, index / 25, *pair) for index, pair in enumerate(zip(befores, afters))]
    return [meter.change(pair, begins_shot=pair.index == 0) for pair in pairs]


def test_noise_raises_the_error_by_twice_its_variance(pan):
    random, shot = np.random.default_rng(0), pan(3)
    noisy = [np.clip(picture * 0.5 + 64 + random.normal(0, 5, picture.shape), 0, 255) for picture in shot]
    calm = [(picture * 0.5 + 64).astype(np.uint8) for picture in shot]
    _, quiet, _ = changes(shot, calm)
    _, change, _ = changes(shot, [picture.astype(np.uint8) for picture in noisy])
    assert quiet.warping_error == pytest.approx(0.25 * quiet.input_warping_error, rel=0.2)
    assert change.warping_error - quiet.warping_error == pytest.approx(2 * 25, rel=0.2)
    assert change.reliable_share > 0.9


def test_a_brightness_that_jumps_is_colour_flicker_and_the_inputs_own_is_not(pan):
    shot = [(picture * 0.5 + 64).astype(np.uint8) for picture in pan(1) * 3]
    jumping = [shot[0], shot[1] + np.uint8(9), shot[2]]
    assert [change.colour_flicker for change in changes(shot, jumping)[1:]] == pytest.approx([9, 9])
    same = changes(jumping, [255 - picture for picture in jumping])[1:]
    assert [change.colour_flicker for change in same] == pytest.approx([0, 0])
    assert [change.input_colour_flicker for change in same] == pytest.approx([9, 9])


def test_nothing_is_compared_across_the_beginning_of_a_shot(pan):
    shot = pan(2)
    meter = ChangeMeter(64, 96)
    assert meter.change(Pair(0, 0.0, shot[0], shot[0]), begins_shot=True) is None
    assert meter.change(Pair(1, 0.1, shot[1], shot[1]), begins_shot=True) is None


def test_large_frames_are_measured_at_a_smaller_size():
    assert ChangeMeter(1080, 1920).size == (456, 256)


def test_a_blurred_picture_is_less_sharp(pan):
    (picture,) = pan(1)
    assert sharpness(cv2.GaussianBlur(picture, (0, 0), 2)) < 0.7 * sharpness(picture)
