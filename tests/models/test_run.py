import os
from pathlib import Path

import pytest

from cyclegan_tf.errors import ModelError, UsageError
from cyclegan_tf.models import bundled
from cyclegan_tf.models.run import CARD_FILE, Run, find_model, find_student


def make_model(folder):
    folder.mkdir(parents=True)
    (folder / CARD_FILE).write_text("{}")
    return folder


def make_run(folder, finished_at=None):
    """A run folder with a model, finished at a time in seconds or not at all."""
    run = Run(folder)
    make_model(run.model)
    if finished_at is not None:
        run.summary.write_text("{}")
        os.utime(run.summary, (finished_at, finished_at))
    return run


def test_everything_of_a_run_lies_in_its_folder(tmp_path):
    run = Run(tmp_path)
    parts = (run.config, run.checkpoints, run.model, run.best, run.evaluations)
    parts += (run.samples, run.metrics, run.tensorboard, run.summary, run.answers)
    names = "config.yaml checkpoints model best evaluations samples metrics.jsonl tensorboard summary.json "
    names += "answers"
    assert parts == tuple(tmp_path / name for name in names.split())


def test_a_model_is_found_by_its_own_folder(tmp_path):
    folder = make_model(tmp_path / "model")
    assert find_model(folder) == folder


def test_a_model_is_found_by_the_folder_of_its_run(tmp_path):
    run = make_run(tmp_path / "horses")
    assert find_model(run.folder) == run.model


def test_the_newest_finished_run_is_the_default(tmp_path):
    make_run(tmp_path / "a", finished_at=3000)
    newest = make_run(tmp_path / "b", finished_at=5000)
    make_run(tmp_path / "c", finished_at=4000)
    make_run(tmp_path / "d")
    assert find_model(None, tmp_path) == newest.model


@pytest.mark.parametrize("unfinished", [True, False], ids=["one_unfinished", "none"])
def test_without_any_finished_run_it_is_said_how_to_get_one(tmp_path, monkeypatch, unfinished):
    monkeypatch.setattr(bundled, "FOLDER", tmp_path / "nothing")
    if unfinished:
        make_run(tmp_path / "a")
    with pytest.raises(UsageError, match="no finished run") as caught:
        find_model(None, tmp_path)
    assert "cyclegan-tf fit" in caught.value.fix
    assert "--model" in caught.value.fix


def test_a_path_where_nothing_is_is_named(tmp_path):
    with pytest.raises(ModelError, match="no model at .*nowhere"):
        find_model(tmp_path / "nowhere")


@pytest.mark.parametrize("kind", ["folder", "file"])
def test_what_is_there_but_is_not_a_model_is_not_called_missing(tmp_path, kind):
    path = tmp_path / "thing"
    path.mkdir() if kind == "folder" else path.write_text("<html>")
    with pytest.raises(ModelError, match="not a model: .*thing") as caught:
        find_model(path)
    assert CARD_FILE in caught.value.detail
    assert caught.value.fix


def test_a_model_folder_with_the_suffix_of_a_file_is_a_model_all_the_same(tmp_path):
    folder = tmp_path / "out.pth"
    folder.mkdir()
    (folder / CARD_FILE).touch()
    assert find_model(folder) == folder


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package with a model that has a student, and one that has none."""
    monkeypatch.setattr(bundled, "FOLDER", tmp_path / "package")
    for name in ("horses", "horses-fast", "maps"):
        make_model(tmp_path / "package" / name)
    return tmp_path / "package"


@pytest.mark.parametrize("path", [None, Path("horses"), Path("horses-fast")], ids=str)
def test_the_student_of_a_bundled_model_is_found(package, tmp_path, path):
    assert find_student(path, tmp_path / "runs") == package / "horses-fast"


def test_without_a_student_the_command_that_trains_one_is_said(package, tmp_path):
    run = make_run(tmp_path / "my horses", finished_at=1)
    for path in (Path("maps"), run.folder):
        with pytest.raises(ModelError, match="no fast student") as caught:
            find_student(path)
        assert "cyclegan-tf distill" in caught.value.fix
        assert caught.value.fix.endswith("--model horses")
    assert f"distill '{run.folder}' --data DATA" in caught.value.fix
