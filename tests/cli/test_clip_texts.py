from pathlib import Path

import pytest

from cyclegan_tf.cli.clip_texts import measures_text, outcome_fields, outcomes_text, prediction_text
from cyclegan_tf.errors import DataError
from video.collection import Outcome, Pair
from video.measuring.measures import ClipMeasures, Measures, Moment, Shot


@pytest.mark.parametrize(("seconds", "text"), [(5.04, "5.0 s"), (150, "2 min"), (7260, "2 h 1 min")])
def test_a_prediction_is_written_in_the_unit_that_fits(seconds, text):
    prediction = {"predicted_seconds": seconds, "seconds_a_frame": 0.5, "batch_size": 4}
    assert prediction_text(prediction, 9) == f"time: about {text} for 9 frames (0.500 s each, 4 at a time)"


def test_a_clip_that_failed_is_a_line_with_its_reason():
    failed = Outcome(Pair(Path("a.mp4"), Path("out/a.mp4")), "failed", None, DataError("no frames", fix="x"))
    assert outcomes_text([failed]).splitlines()[0].split(maxsplit=2) == ["failed", "a.mp4", "no frames"]
    assert outcome_fields(failed, None)["error"] == "error: no frames\nfix: x"


def test_measures_are_a_table_of_shots_the_whole_and_the_worst_moments():
    some, none = Measures(50, 123.4, 50.0, 2.468, 0.9, 0.5, 0.2, 1.09), Measures(1, *[None] * 6, 0.9)
    shots = Shot(0, 0.0, 1.9, some), Shot(50, 3725.5, 3725.5, none)
    clip = ClipMeasures(
        "in.mp4", "out.mp4", (8, 16), (4, 8), some, shots, (Moment(7, 61.25, 99.0, 1.0, 4.0),)
    )
    lines = measures_text(clip).splitlines()
    assert [line.split() for line in lines[4:7]] == [
        ["1", "0:00:00.00", "50", "123.40", "50.00", "2.47", "0.50", "1.09"],
        ["2", "1:02:05.50", "1", "-", "-", "-", "-", "0.90"],
        ["all", "50", "123.40", "50.00", "2.47", "0.50", "1.09"],
    ]
    assert lines[-1].startswith("0:01:01.25, frame 7: warping error 99.0, of the input 1.0")
