"""Which engine a clip gets: the one that began it, or the one that measurements choose."""

from types import SimpleNamespace

import numpy as np
import pytest

import video
from cyclegan_tf.cli import engine_choice
from cyclegan_tf.cli.engine_choice import settle_for_clip, settle_for_pictures, verdict_for_cluster
from cyclegan_tf.inference.engines.kinds import REFERENCE, Engine
from cyclegan_tf.inference.translator import Translator
from video import translation
from video.plan import plan_video

pytestmark = pytest.mark.usefixtures("shallow_generators")
OPENVINO = Engine("openvino", "float32")
OPTIONS = video.Options(batch_size=1)


@pytest.fixture
def many_frames(monkeypatch):
    """Six frames are many."""
    monkeypatch.setattr(engine_choice, "FEW_PICTURES", 4)


def test_few_frames_are_not_worth_a_comparison(clip, tiny_run, tmp_path, capsys):
    translator = Translator.load(tiny_run, engine="auto")
    verdict = settle_for_clip(translator, plan_video(clip, tmp_path / "out.mp4", OPTIONS))
    assert (verdict.engine, verdict.trials) == (REFERENCE, ())
    assert "engine: tensorflow float32 (fewer than 16 pictures" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("allowed", "expected"),
    [
        ([Engine("openvino", "bfloat16"), OPENVINO], OPENVINO),
        (
            [Engine("tensorflow", "bfloat16"), Engine("openvino", "bfloat16")],
            Engine("tensorflow", "bfloat16"),
        ),
    ],
)
def test_few_pictures_get_an_engine_that_was_asked_for(tiny_run, monkeypatch, allowed, expected):
    translator = Translator.load(tiny_run, engine="auto")
    monkeypatch.setattr(translator, "_allowed", allowed)
    settle_for_pictures(translator, 3)
    assert translator.verdict.engine == expected


def test_many_frames_are_measured_on_the_clips_own(clip, tiny_run, tmp_path, many_frames):
    translator = Translator.load(tiny_run, engine="auto")
    verdict = settle_for_clip(translator, plan_video(clip, tmp_path / "out.mp4", OPTIONS))
    assert [trial.engine for trial in verdict.trials] == [OPENVINO]
    assert verdict.trials[0].decibels > 45


def test_a_clip_keeps_the_engine_that_began_it_to_the_bit(clip, tiny_run, tmp_path, many_frames, monkeypatch):
    monkeypatch.setattr(translation, "SEGMENT_FRAMES", 2)
    begun, whole = tmp_path / "begun.mkv", tmp_path / "whole.mkv"
    options = video.Options(batch_size=1, codec="ffv1")
    first = Translator.load(tiny_run, engine="openvino")

    def stop(done, total):
        if done == 5:
            raise RuntimeError("stopped by the test")

    with pytest.raises(RuntimeError):
        video.translate_video(clip, begun, first, options, on_progress=stop)
    again = Translator.load(tiny_run, engine="auto")
    verdict = settle_for_clip(again, plan_video(clip, begun, options))
    assert (verdict.engine, verdict.reason) == (OPENVINO, "as this clip was begun")
    assert video.translate_video(clip, begun, again, options).frames_reused >= 2
    video.translate_video(clip, whole, first, options)
    for one, other in zip(video.read_clip(begun), video.read_clip(whole), strict=True):
        np.testing.assert_array_equal(one[0], other[0])


def test_what_was_asked_for_is_said_and_not_measured(capsys):
    translator = SimpleNamespace(identities={"id": OPENVINO}, verdict="openvino float32 (as asked)")
    settle_for_pictures(translator, 100)
    assert capsys.readouterr().err == "engine: openvino float32 (as asked)\n"


@pytest.mark.parametrize(
    ("asked", "engine"),
    [
        (("auto", "auto"), "tensorflow float32 (all workers compute alike)"),
        (("openvino", "auto"), "openvino float32 (all workers compute alike)"),
        (("openvino", "bfloat16"), "openvino bfloat16 (as asked)"),
    ],
)
def test_all_workers_of_a_cluster_have_one_engine_that_is_not_measured(asked, engine):
    assert str(verdict_for_cluster(*asked)) == engine


def test_of_many_pictures_the_first_decides_later(capsys):
    translator = SimpleNamespace(identities={"one": REFERENCE, "other": OPENVINO}, verdict=None)
    settle_for_pictures(translator, 100)
    assert capsys.readouterr().err == ""
    assert translator.verdict is None
