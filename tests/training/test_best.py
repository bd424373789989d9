import json
from types import SimpleNamespace

import numpy as np
import pytest
import tensorflow as tf

from cyclegan_tf.measures.direction import Direction
from cyclegan_tf.measures.evaluation import Evaluation
from cyclegan_tf.measures.score import Score
from cyclegan_tf.models.card import ModelCard
from cyclegan_tf.models.folder import save_model
from cyclegan_tf.training.best import CARD_KEY, Best, EvaluateEvery, Record, metric_value


def evaluation(step, ab, ba=None):
    """An evaluation whose KID is `ab` and `ba`."""
    values = {"ab": ab} if ba is None else {"ab": ab, "ba": ba}
    directions = {
        way: Direction([Score("kid", value, "lower", 9), Score("cycle_l1", 5.0, "lower", 9)], [], [])
        for way, value in values.items()
    }
    return Evaluation("m", "d", "r", 0, step, directions)


def keep(folder):
    """Return what writes a model of the record into a folder."""

    def save(model, record):
        save_model(folder, {}, ModelCard({}, None, provenance={CARD_KEY: record.to_dict()}))

    return save


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "best"


@pytest.fixture
def best(folder):
    return lambda metric="kid", network="n", patience=None: Best(
        folder, metric, network, keep(folder), patience
    )


def test_a_metric_is_of_one_direction_or_the_mean_of_both():
    found = evaluation(1, 0.2, 0.4)
    assert metric_value(found, "kid") == pytest.approx(0.3)
    assert (metric_value(found, "kid_ba"), metric_value(found, "cycle_l1_ab")) == (0.4, 5.0)
    assert metric_value(found, "fid") is None


def test_only_a_better_model_takes_the_place_of_the_best(best, folder):
    keeper = best()
    for step, value in ((10, 0.5), (20, 0.3), (30, 0.3), (40, 0.4)):
        keeper.consider(None, evaluation(step, value))
    assert keeper.record == Record("kid", "n", 20, 0.3) and keeper.last == Record("kid", "n", 40, 0.4)
    assert json.loads((folder / "model.json").read_text())["provenance"]["best"]["step"] == 20


def test_a_resumed_run_knows_the_best_model_and_finds_the_same_again(best):
    best().consider(None, evaluation(20, 0.3))
    resumed = best()
    assert resumed.record == Record("kid", "n", 20, 0.3) and resumed.last is None
    for step, value in ((10, 0.5), (20, 0.3)):
        resumed.consider(None, evaluation(step, value))
    assert resumed.record.step == 20


@pytest.mark.parametrize("other", [{"metric": "cycle_l1"}, {"network": "another"}])
def test_a_record_of_another_measure_does_not_count(best, other):
    best().consider(None, evaluation(20, 0.3))
    assert best(**other).record is None


def test_a_run_is_stale_when_so_many_steps_brought_no_better_model(best):
    keeper = best(patience=20)
    assert not keeper.is_stale(1000)
    keeper.consider(None, evaluation(10, 0.3))
    assert [keeper.is_stale(step) for step in (10, 29, 30)] == [False, False, True]
    assert not best(patience=None).is_stale(10**6)


def test_the_callback_evaluates_writes_and_stops(best, tmp_path):
    values, written = iter([0.5, 0.6, 0.7, 0.8]), []
    callback = EvaluateEvery(
        5,
        100,
        lambda model: evaluation(int(model.step), next(values)),
        tmp_path / "evaluations",
        [lambda step, scores: written.append((step, scores["ab/kid"]))],
        best(patience=10),
    )
    model = SimpleNamespace(step=tf.Variable(0, dtype=tf.int64), stop_training=False)
    callback.set_model(model)
    while not model.stop_training:
        model.step.assign_add(1)
        callback.on_train_batch_end(0)
    assert written == [(5, 0.5), (10, 0.6), (15, 0.7)]
    names = sorted(path.parent.name for path in (tmp_path / "evaluations").glob("*/metrics.json"))
    assert names == ["step_00000005", "step_00000010", "step_00000015"]
    assert np.isclose(callback.best.record.value, 0.5)
