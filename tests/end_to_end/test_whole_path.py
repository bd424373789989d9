"""The way of a user, by the commands as they are installed: train, translate a clip, export, serve."""

import json
import subprocess
import sys

import numpy as np
import pytest

import video

pytestmark = pytest.mark.slow

MAIN = "from cyclegan_tf.cli.app import main; main()"


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """The folder that all of it happens in, with a clip that has sound."""
    folder = tmp_path_factory.mktemp("place")
    frames = np.random.default_rng(0).integers(0, 256, (6, 34, 46, 3), dtype=np.uint8)
    sound = np.sin(np.arange(44100 // 2) / 20).astype(np.float32)
    video.write_clip(folder / "in.mp4", frames, 12, samples=sound)
    return folder


@pytest.fixture(scope="module")
def trained(place, tiny_data, tiny_options):
    """Trains with all six residual blocks in a process without a terminal."""
    short = ("--set", "train.steps=2", "--set", "losses.lambda_identity=0")
    command = [sys.executable, "-c", MAIN, "fit", str(tiny_data), *tiny_options, "--name", "mine"]
    options = {"capture_output": True, "text": True, "stdin": subprocess.DEVNULL, "cwd": place}
    return subprocess.run([*command, *short], check=False, **options)


@pytest.fixture
def there(place, trained, monkeypatch):
    assert trained.returncode == 0, trained.stderr
    monkeypatch.chdir(place)
    return place


def test_a_model_is_trained_from_two_folders(trained, place):
    assert trained.returncode == 0, trained.stderr
    assert json.loads((place / "runs" / "mine" / "summary.json").read_text())["step"] == 2


def test_its_results_are_on_stdout_and_its_progress_on_stderr(trained):
    assert trained.stdout.startswith("run      runs/mine\n")
    assert "training 2/2" in trained.stderr
    assert "\x1b[" not in trained.stdout + trained.stderr


def test_tensorflow_keeps_its_noise_to_itself(trained):
    assert "cuda" not in trained.stderr.lower()
    assert "onednn" not in trained.stderr.lower()


def test_a_clip_is_translated_with_every_frame_and_its_sound(there, command):
    result = command("video", "in.mp4", "out.mp4", "--json")
    assert result.exit_code == 0, result.stderr
    report = json.loads(result.stdout)
    assert report["model"] == "runs/mine/model"
    before, after = (list(video.read_clip(there / name)) for name in ("in.mp4", "out.mp4"))
    assert [time for _, time in after] == [time for _, time in before]
    assert after[0][0].shape == (34, 46, 3)
    assert [(stream["kind"], stream["action"]) for stream in report["streams"]] == [("audio", "copied")]


def test_an_export_serves_what_the_model_translates(there, command):
    import tensorflow as tf

    from cyclegan_tf import Translator

    result = command("export", "saved_model", "--model", "runs/mine")
    assert result.exit_code == 0, result.stderr
    picture = np.random.default_rng(1).integers(0, 256, (1, 21, 50, 3), dtype=np.uint8)
    serve = tf.saved_model.load(str(there / "saved_model")).signatures["serving_default"]
    served = serve(image=tf.constant(picture))["translated"].numpy()
    assert np.abs(served.astype(int) - Translator.load("runs/mine")(picture)).max() <= 1
