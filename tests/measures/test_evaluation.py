import json

import numpy as np
import pytest
from PIL import Image

from cyclegan_tf.measures.direction import Direction, JudgedPicture
from cyclegan_tf.measures.evaluation import Evaluation, write_evaluation
from cyclegan_tf.measures.score import Score


def judged(place):
    pixels = np.full((8, 8, 1), place, np.uint8)
    return JudgedPicture(f"p{place:02}", place / 10, pixels, pixels)


@pytest.fixture
def evaluation():
    scores = [
        Score("kid", 0.25, "lower", 15, num_real=9, standard_error=0.01, network="n", independent=True),
        Score("psnr", float("inf"), "higher", 15, "dB"),
    ]
    direction = Direction(scores, [judged(place) for place in range(15)], ["few pictures"])
    return Evaluation("runs/horses/model", "data", "bicubic to 8x8", 3, 500, {"ab": direction}, ["beware"])


def test_the_file_holds_scores_counts_seed_versions_and_warnings(evaluation, tmp_path):
    fields = json.loads(write_evaluation(tmp_path / "out", evaluation).read_text())
    assert (fields["schema"], fields["step"], fields["seed"], fields["resize"]) == (
        1,
        500,
        3,
        "bicubic to 8x8",
    )
    assert {"cyclegan-tf", "tensorflow", "keras", "numpy", "pillow"} <= set(fields["versions"])
    assert fields["directions"]["ab"]["scores"] == [
        score.to_dict() for score in evaluation.directions["ab"].scores
    ]
    assert fields["warnings"] == ["beware", "ab: few pictures"]


def test_the_six_nearest_and_the_six_farthest_pictures_are_files(evaluation, tmp_path):
    path = write_evaluation(tmp_path, evaluation)
    entries = json.loads(path.read_text())["directions"]["ab"]["pictures"]
    assert [entry["name"] for entry in entries] == [f"p{place:02}" for place in range(15)]
    shown = [place for place, entry in enumerate(entries) if "input" in entry]
    assert shown == [0, 1, 2, 3, 4, 5, 9, 10, 11, 12, 13, 14]
    for place in shown:
        for kind in ("input", "translated"):
            with Image.open(tmp_path / entries[place][kind]) as picture:
                assert picture.size == (8, 8)
    assert len(list((tmp_path / "ab").iterdir())) == 24


def test_the_values_of_curves_are_finite_and_named_by_direction_score_and_network(evaluation):
    assert evaluation.values() == {"ab/kid/n": 0.25}


def test_the_text_is_a_table_with_every_warning(evaluation):
    text = str(evaluation)
    assert "ab  KID                0.25 ± 0.01  15 pictures, 9 real; n" in text
    assert text.endswith("warning: beware\nwarning: ab: few pictures")
