import json
import logging
import shutil

import numpy as np
import pytest
from PIL import Image

from cyclegan_tf.config.loading import load_config
from cyclegan_tf.models.card import load_card
from cyclegan_tf.models.run import Run
from cyclegan_tf.training import evaluating
from cyclegan_tf.training.evaluating import REAL_FILE, RunEvaluator
from cyclegan_tf.training.fit import fit
from cyclegan_tf.training.session import read_summary

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("shallow_generators", "without_graphs")]
EVALUATED = ("output.evaluate_every_steps=1", "output.evaluate_pictures=4", "output.best_metric=cycle_l1")


@pytest.fixture(scope="module")
def options(tiny_data, tiny_options):
    return [
        *(word for word in tiny_options if "=" in word),
        f"data.root={tiny_data}",
        "name=seen",
        *EVALUATED,
    ]


@pytest.fixture(scope="module")
def evaluated_run(options, shallow_generators, without_graphs, tmp_path_factory):
    """A finished run of four steps with an evaluation after each."""
    return fit(
        load_config("demo", [*options, f"output.folder={tmp_path_factory.mktemp('runs')}"]), progress="none"
    )


def scores_of(run):
    lines = map(json.loads, run.metrics.read_text().splitlines())
    return {line["step"]: line["evaluation"] for line in lines if "evaluation" in line}


def test_each_evaluation_is_a_line_a_folder_and_a_curve(evaluated_run):
    scores = scores_of(evaluated_run)
    assert list(scores) == [1, 2, 3, 4] and {"ab/cycle_l1", "ba/cycle_l1"} <= set(scores[4])
    names = sorted(path.name for path in evaluated_run.evaluations.glob("step_*"))
    assert names == [f"step_{step:08d}" for step in (1, 2, 3, 4)]
    metrics = json.loads((evaluated_run.evaluations / names[-1] / "metrics.json").read_text())
    assert (metrics["step"], metrics["resize"]) == (4, "bicubic to 32x32")
    assert len(metrics["directions"]["ab"]["pictures"]) == 4


def test_the_best_model_is_kept_and_reported_beside_the_last(evaluated_run):
    means = {
        step: np.mean([scores[f"{way}/cycle_l1"] for way in ("ab", "ba")])
        for step, scores in scores_of(evaluated_run).items()
    }
    best = min(means, key=means.get)
    summary = read_summary(evaluated_run)
    assert (summary["best"]["step"], summary["last"]["step"]) == (best, 4)
    assert summary["best"]["value"] == pytest.approx(means[best])
    card = load_card(evaluated_run.best)
    assert (card.provenance["step"], card.provenance["best"]) == (best, summary["best"])


def test_the_page_of_the_run_has_its_last_evaluation_and_its_end(evaluated_run):
    text = evaluated_run.report.read_text()
    assert "after step 4, bicubic to 32x32" in text and "A to B: farthest from the real B" in text
    assert ">Finished<" in text and f"--model {evaluated_run.best}" in text


def test_a_resumed_run_ends_with_the_same_scores_and_the_same_best_model(evaluated_run, options, tmp_path):
    resumed = Run(shutil.copytree(evaluated_run.folder, tmp_path / "seen"))
    shutil.rmtree(resumed.checkpoints / "step-00000004")
    resumed.summary.unlink()
    fit(load_config("demo", [*options, f"output.folder={tmp_path}"]), resume=True, progress="none")
    assert scores_of(resumed) == scores_of(evaluated_run)
    ended = [read_summary(run) for run in (resumed, evaluated_run)]
    assert ended[0]["best"] == ended[1]["best"] and ended[0]["last"] == ended[1]["last"]


