import json

import pytest

from cyclegan_tf.reports.extremes import extremes_of
from cyclegan_tf.reports.run_files import read_run


@pytest.fixture
def evaluation(run_folder):
    return read_run(run_folder).evaluations[-1]


def test_the_farthest_come_first_and_then_the_nearest(evaluation):
    there, back = extremes_of(evaluation)
    assert (there.direction, there.target, there.count, back.target) == ("A to B", "B", 14, "A")
    assert [pair.name for pair in there.farthest] == ["p13", "p12", "p11", "p10", "p9", "p8"]
    assert [pair.name for pair in there.nearest] == ["p0", "p1", "p2", "p3", "p4", "p5"]
    assert there.farthest[0].before != there.farthest[0].after


def test_of_few_pictures_none_is_shown_twice(evaluation):
    for content in evaluation.metrics["directions"].values():
        content["pictures"] = content["pictures"][:6]
    (there, _) = extremes_of(evaluation)
    assert (len(there.farthest), there.nearest) == (6, [])


def test_pictures_outside_the_evaluation_are_not_shown(evaluation, tmp_path):
    outside = tmp_path / "data" / "trainA" / "0.png"
    for name in ("../../../../data/trainA/0.png", str(outside)):
        metrics = json.loads((evaluation.folder / "metrics.json").read_text())
        evaluation.metrics["directions"] = metrics["directions"]
        for content in evaluation.metrics["directions"].values():
            for one in content["pictures"]:
                one["input"] = name
        assert extremes_of(evaluation) == []


def test_an_evaluation_without_pictures_has_none(evaluation):
    evaluation.metrics["directions"] = {"ab": {"scores": []}}
    assert extremes_of(evaluation) == []
