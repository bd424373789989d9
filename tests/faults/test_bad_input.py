"""Rows of the fault catalogue that a user meets with bad input: an error with a fix, and nothing lost."""

import json
import shutil

import numpy as np
import pytest
from PIL import Image
from safetensors.numpy import load_file, save_file

import video
from cyclegan_tf.exporters import exporting as export
from cyclegan_tf.system.files import sha256
from cyclegan_tf.training import fit as training

pytestmark = pytest.mark.usefixtures("shallow_generators")

JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + bytes(300)
HTML = b"<!DOCTYPE html><html><body>404 Not Found</body></html>"


@pytest.fixture
def here(tmp_path, monkeypatch):
    """An empty folder to be in, where a command would write its runs."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path / "here"


@pytest.fixture
def data(tiny_data, tmp_path):
    """A data set to damage."""
    return shutil.copytree(tiny_data, tmp_path / "data")


@pytest.fixture
def model(tiny_run, tmp_path):
    """A model folder to damage."""
    return shutil.copytree(tiny_run / "model", tmp_path / "model")


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    path = tmp_path_factory.mktemp("clips") / "in.mp4"
    video.write_clip(path, np.zeros((2, 32, 32, 3), np.uint8), 10)
    return path


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


def change_weights(model, change):
    """Changes the arrays of one direction, with a checksum to match."""
    path = model / "generator_ab.safetensors"
    arrays = load_file(path)
    change(arrays)
    save_file(arrays, path)
    card = json.loads((model / "model.json").read_text())
    card["directions"]["ab"]["sha256"] = sha256(path)
    (model / "model.json").write_text(json.dumps(card))


def test_row_1_a_configuration_that_is_not_there(command, data, here):
    result = command("fit", data, "--config", "no/such.yaml")
    assert_refused(result, 2, "no/such.yaml", "cpu-128, demo, fast-256, paper-256")
    assert list(here.iterdir()) == []


def test_row_3_an_unknown_key(command, data, here):
    result = command("fit", data, "--set", "train.lerning_rate=1e-4")
    assert_refused(result, 3, "train.lerning_rate", "did you mean train.learning_rate?")
    assert list(here.iterdir()) == []


@pytest.mark.parametrize("domain", ["A", "B"])
@pytest.mark.parametrize("state", ["missing", "empty"])
def test_row_8_a_domain_without_pictures(command, data, here, tiny_options, domain, state):
    folder = data / f"train{domain}"
    shutil.rmtree(folder)
    if state == "empty":
        folder.mkdir()
    assert_refused(command("fit", data, *tiny_options), 4, f"domain {domain}", folder, ".png")
    assert list(here.iterdir()) == []


@pytest.mark.parametrize("content", [b"", HTML, JPEG], ids=["zero_bytes", "html_named_jpg", "truncated_jpeg"])
def test_row_9_a_broken_picture(command, data, here, tiny_options, content):
    broken = data / "trainB" / "broken.jpg"
    broken.write_bytes(content)
    before = sorted(data.rglob("*"))
    assert_refused(command("fit", data, *tiny_options), 4, broken)
    assert broken.read_bytes() == content
    assert sorted(data.rglob("*")) == before
    assert list(here.iterdir()) == []


def test_row_13_a_picture_smaller_than_the_crop(command, data, here, tiny_options):
    Image.new("RGB", (31, 50)).save(data / "trainA" / "small.png")
    result = command("fit", data, *tiny_options, "--set", "data.preprocess=crop")
    assert_refused(result, 4, "small.png", "31", "32")
    assert list(here.iterdir()) == []


def test_row_17_one_folder_for_both_domains(command, data, here, tiny_options):
    folder, again = data / "trainA", data / "trainB" / ".." / "trainA"
    result = command("fit", "--a", folder, "--b", again, *tiny_options)
    assert_refused(result, 3, folder)
    assert list(here.iterdir()) == []


def test_row_33_a_run_of_this_name_exists(command, tiny_run, tiny_data, tiny_options, tmp_path):
    run = shutil.copytree(tiny_run, tmp_path / "runs" / "tiny")
    before = {path: path.stat().st_mtime_ns for path in run.rglob("*")}
    place = ("--name", "tiny", "--set", f"output.folder={tmp_path / 'runs'}")
    assert_refused(command("fit", tiny_data, *tiny_options, *place), 6, run, "--resume", "--fresh")
    assert {path: path.stat().st_mtime_ns for path in run.rglob("*")} == before


@pytest.mark.parametrize("verb", ["video", "export"])
def test_row_38_a_model_that_is_not_there(command, clip, tmp_path, verb):
    missing, target = tmp_path / "nowhere", tmp_path / "out.mp4"
    if verb == "video":
        result = command("video", clip, target, "--model", missing)
    else:
        result = command("export", missing, target)
    assert_refused(result, 5, "no model at", missing)
    assert not target.exists()


@pytest.mark.parametrize("content", [b"", HTML, JPEG], ids=["zero_bytes", "html", "jpeg"])
@pytest.mark.parametrize("name", ["generator_ab.safetensors", "model.json"])
def test_row_38_a_file_of_a_model_that_is_something_else(command, model, tmp_path, name, content):
    (model / name).write_bytes(content)
    result = command("export", model, tmp_path / "out")
    assert_refused(result, 5, model / name)
    assert "not found" not in result.stderr.lower().replace("404 not found", "")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("content", [b"", HTML, JPEG], ids=["zero_bytes", "html", "jpeg"])
def test_row_38_a_file_that_is_named_as_a_model(command, clip, tmp_path, content):
    (tmp_path / "weights").write_bytes(content)
    result = command("video", clip, tmp_path / "out.mp4", "--model", tmp_path / "weights")
    assert_refused(result, 5, "not a model", tmp_path / "weights")
    assert not (tmp_path / "out.mp4").exists()


def test_row_41_weights_of_another_architecture(command, model, tmp_path):
    def widen(arrays):
        arrays["first_conv/bias"] = np.zeros(8, np.float32)

    change_weights(model, widen)
    result = command("export", model, tmp_path / "out")
    assert_refused(result, 5, "first_conv/bias", "expected shape (4,); found (8,)")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_row_42_weights_that_are_no_numbers(command, clip, model, tmp_path, bad):
    change_weights(model, lambda arrays: arrays["last_conv/kernel"].__setitem__((0, 0, 0, 0), bad))
    result = command("video", clip, tmp_path / "out.mp4", "--model", model)
    assert_refused(result, 5, "last_conv/kernel", "NaN or infinity")
    assert not (tmp_path / "out.mp4").exists()


def test_row_43_an_export_that_exists(command, tiny_run, tmp_path):
    target = tmp_path / "out"
    target.mkdir()
    (target / "saved_model.pb").write_text("old")
    assert_refused(command("export", tiny_run, target), 6, target, "--overwrite")
    assert (target / "saved_model.pb").read_text() == "old"


def test_row_57_an_output_folder_that_is_not_there(command, clip, tmp_path):
    result = command("video", clip, tmp_path / "no" / "out.mp4", "--model", tmp_path / "not looked at")
    assert_refused(result, 6, tmp_path / "no")
    assert "starting TensorFlow" not in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_row_57_an_output_of_an_unknown_kind(command, clip, tmp_path):
    result = command("video", clip, tmp_path / "out.xyz", "--model", tmp_path / "not looked at")
    assert_refused(result, 2, ".xyz", ".mp4")
    assert "starting TensorFlow" not in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_row_62_without_a_terminal_there_is_no_colour(command, data):
    result = command("fit", data, "--set", "train.lerning_rate=1e-4")
    assert "\x1b[" not in result.output
    assert "\x1b[" not in command("--help").output


@pytest.fixture
def broken_program(monkeypatch):
    """A program with a bug in it."""

    def fail(*arguments, **options):
        raise RuntimeError("the unforeseen")

    monkeypatch.setattr(training.Session, "train", fail)
    monkeypatch.setattr(export, "export_model", fail)


def test_row_63_a_bug_is_an_apology_with_the_traceback_in_a_log(
    command, broken_program, tmp_path, monkeypatch
):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    result = command("export", "runs/mine", "out")
    assert_refused(result, 1, "sorry, this is a bug: RuntimeError: the unforeseen")
    (log,) = tmp_path.glob("*.log")
    assert f"log: {log}" in result.stderr
    assert "Traceback (most recent call last)" in log.read_text()
    assert "RuntimeError: the unforeseen" in log.read_text()


def test_row_63_a_bug_leaves_the_state_of_the_run(command, broken_program, tiny_run, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    run = shutil.copytree(tiny_run, tmp_path / "runs" / "tiny")
    before = {path: path.read_bytes() for path in (run / "checkpoints").rglob("*") if path.is_file()}
    result = command("fit", "--resume", "--name", "tiny", "--set", f"output.folder={run.parent}")
    assert_refused(result, 1, "sorry, this is a bug")
    assert {path: path.read_bytes() for path in before} == before
