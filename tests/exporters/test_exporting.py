import json
import os
import shutil

import numpy as np
import pytest

from cyclegan_tf.errors import ModelError, OutputError, UsageError
from cyclegan_tf.exporters import exporting as export
from cyclegan_tf.exporters.exporting import export_model
from cyclegan_tf.exporters.formats import FORMATS
from cyclegan_tf.inference.translator import Translator

pytestmark = pytest.mark.usefixtures("shallow_generators")

NO_DIFFERENCE = export.Difference(0, 0.0, None)
TARGETS = {"saved_model": "out", "tflite": "out.tflite"}


@pytest.fixture(scope="module")
def exported(tiny_run, tmp_path_factory, shallow_generators):
    """The report of an export that was checked in a fresh process."""
    return export_model(tiny_run, tmp_path_factory.mktemp("exported") / "saved_model", direction="ba")


@pytest.fixture
def unchecked(monkeypatch):
    """Leaves out the fresh process, which takes seconds: every picture comes back as it should."""
    monkeypatch.setattr(export, "_prove", lambda *arguments: NO_DIFFERENCE)


@pytest.fixture
def unwritten(monkeypatch):
    """Writes a word instead of an export."""
    _write_instead(monkeypatch, lambda path: path.write_text("new"))


def _write_instead(monkeypatch, write):
    def into_folder(translator, folder, *_):
        write(folder / "saved_model.pb")

    def into_file(translator, path, *_):
        write(path)

    monkeypatch.setitem(export._WAYS, "saved_model", (into_folder, export._WAYS["saved_model"][1]))
    monkeypatch.setitem(export._WAYS, "tflite", (into_file, export._WAYS["tflite"][1]))


def earlier_export(folder):
    folder.mkdir()
    (folder / "saved_model.pb").write_text("old")
    (folder / "variables").mkdir()
    (folder / "variables" / "of_old").touch()
    return folder


def test_an_export_is_loaded_in_a_fresh_process_and_compared(exported):
    assert exported.largest_difference <= 1
    assert (1, 75, 101) in exported.checked_shapes


def test_the_report_names_folder_direction_and_size(exported, tmp_path):
    assert exported.direction == "ba"
    assert exported.size_bytes > 10_000
    assert (tmp_path / exported.path / "saved_model.pb").is_file()


def test_an_export_says_what_it_is_where_serving_looks_for_it(exported, tmp_path):
    card = json.loads((tmp_path / exported.path / "assets.extra" / "cyclegan_tf.json").read_text())
    assert card["direction"] == "ba"
    assert card["provenance"]["run"] == "tiny"


@pytest.mark.parametrize("name", TARGETS)
def test_row_44_an_export_that_differs_from_the_model_is_refused_and_removed(
    tiny_run, tmp_path, monkeypatch, unwritten, name
):
    def other_pictures(code, path, batches):
        return [np.full_like(batch, 7) for batch in batches]

    monkeypatch.setattr(export, "run_in_fresh_process", other_pictures)
    with pytest.raises(ModelError, match="the export differs from the model") as caught:
        export_model(tiny_run, tmp_path / TARGETS[name], format=name)
    assert "grey level" in caught.value.detail
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", TARGETS)
def test_an_export_that_cannot_be_loaded_again_is_refused_and_removed(
    tiny_run, tmp_path, monkeypatch, unwritten, name
):
    if name != "saved_model":
        # Another import of TensorFlow would show nothing new.
        monkeypatch.setitem(export._WAYS, name, (export._WAYS[name][0], "raise ValueError('no model')"))
    with pytest.raises(ModelError, match="cannot be loaded again") as caught:
        export_model(tiny_run, tmp_path / TARGETS[name], format=name)
    assert caught.value.detail
    assert list(tmp_path.iterdir()) == []


def test_the_proof_is_on_the_pictures_that_were_given(tiny_run, tiny_data, tmp_path, unwritten, monkeypatch):
    seen = []

    def notice(code, path, batches):
        seen.extend(batches)
        return [Translator.load(tiny_run)(batch) for batch in batches]

    monkeypatch.setattr(export, "run_in_fresh_process", notice)
    report = export_model(tiny_run, tmp_path / "out", pictures=tiny_data / "trainB")
    assert report.largest_difference == 0
    assert [batch.shape for batch in seen[:3]] == [(1, 40, 40, 3)] * 3


