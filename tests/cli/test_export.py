import json
from pathlib import Path

import pytest

from cyclegan_tf.exporters import exporting
from cyclegan_tf.exporters.exporting import ExportReport


@pytest.fixture
def exported(monkeypatch):
    """Notes what `export` was called with, and reports something."""
    calls = []

    def export_model(model, target, **options):
        calls.append((str(model), str(target), options))
        size = options["size"]
        return ExportReport("out", "onnx", "ba", 2_500_000, size, 1, 0.01, 68.0, ((1, 64, 64),))

    monkeypatch.setattr(exporting, "export_model", export_model)
    return calls


@pytest.fixture
def model(tmp_path, monkeypatch, write_model):
    """The newest finished run of the current folder."""
    folder = Path("runs", "mine", "model")
    write_model(tmp_path / folder, "ab")
    (tmp_path / "runs" / "mine" / "summary.json").touch()
    monkeypatch.chdir(tmp_path)
    return folder


def test_export_prints_one_line_with_the_proof(command, exported, model, write_model):
    write_model(model, "ab", "ba")
    result = command("export", "out", "--model", "runs/mine", "--direction", "ba", "--overwrite")
    assert result.stdout == (
        "out  onnx, ba, 2.5 MB, any size, loaded again and compared: at most 1 grey levels apart, "
        "0.0100 on average, PSNR 68.0 dB\nmodel: runs/mine/model\n"
    )
    ((_, target, options),) = exported
    assert target == "out"
    assert (options["format"], options["direction"], options["overwrite"]) == ("saved_model", "ba", True)


def test_export_as_json_is_nothing_but_json(command, exported, model):
    report = json.loads(command("export", "out.onnx", "--size", "64x48", "--json").stdout)
    assert (report["schema"], report["path"], report["largest_difference"]) == (1, "out", 1)
    assert report["picture_size"] == "64x48"


def test_without_a_model_the_newest_finished_run_is_exported_and_named(command, exported, model):
    assert f"model: {model}" in command("export", "out").stdout
    assert exported[0][0] == str(model)


def test_a_size_is_width_by_height(command, exported, model):
    result = command("export", "out.onnx", "--size", "1280x720")
    assert exported[0][2]["size"] == (720, 1280)
    assert "1280x720 alone" in result.stdout


def test_a_dry_run_says_what_would_be_written_and_writes_nothing(command, exported, model, tmp_path):
    result = command("export", "out.onnx", "--dry-run")
    assert result.stdout == f"out.onnx  onnx, ab\nmodel: {model}\n"
    assert exported == []
    assert not (tmp_path / "out.onnx").exists()


def test_a_dry_run_refuses_what_the_export_would_refuse(command, model, tmp_path):
    (tmp_path / "out.onnx").touch()
    assert command("export", "out.onnx", "--dry-run").exit_code == 6


def test_a_dry_run_refuses_a_direction_that_the_model_does_not_have(command, model):
    result = command("export", "out", "--direction", "ba", "--dry-run")
    assert result.exit_code == 5
    assert "no generator for direction ba" in result.stderr


def test_a_dry_run_refuses_a_format_without_a_place_for_the_masks(command, masked_model, tmp_path):
    result = command("export", tmp_path / "out.keras", "--model", masked_model, "--dry-run")
    assert result.exit_code == 2
    assert "a Keras file holds a generator alone" in result.stderr
