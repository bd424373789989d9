import json
import shutil

import pytest

from cyclegan_tf.cli import clips

pytestmark = pytest.mark.usefixtures("shallow_generators")


def test_video_takes_the_newest_finished_run_and_names_it(command, clip, tiny_run, tmp_path, monkeypatch):
    shutil.copytree(tiny_run, tmp_path / "runs" / "mine")
    (tmp_path / "runs" / "unfinished" / "model").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    result = command("video", clip, "out.mp4", "--batch-size", "1")
    assert result.exit_code == 0, result.stderr
    assert (tmp_path / "out.mp4").is_file()
    assert "model: runs/mine/model" in result.stdout
    assert "out.mp4  48x32, 6 of 6 frames, 0.60 s" in result.stdout
    assert "translating 6/6" in result.stderr


def test_video_as_json_names_the_model_too(command, clip, tiny_run, tmp_path):
    result = command("video", clip, tmp_path / "out.mp4", "--model", tiny_run, "--direction", "ba", "--json")
    report = json.loads(result.stdout)
    assert report["schema"] == 1
    assert report["model"] == str(tiny_run / "model")
    assert report["frames_written"] == 6


def test_video_replaces_an_output_only_when_asked(command, clip, tiny_run, tmp_path):
    target = tmp_path / "out.mp4"
    target.write_bytes(b"precious")
    assert command("video", clip, target, "--model", tiny_run).exit_code == 6
    assert target.read_bytes() == b"precious"
    assert command("video", clip, target, "--model", tiny_run, "--overwrite").exit_code == 0
    assert target.read_bytes() != b"precious"


def test_fast_takes_the_student_of_the_model(command, clip, tmp_path, monkeypatch, package_with_student):
    jobs = []
    monkeypatch.setattr(clips, "translate", lambda job, *files: jobs.append(job))
    command("video", clip, tmp_path / "out.mp4", "--model", "horses", "--fast")
    assert [job.model for job in jobs] == [package_with_student / "horses-fast"]


def test_fast_without_a_student_says_how_to_train_one(command, clip, tiny_run, tmp_path):
    result = command("video", clip, tmp_path / "out.mp4", "--model", tiny_run, "--fast")
    assert result.exit_code == 5
    assert f"cyclegan-tf distill {tiny_run} --data DATA" in result.stderr
