from pathlib import Path

import pytest

from cyclegan_tf.cli.clip_texts import outcome_fields, outcomes_text, prediction_text
from cyclegan_tf.errors import DataError
from video.collection import Outcome, Pair


@pytest.mark.parametrize(("seconds", "text"), [(5.04, "5.0 s"), (150, "2 min"), (7260, "2 h 1 min")])
def test_a_prediction_is_written_in_the_unit_that_fits(seconds, text):
    prediction = {"predicted_seconds": seconds, "seconds_a_frame": 0.5, "batch_size": 4}
    assert prediction_text(prediction, 9) == f"time: about {text} for 9 frames (0.500 s each, 4 at a time)"


def test_a_clip_that_failed_is_a_line_with_its_reason():
    failed = Outcome(Pair(Path("a.mp4"), Path("out/a.mp4")), "failed", None, DataError("no frames", fix="x"))
    assert outcomes_text([failed]).splitlines()[0].split(maxsplit=2) == ["failed", "a.mp4", "no frames"]
    assert outcome_fields(failed)["error"] == "error: no frames\nfix: x"
