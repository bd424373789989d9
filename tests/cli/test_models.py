import json
import shutil

import pytest

from cyclegan_tf.models import bundled


@pytest.fixture(autouse=True)
def nothing_bundled(tmp_path, monkeypatch):
    (tmp_path / "package").mkdir()
    monkeypatch.setattr(bundled, "FOLDER", tmp_path / "package")
    monkeypatch.chdir(tmp_path)


def test_without_any_model_it_says_how_to_get_one(command):
    assert "no model yet" in command("models").stdout


def test_runs_and_bundled_models_are_listed(command, tiny_run, tmp_path):
    shutil.copytree(tiny_run, tmp_path / "runs" / "mine")
    (tmp_path / "package" / "horse2zebra").mkdir()
    card = {"provenance": {"summary": "horses to zebras"}}
    (tmp_path / "package" / "horse2zebra" / "model.json").write_text(json.dumps(card))
    lines = command("models").stdout.splitlines()
    assert lines[0].split() == ["runs/mine", "a", "finished", "run"]
    assert "horse2zebra" in lines[1] and "horses to zebras" in lines[1]
    listed = json.loads(command("models", "--json").stdout)
    assert list(listed["runs"]) == ["runs/mine"] and list(listed["bundled"]) == ["horse2zebra"]
