"""Rows 9, 39 and 63 of the fault catalogue: whole commands on what they cannot use, and a bug of ours."""

import os
import shutil

import pytest

from cyclegan_tf.exporters import exporting as export
from cyclegan_tf.training.session import Session

pytestmark = pytest.mark.usefixtures("shallow_generators")


def assert_refused(result, exit_code, *parts):
    """The exit code, an `error:` line, a `fix:` line, the given words, and no traceback."""
    assert result.exit_code == exit_code, result.output
    lines = result.stderr.splitlines()
    assert any(line.startswith("error: ") for line in lines), result.stderr
    assert any(line.startswith("fix: ") for line in lines), result.stderr
    assert "Traceback" not in result.stderr
    assert result.stdout == ""
    for part in parts:
        assert str(part) in result.stderr


def test_row_9_the_training_stops_before_its_first_step_and_touches_nothing(
    command, tiny_data, tiny_options, tmp_path, monkeypatch, tree
):
    data = shutil.copytree(tiny_data, tmp_path / "data")
    broken = [data / "trainA" / "empty.jpg", data / "trainB" / "page.png"]
    for path, content in zip(broken, (b"", b"<!DOCTYPE html><html>404</html>")):
        path.write_bytes(content)
    before = tree(data)
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    result = command("fit", data, *tiny_options)
    assert_refused(result, 4, "2 of ", *broken, "an empty file (0 bytes)", "an HTML or XML text")
    assert tree(data) == before
    assert list((tmp_path / "here").iterdir()) == []


@pytest.mark.parametrize("suffix", [".keras", ".h5", ".pth"])
def test_row_39_a_model_file_of_another_program_is_refused_unread(command, tmp_path, suffix):
    foreign = tmp_path / f"model{suffix}"
    os.mkfifo(foreign)  # Whoever opens it waits for ever.
    result = command("export", tmp_path / "out", "--model", foreign)
    assert_refused(result, 5, "can carry code", "fix: take its weights over with `cyclegan-tf import")
    assert not (tmp_path / "out").exists()


@pytest.fixture
def broken_program(tmp_path, monkeypatch):
    """A program with a bug in it, and temporary files in tmp_path."""

    def fail(*arguments, **options):
        raise RuntimeError("the unforeseen")

    monkeypatch.setattr(Session, "train", fail)
    monkeypatch.setattr(export, "export_model", fail)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))


def test_row_63_a_bug_is_an_apology_with_the_traceback_in_a_log(command, broken_program, tiny_run, tmp_path):
    result = command("export", tmp_path / "out", "--model", tiny_run)
    assert_refused(result, 1, "sorry, this is a bug: RuntimeError: the unforeseen")
    (log,) = tmp_path.glob("*.log")
    assert f"log: {log}" in result.stderr
    assert "Traceback (most recent call last)" in log.read_text()
    assert "RuntimeError: the unforeseen" in log.read_text()


def test_row_63_a_bug_leaves_the_state_of_the_run(command, broken_program, tiny_run, tmp_path, tree):
    run = shutil.copytree(tiny_run, tmp_path / "runs" / "tiny")
    before = tree(run / "checkpoints")
    result = command("fit", "--resume", "--name", "tiny", "--set", f"output.folder={run.parent}")
    assert_refused(result, 1, "sorry, this is a bug")
    assert tree(run / "checkpoints") == before
