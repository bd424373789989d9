import shutil

import pytest

from cyclegan_tf.models import bundled
from cyclegan_tf.models.bundled import about, bundled_models
from cyclegan_tf.models.run import find_model
from cyclegan_tf.models.shipping import ship_model

pytestmark = pytest.mark.usefixtures("shallow_generators")


@pytest.fixture
def shipped(masked_model, tmp_path, monkeypatch):
    """A bundled model of the name masked."""
    (tmp_path / "package").mkdir()
    monkeypatch.setattr(bundled, "FOLDER", tmp_path / "package")
    ship_model(masked_model, tmp_path / "package" / "masked", {"summary": "a test"})
    return tmp_path / "package" / "masked"


def test_it_is_found_by_its_name(shipped, tmp_path):
    from pathlib import Path

    assert find_model(Path("masked")) == shipped
    assert bundled_models() == {"masked": shipped} and about(shipped)["summary"] == "a test"


def test_a_folder_of_the_same_name_comes_first(shipped, masked_model, tmp_path, monkeypatch):
    from pathlib import Path

    monkeypatch.chdir(tmp_path)
    shutil.copytree(masked_model, tmp_path / "masked")
    assert find_model(Path("masked")) == Path("masked")


def test_without_a_finished_run_the_bundled_model_is_taken_and_said(shipped, tmp_path, caplog):
    caplog.set_level("INFO", "cyclegan_tf")
    assert find_model(None, tmp_path / "runs") == shipped
    assert "the model is the bundled masked" in caplog.text
