import json
import shutil

import numpy as np
import pytest
import tensorflow as tf

from cyclegan_tf import export
from cyclegan_tf.errors import ModelError, OutputError
from cyclegan_tf.export import export_saved_model
from cyclegan_tf.translate import Translator

pytestmark = pytest.mark.usefixtures("shallow_generators")


@pytest.fixture(scope="module")
def exported(tiny_run, tmp_path_factory, shallow_generators):
    """The report of an export that was checked in a fresh process."""
    return export_saved_model(tiny_run, tmp_path_factory.mktemp("exported") / "saved_model", "ba")


@pytest.fixture
def unchecked(monkeypatch):
    """Leaves out the fresh process, which takes seconds: every picture comes back as it should."""
    monkeypatch.setattr(export, "_largest_difference", lambda translator, folder: 0)


@pytest.fixture
def unwritten(monkeypatch):
    """Writes a word instead of a SavedModel."""

    def write(translator, folder):
        (folder / "saved_model.pb").write_text("new")

    monkeypatch.setattr(export, "_write", write)


def earlier_export(folder):
    folder.mkdir()
    (folder / "saved_model.pb").write_text("old")
    (folder / "of_old").touch()
    return folder


def test_an_export_is_loaded_in_a_fresh_process_and_compared(exported):
    assert exported.largest_difference <= 1
    assert (1, 75, 101) in exported.checked_shapes


def test_the_report_names_folder_direction_and_size(exported, tmp_path):
    assert exported.direction == "ba"
    assert exported.size_bytes > 10_000
    assert (tmp_path / exported.path / "saved_model.pb").is_file()


@pytest.mark.parametrize("shape", [(1, 32, 32, 3), (2, 17, 45, 3)], ids=str)
def test_an_export_serves_pictures_of_any_size_as_the_model_does(exported, tiny_run, shape):
    batch = np.random.default_rng(1).integers(0, 256, shape, dtype=np.uint8)
    serve = tf.saved_model.load(exported.path).signatures["serving_default"]
    served = serve(image=tf.constant(batch))["translated"].numpy()
    assert np.abs(served.astype(int) - Translator.load(tiny_run, "ba")(batch)).max() <= 1


def test_an_export_says_what_it_is_where_serving_looks_for_it(exported, tmp_path):
    card = json.loads((tmp_path / exported.path / "assets.extra" / "cyclegan_tf.json").read_text())
    assert card["direction"] == "ba"
    assert card["provenance"]["run"] == "tiny"


def test_an_export_that_differs_from_the_model_is_refused_and_removed(
    tiny_run, tmp_path, monkeypatch, unwritten
):
    def other_pictures(folder, inputs):
        return {name: np.full_like(picture, 7) for name, picture in inputs.items()}

    monkeypatch.setattr(export, "_run_in_fresh_process", other_pictures)
    with pytest.raises(ModelError, match="the export differs from the model") as caught:
        export_saved_model(tiny_run, tmp_path / "out")
    assert "grey level" in caught.value.detail
    assert list(tmp_path.iterdir()) == []


def test_an_export_that_cannot_be_loaded_again_is_refused_and_removed(tiny_run, tmp_path, unwritten):
    with pytest.raises(ModelError, match="cannot be loaded again") as caught:
        export_saved_model(tiny_run, tmp_path / "out")
    assert caught.value.detail
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", ["export", "folder", "file"])
def test_an_output_that_exists_is_left_alone(tiny_run, tmp_path, kind):
    target = tmp_path / "out"
    if kind == "export":
        earlier_export(target)
    else:
        target.mkdir() if kind == "folder" else target.write_text("mine")
    with pytest.raises(OutputError, match="output exists") as caught:
        export_saved_model(tiny_run, target)
    assert "--overwrite" in caught.value.fix
    assert kind != "export" or (target / "saved_model.pb").read_text() == "old"


@pytest.mark.parametrize("kind", ["folder", "file"])
def test_what_is_no_export_is_not_overwritten_even_when_asked(tiny_run, tmp_path, kind):
    target = tmp_path / "out"
    target.mkdir() if kind == "folder" else target.write_text("mine")
    with pytest.raises(OutputError, match="not a SavedModel"):
        export_saved_model(tiny_run, target, overwrite=True)
    assert target.exists()


def test_overwriting_swaps_the_whole_folder(tiny_run, tmp_path, unchecked, unwritten):
    target = earlier_export(tmp_path / "out")
    export_saved_model(tiny_run, target, overwrite=True)
    assert (target / "saved_model.pb").read_text() == "new"
    assert not (target / "of_old").exists()


def test_an_export_that_fails_leaves_the_one_before_it(tiny_run, tmp_path, monkeypatch):
    target = earlier_export(tmp_path / "out")

    def fail(translator, folder):
        (folder / "half").touch()
        raise RuntimeError("interrupted")

    monkeypatch.setattr(export, "_write", fail)
    with pytest.raises(RuntimeError, match="interrupted"):
        export_saved_model(tiny_run, target, overwrite=True)
    assert sorted(path.name for path in target.iterdir()) == ["of_old", "saved_model.pb"]
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_the_folder_around_the_output_must_exist(tiny_run, tmp_path):
    with pytest.raises(OutputError, match="no folder to write into: .*nowhere"):
        export_saved_model(tiny_run, tmp_path / "nowhere" / "out")


def test_a_damaged_model_is_not_exported(tiny_run, tmp_path):
    model = shutil.copytree(tiny_run / "model", tmp_path / "model")
    (model / "generator_ab.safetensors").write_bytes(b"")
    with pytest.raises(ModelError, match="cannot read the weights"):
        export_saved_model(model, tmp_path / "out")
    assert not (tmp_path / "out").exists()
