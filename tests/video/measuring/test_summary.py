import numpy as np
import pytest

from video.measuring.flicker import ChangeMeter
from video.measuring.measures import Moment
from video.measuring.pairing import Pair
from video.measuring.summary import Worst, summarize


def measure(befores, afters):
    pairs = (Pair(index, index / 4, *pair) for index, pair in enumerate(zip(befores, afters)))
    return summarize(pairs, ChangeMeter(*befores[0].shape[:2]))


def test_the_identity_is_as_steady_and_as_sharp_as_the_input(pan):
    found = measure(pan(4), pan(4))
    assert (found.whole.warping_ratio, found.whole.sharpness, found.whole.colour_flicker) == (1, 1, 0)
    assert found.whole.input_warping_error > 0
    assert found.worst == ()


def test_each_shot_has_measures_of_its_own_and_the_cut_is_no_flicker(pan):
    befores = pan(3) + pan(4, seed=1)
    brighter = [np.clip(picture + 20.0, 0, 255).astype(np.uint8) for picture in befores[3:]]
    found = measure(befores, befores[:3] + brighter)
    assert [(shot.first_frame, shot.measures.num_frames) for shot in found.shots] == [(0, 3), (3, 4)]
    assert (found.shots[1].start_seconds, found.shots[1].end_seconds) == (0.75, 1.5)
    assert found.shots[0].measures == measure(pan(3), pan(3)).whole
    assert found.whole.warping_ratio == pytest.approx(1, abs=0.1)
    assert found.whole.colour_flicker < 0.5


def test_a_picture_that_jumps_is_a_worst_moment_with_its_time(pan):
    shot = [(picture * 0.5 + 64).astype(np.uint8) for picture in pan(6)]
    jumping = [picture + np.uint8(20 if index == 3 else 0) for index, picture in enumerate(shot)]
    worst = measure(shot, jumping).worst
    assert {moment.frame for moment in worst} == {3, 4}
    assert {moment.seconds for moment in worst} == {0.75, 1.0}


def test_a_still_is_as_steady_as_a_still_and_a_flickering_one_has_no_ratio(pan):
    still = pan(1) * 3
    assert measure(still, still).whole.warping_ratio == 1
    flicker = measure(still, [still[0], 255 - still[0], still[0]]).whole
    assert flicker.warping_ratio is None
    assert flicker.warping_error > 100


def test_a_shot_of_one_frame_has_no_changes_to_measure(pan):
    measures = measure(pan(1), pan(1)).whole
    assert (measures.num_frames, measures.sharpness) == (1, 1)
    assert (measures.warping_error, measures.warping_ratio, measures.colour_flicker) == (None, None, None)


def test_the_worst_moments_are_few_and_from_different_seconds():
    worst = Worst(2)
    for frame, error in enumerate([1.0, 9.0, 8.0, 7.0, 3.0, 5.0]):
        worst.add(Moment(frame, frame / 2, error, 0.5, 0.0))
    assert [moment.frame for moment in worst.moments()] == [1, 2]
