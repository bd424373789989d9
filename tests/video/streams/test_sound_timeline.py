from fractions import Fraction

import numpy as np
import pytest

from video.core.timing import Span
from video.streams.sound_timeline import SoundTimeline


def place(*blocks, span=None):
    """The samples of (start, length, value) blocks at 100 Hz, as {position: value}."""
    timeline, placed = SoundTimeline(100, span or Span()), {}
    for start, length, value in blocks:
        for samples, position in timeline.placed(np.full((length, 1), value, np.float32), start):
            placed |= {position + index: sample for index, sample in enumerate(samples[:, 0].tolist())}
    return placed


@pytest.mark.parametrize(
    "second, expected",
    [
        (10, [1] * 10 + [2] * 10),
        (12, [1] * 10 + [2] * 10),
        (None, [1] * 10 + [2] * 10),
        (15, [1] * 10 + [0] * 5 + [2] * 10),
        (5, [1] * 10 + [2] * 5),
    ],
    ids=["right", "rounded", "untimed", "gap", "overlap"],
)
def test_gaps_are_silence_overlaps_are_cut_and_rounding_is_ignored(second, expected):
    placed = place((0, 10, 1), (second, 10, 2))
    assert [placed[position] for position in sorted(placed)] == expected
    assert sorted(placed) == list(range(len(expected)))


def test_the_cut_is_exact_to_the_sample():
    placed = place((-50, 100, 1), (50, 100, 2), span=Span(Fraction(1), Fraction(7, 4)))
    assert placed == {position: 1 if position < 50 else 2 for position in range(75)}


def test_an_hour_of_silence_comes_in_seconds():
    timeline = SoundTimeline(100, Span())
    list(timeline.placed(np.ones((1, 1), np.float32), 0))
    blocks = [len(samples) for samples, _ in timeline.placed(np.ones((1, 1), np.float32), 360_000)]
    assert max(blocks) == 100
    assert sum(blocks) == 360_000
