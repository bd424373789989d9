import json
import re

import numpy as np
import pytest

import video
from cyclegan_tf.errors import UsageError
from cyclegan_tf.reports.video_report import read_measures, write_video_report

MEASURES = {
    "num_frames": 5,
    "warping_error": 40.0,
    "input_warping_error": 10.0,
    "warping_ratio": 4.0,
    "reliable_share": 0.9,
    "colour_flicker": 0.5,
    "input_colour_flicker": 0.25,
    "sharpness": None,
}


@pytest.fixture
def measures(tmp_path):
    """What evaluate-video --json says of two clips of two shots, which are beside it."""
    frames = np.random.default_rng(0).integers(0, 256, (10, 32, 48, 3), dtype=np.uint8)
    for name, pictures in (("in.mkv", frames), ("out.mkv", 255 - frames)):
        video.write_clip(tmp_path / name, pictures, 10)
    shots = [
        {"first_frame": 0, "start_seconds": 0.0, "end_seconds": 0.4, **MEASURES},
        {"first_frame": 5, "start_seconds": 0.5, "end_seconds": 0.9, **MEASURES},
    ]
    errors = {"warping_error": 90.0, "input_warping_error": 9.0, "colour_flicker": 1.0}
    return {
        "schema": 1,
        "source": str(tmp_path / "in.mkv"),
        "result": str(tmp_path / "out.mkv"),
        "size": "48x32",
        "flow_size": "48x32",
        "whole": MEASURES,
        "shots": shots,
        "worst": [{"frame": 7, "seconds": 0.7, **errors}],
    }


def test_every_shot_is_in_the_charts_and_in_the_table(measures, tmp_path):
    text = write_video_report(measures, tmp_path / "clip.html").read_text()
    summary = "Warping error, second 0 to 0.9: output from 40 to 40; input from 10 to 10"
    assert summary in text
    assert re.search(r"<th scope=\"row\">2</th><td>0.5</td><td>0.9</td><td>5</td>", text)


def test_a_worst_moment_has_stills_of_both_clips(measures, tmp_path):
    text = write_video_report(measures, tmp_path / "clip.html").read_text()
    assert "At 0.70 s: warping error 90, of the input 9" in text
    assert len(set(re.findall(r'src="(data:image/jpeg[^"]+)"', text))) == 4


def test_without_the_clips_it_says_so(measures, tmp_path):
    (tmp_path / "out.mkv").unlink()
    text = write_video_report(measures, tmp_path / "clip.html").read_text()
    assert "No stills: " in text and "data:image/jpeg" not in text


def test_other_json_is_refused(tmp_path):
    with pytest.raises(UsageError, match="found no 'shots'"):
        write_video_report({"schema": 1}, tmp_path / "clip.html")


def test_measures_are_read_from_a_file(tmp_path):
    (tmp_path / "measures.json").write_text(json.dumps({"schema": 1}))
    assert read_measures(tmp_path / "measures.json") == {"schema": 1}
    (tmp_path / "measures.json").write_text("IN OUT")
    with pytest.raises(UsageError, match="cannot read the measures of a clip"):
        read_measures(tmp_path / "measures.json")
