"""Exports of a model with a mask network: it is inside, or the export is refused."""

from importlib.util import find_spec

import numpy as np
import pytest
from PIL import Image

from cyclegan_tf.errors import UsageError
from cyclegan_tf.exporters import exporting
from cyclegan_tf.exporters.exporting import export_model

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("shallow_generators")]


@pytest.fixture
def pictures(scene, tmp_path):
    (tmp_path / "pictures").mkdir()
    Image.fromarray(scene).save(tmp_path / "pictures" / "scene.png")
    Image.fromarray(np.tile(scene, (1, 10, 1))).save(tmp_path / "pictures" / "wide.png")
    return tmp_path / "pictures"


@pytest.mark.parametrize(
    ("kind", "name", "package"),
    [
        ("saved_model", "model", "tensorflow"),
        ("onnx", "model.onnx", "tf2onnx"),
        ("tflite", "model.tflite", "tensorflow"),
        ("openvino", "model", "openvino"),
    ],
)
def test_the_mask_network_is_inside(
    masked_model, pictures, tmp_path, monkeypatch, run_here, kind, name, package
):
    if find_spec(package) is None:
        pytest.skip(f"needs {package}")
    monkeypatch.setattr(exporting, "run_in_fresh_process", run_here)
    # Its own runtime has translated both pictures, one of which the mask network looks at smaller.
    report = export_model(masked_model, tmp_path / name, format=kind, pictures=pictures)
    assert report.largest_difference <= 1


def test_a_keras_file_would_leave_the_mask_network_out_and_is_refused(masked_model, tmp_path):
    with pytest.raises(UsageError, match="a Keras file holds a generator alone"):
        export_model(masked_model, tmp_path / "model.keras")
    assert not (tmp_path / "model.keras").exists()
