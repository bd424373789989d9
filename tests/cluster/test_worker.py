import dataclasses
import os

import pytest

import cyclegan_tf
import video
from cyclegan_tf.cluster.worker import ClipRequest, ModelRequest, Worker, check_for_clips
from cyclegan_tf.errors import ModelError
from cyclegan_tf.inference.translator import Translator
from video.assembling.segments import closed_segments
from video.plan import plan_video
from video.segment_run import ClipWork


@pytest.fixture
def worker(small_model, monkeypatch):
    for name in ("TF_NUM_INTRAOP_THREADS", "OMP_NUM_THREADS"):
        monkeypatch.setenv(name, os.environ.get(name, "1"))
    worker = Worker(ModelRequest(small_model, "ab"), 1)
    yield worker
    worker.close()


@pytest.fixture
def request_of(tmp_path):
    def request_of(source, key="one"):
        plan = plan_video(source, tmp_path / "out.mp4", video.Options())
        return ClipRequest(key, plan.source, ClipWork.of(plan, 20, 2))

    return request_of


def test_it_says_what_it_has_loaded(worker, small_model):
    loaded = worker.ready()
    assert loaded.version == cyclegan_tf.__version__
    assert loaded.translation_id == Translator(small_model).translation_id
    assert (loaded.is_masked, loaded.output_channels) == (False, 3)


def test_a_segment_is_put_into_the_shared_folder_and_nothing_else(worker, request_of, clip, tmp_path):
    (tmp_path / "work").mkdir()
    outcome, files = worker.translate_segment(request_of(clip), 1, tmp_path / "work")
    assert (outcome.num_frames, files) == (20, {})
    assert sorted(path.name for path in (tmp_path / "work").iterdir()) == ["000001.json", "000001.mkv"]
    assert len(closed_segments(tmp_path / "work")[1].pts) == 20


def test_without_a_folder_a_segment_comes_back_as_bytes(worker, request_of, clip, tmp_path):
    _, files = worker.translate_segment(request_of(clip), 0, None)
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    assert len(closed_segments(tmp_path)[0].pts) == 20


def test_it_goes_from_clip_to_clip(worker, request_of, clip, tmp_path):
    other = tmp_path / "other.mp4"
    other.write_bytes(clip.read_bytes())
    for place, source in enumerate((clip, other, clip)):
        outcome, files = worker.translate_segment(request_of(source, str(place)), 0, None)
        assert (outcome.num_frames, len(files)) == (20, 2)


def test_a_model_of_other_pictures_is_not_for_clips(small_model):
    translator = Translator(small_model)
    translator.module.spec = dataclasses.replace(translator.module.spec, input_channels=1)
    with pytest.raises(ModelError, match="expected 3 channels in and out; found 1 in and 3 out"):
        check_for_clips(translator)
