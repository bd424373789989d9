"""The choice alone: engines that shift grey levels and take their time on a clock of ours."""

import json

import numpy as np
import pytest

from cyclegan_tf.inference.engines import choosing
from cyclegan_tf.inference.engines.choosing import choose_engine
from cyclegan_tf.inference.engines.kinds import REFERENCE, Engine

SWIFT = Engine("openvino", "bfloat16")
PICTURES = [np.full((8, 8, 3), level, np.uint8) for level in (10, 200)]


@pytest.fixture
def choose(monkeypatch):
    """Chooses between the reference, which takes a second, and SWIFT."""
    now = [0.0]
    monkeypatch.setattr(choosing.time, "perf_counter", lambda: now[0])

    def chosen(shift, seconds, engines=(REFERENCE, SWIFT)):
        def translate(engine, picture):
            now[0] += 1.0 if engine == REFERENCE else seconds
            return picture + np.uint8(0 if engine == REFERENCE else shift)

        return choose_engine(list(engines), translate, PICTURES)

    return chosen


def test_a_faster_engine_that_keeps_the_picture_is_taken(choose):
    verdict = choose(shift=1, seconds=0.5)
    assert verdict.engine == SWIFT
    assert "2.00 times as fast as tensorflow float32, 48.1 dB" in str(verdict)


def test_a_faster_engine_below_45_db_is_not_taken(choose):
    verdict = choose(shift=2, seconds=0.1)
    assert verdict.engine == REFERENCE
    assert "42.1 dB" in str(verdict)


def test_a_slower_engine_is_not_taken(choose):
    assert choose(shift=0, seconds=2.0).engine == REFERENCE


def test_a_precision_that_was_asked_for_is_taken_though_it_is_slower(choose):
    assert choose(shift=0, seconds=2.0, engines=[SWIFT]).engine == SWIFT


def test_on_a_slow_machine_one_picture_is_enough(monkeypatch):
    now, seen = [0.0], []
    monkeypatch.setattr(choosing.time, "perf_counter", lambda: now[0])

    def translate(engine, picture):
        now[0] += 5.0
        seen.append((engine, int(picture[0, 0, 0])))
        return picture

    choose_engine([REFERENCE, SWIFT], translate, PICTURES)
    assert seen == 2 * [(REFERENCE, 10), (SWIFT, 10)]


@pytest.mark.parametrize("level", [10, 200], ids=["at once", "on a later picture"])
def test_an_engine_that_fails_is_left_out_and_said(caplog, level):
    def translate(engine, picture):
        if engine == SWIFT and picture[0, 0, 0] == level:
            raise RuntimeError("no such operation\nat length")
        return picture

    verdict = choose_engine([REFERENCE, SWIFT], translate, PICTURES)
    assert (verdict.engine, verdict.trials) == (REFERENCE, ())
    assert "openvino bfloat16 is not used: no such operation" in caplog.text


def test_the_verdict_is_json_though_equal_pictures_have_no_finite_decibels(choose):
    fields = json.loads(json.dumps(choose(shift=0, seconds=0.5).to_dict(), allow_nan=False))
    assert (fields["name"], fields["precision"]) == ("openvino", "bfloat16")
    assert fields["measured"] == [
        {"name": "openvino", "precision": "bfloat16", "decibels": None, "speed_ratio": 2.0}
    ]