def test_a_run_without_a_better_model_stops_and_saves_its_state(evaluated_run, options, tmp_path):
    from cyclegan_tf.training import best

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(best, "metric_value", lambda evaluation, metric: float(evaluation.step))
        more = ["train.stop_after_no_improvement=2", f"output.folder={tmp_path}"]
        run = fit(load_config("demo", [*options, *more]), progress="none")
    assert read_summary(run)["step"] == 3 and read_summary(run)["best"]["step"] == 1
    assert (run.checkpoints / "step-00000003").is_dir() and load_card(run.model).provenance["step"] == 3


def evaluator(options, run, *more):
    return RunEvaluator(load_config("demo", [*options, *more]), run)


def test_the_features_of_real_pictures_are_computed_once(evaluated_run, options, monkeypatch):
    monkeypatch.setattr(
        "cyclegan_tf.measures.feature_network.FeatureNetwork.features",
        lambda *_: pytest.fail("computed again"),
    )
    evaluator(options, evaluated_run)


def test_features_of_other_pictures_or_a_damaged_file_are_computed_again(
    evaluated_run, options, tmp_path, monkeypatch
):
    run = Run(shutil.copytree(evaluated_run.folder, tmp_path / "seen"))
    counted = []
    monkeypatch.setattr(
        "cyclegan_tf.measures.feature_network.FeatureNetwork.features",
        lambda _, pictures: counted.append(len(pictures)) or np.zeros((len(pictures), 2), np.float32),
    )
    evaluator(options, run, "data.crop_size=16", "data.load_size=16", "model.discriminator_layers=1")
    (run.evaluations / REAL_FILE).write_bytes(b"PK damaged")
    evaluator(options, run)
    assert counted == [4, 3, 4, 3]


def test_a_run_that_is_trained_against_its_judge_says_so(options, evaluated_run, caplog, monkeypatch):
    monkeypatch.setattr(evaluating, "choose_features", lambda avoided: "efficientnet-lite0")
    found = evaluator(options, evaluated_run, "model.discriminator=projected", "model.discriminator_layers=3")
    assert "that is not independent; output.evaluate_features names another network" in caplog.text
    assert not found._independent


def test_a_run_that_starts_from_a_model_that_was_trained_against_its_judge_says_so(
    options, tmp_path, caplog, monkeypatch
):
    monkeypatch.setattr(evaluating, "choose_features", lambda avoided: "efficientnet-lite0")
    found = evaluator(options, Run(tmp_path), "train.start_from=horse2zebra")
    assert "that is not independent" in caplog.text and not found._independent


def test_masks_of_the_tests_are_found_beside_those_of_the_training(options, tiny_data, tmp_path, caplog):
    data = shutil.copytree(tiny_data, tmp_path / "data")
    for domain in "AB":
        shutil.copytree(data / f"train{domain}", data / f"test{domain}")
        shutil.copytree(data / f"train{domain}", tmp_path / "masks" / f"train{domain}")
    shutil.copytree(data / "testA", tmp_path / "masks" / "testA")
    (tmp_path / "masks" / "testB").mkdir()
    Image.new("L", (8, 8)).save(tmp_path / "masks" / "testB" / "0.png")
    masks = [f"data.masks_{domain.lower()}={tmp_path}/masks/train{domain}" for domain in "AB"]
    run = Run(tmp_path / "run")
    run.folder.mkdir()
    with caplog.at_level(logging.WARNING):
        found = evaluator(options, run, f"data.root={data}", *masks)
    assert found._sources["a"].masks.shape == (4, 32, 32, 1) and found._sources["b"].masks is None
    assert "leave out the change of the background" in caplog.text


def test_broken_pictures_are_left_out_where_a_run_may_skip_them(options, tiny_data, tmp_path):
    data = shutil.copytree(tiny_data, tmp_path / "data")
    (data / "trainA" / "broken.png").write_bytes(b"no picture")
    run = Run(tmp_path / "run")
    run.folder.mkdir()
    found = evaluator(options, run, f"data.root={data}", "data.on_bad_image=skip")
    assert len(found._sources["a"].names) == 4