def test_pictures_are_read_in_the_range_that_the_model_was_trained_on(
    tiny_run, tmp_path, unwritten, monkeypatch
):
    model = shutil.copytree(tiny_run / "model", tmp_path / "model")
    card = json.loads((model / "model.json").read_text()) | {"pixel_ranges": {"a": [0, 9], "b": [0, 1]}}
    (model / "model.json").write_text(json.dumps(card))
    (tmp_path / "floats").mkdir()
    np.save(tmp_path / "floats" / "0.npy", np.ones((40, 40, 3), np.float32))
    seen = []
    monkeypatch.setattr(export, "_prove", lambda *arguments: seen.extend(arguments[3]) or NO_DIFFERENCE)
    export_model(model, tmp_path / "out", direction="ba", pictures=tmp_path / "floats")
    assert seen[0].min() == 255


@pytest.mark.parametrize("name", TARGETS)
def test_an_export_is_proved_where_links_cannot_be_made(tmp_path, monkeypatch, name):
    def refuse(*arguments, **options):
        raise OSError("a required privilege is not held by the client")

    def read_again(code, path, batches):
        assert (path / "saved_model.pb" if path.is_dir() else path).read_text() == "old"
        return batches

    monkeypatch.setattr(os, "symlink", refuse)
    monkeypatch.setattr(export, "run_in_fresh_process", read_again)
    path = tmp_path / ".hidden"
    earlier_export(path) if name == "saved_model" else path.write_text("old")
    pictures = [np.zeros((1, 2, 2, 3), np.uint8)]
    assert export._prove(FORMATS[name], lambda batch: batch, path, pictures).largest == 0


@pytest.mark.parametrize(
    ("target", "options", "message"),
    [
        ("out.tflite", {"format": "tflite-int8"}, "is calibrated on pictures such as it will translate"),
        ("out", {"size": (64, 64)}, "a SavedModel is not made for one size"),
        ("out.keras", {"size": (64, 64)}, "a Keras file is not made for one size"),
        ("out.tflite", {"opset": 13}, "LiteRT has no opset"),
    ],
    ids=["int8", "saved_model", "keras", "opset"],
)
def test_options_that_do_not_go_together_are_refused_before_anything_is_loaded(
    tmp_path, target, options, message
):
    with pytest.raises(UsageError, match=message):
        export_model(tmp_path / "no_model", tmp_path / target, **options)


@pytest.mark.parametrize("kind", ["export", "folder", "file"])
def test_an_output_that_exists_is_left_alone(tiny_run, tmp_path, kind):
    target = tmp_path / "out"
    if kind == "export":
        earlier_export(target)
    else:
        target.mkdir() if kind == "folder" else target.write_text("mine")
    with pytest.raises(OutputError, match="output exists") as caught:
        export_model(tiny_run, target)
    assert "--overwrite" in caught.value.fix
    assert kind != "export" or (target / "saved_model.pb").read_text() == "old"


@pytest.mark.parametrize("name", TARGETS)
def test_overwriting_replaces_the_file_or_the_whole_folder(tiny_run, tmp_path, unchecked, unwritten, name):
    target = tmp_path / TARGETS[name]
    earlier_export(target) if name == "saved_model" else target.write_text("old")
    export_model(tiny_run, target, overwrite=True)
    assert (target / "saved_model.pb" if target.is_dir() else target).read_text() == "new"
    assert not (target / "variables").exists()
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize("name", ["thesis.doc", "model.keras"])
def test_a_folder_with_other_files_is_not_overwritten_even_when_asked(tiny_run, tmp_path, name):
    target = earlier_export(tmp_path / "out")
    (target / name).write_text("mine")
    with pytest.raises(OutputError, match="other files in the folder") as caught:
        export_model(tiny_run, target, overwrite=True)
    assert f"found {name}" in caught.value.detail
    assert (target / name).read_text() == "mine"


@pytest.mark.parametrize("name", TARGETS)
def test_row_43_an_export_that_fails_leaves_the_one_before_it(tiny_run, tmp_path, monkeypatch, name):
    def fail(path):
        path.write_text("half")
        raise RuntimeError("interrupted")

    _write_instead(monkeypatch, fail)
    target = tmp_path / TARGETS[name]
    earlier_export(target) if name == "saved_model" else target.write_text("old")
    with pytest.raises(RuntimeError, match="interrupted"):
        export_model(tiny_run, target, overwrite=True)
    assert (target / "saved_model.pb" if target.is_dir() else target).read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_a_damaged_model_is_not_exported(tiny_run, tmp_path):
    model = shutil.copytree(tiny_run / "model", tmp_path / "model")
    (model / "generator_ab.safetensors").write_bytes(b"")
    with pytest.raises(ModelError, match="cannot read the weights"):
        export_model(model, tmp_path / "out")
    assert not (tmp_path / "out").exists()
