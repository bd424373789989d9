"""Every format end to end: written, loaded by its own runtime, and served as docs/serving.md says."""

import importlib.util
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cyclegan_tf.exporters import exporting
from cyclegan_tf.exporters.exporting import export_model
from cyclegan_tf.exporters.formats import FORMATS

pytestmark = pytest.mark.slow

SERVING = (Path(__file__).parents[2] / "docs" / "serving.md").read_text()
SNIPPETS = dict(re.findall(r"^## (.+?)\n.*?^```python\n(.+?)^```", SERVING, re.DOTALL | re.MULTILINE))
SERVED = {
    "TensorFlow": "saved_model",
    "Keras": "keras",
    "ONNX Runtime": "onnx",
    "LiteRT": "tflite",
    "OpenVINO": "openvino",
}
# Their runtime is that of tflite, whose proof shows that it runs in a process without this package.
SAME_RUNTIME = ("tflite-float16", "tflite-int8")
# As docs/serving.md calls them.
TARGETS = {
    "saved_model": "saved_model",
    "keras": "generator.keras",
    "onnx": "generator.onnx",
    "tflite": "generator.tflite",
    "tflite-float16": "float16.tflite",
    "tflite-int8": "int8.tflite",
    "openvino": "openvino",
}


@pytest.fixture(scope="module", autouse=True)
def shallow(shallow_generators):
    """The model is loaded with the number of blocks that it was built with."""


@pytest.fixture(scope="module")
def exported(model, pictures, tmp_path_factory, run_here):
    """Exports to a format, once: exported(name) is the report."""
    folder, reports = tmp_path_factory.mktemp("exported"), {}

    def export(name):
        missing = [package for package in FORMATS[name].packages if importlib.util.find_spec(package) is None]
        if missing:
            pytest.skip(f"needs {', '.join(missing)}: pip install '.[{FORMATS[name].extra}]'")
        if name not in reports:
            options = {"format": name, "pictures": pictures if name == "tflite-int8" else None}
            with pytest.MonkeyPatch.context() as patch:
                if name in SAME_RUNTIME:
                    patch.setattr(exporting, "run_in_fresh_process", run_here)
                reports[name] = export_model(model, folder / TARGETS[name], **options)
        return reports[name]

    return export


@pytest.mark.parametrize("name", FORMATS)
def test_an_export_differs_from_the_model_by_no_more_than_its_tolerance(exported, name):
    report, tolerance = exported(name), FORMATS[name].tolerance
    assert report.largest_difference <= tolerance.grey_levels
    assert report.decibels is None or report.decibels >= tolerance.decibels
    assert report.size_bytes > 1000


@pytest.mark.parametrize("name", ["saved_model", "onnx", "tflite", "tflite-float16", "openvino"])
def test_an_export_takes_pictures_of_any_size_and_batches(exported, name):
    report = exported(name)
    assert report.picture_size is None
    assert {(1, 75, 101), (2, 96, 64)} <= set(report.checked_shapes)


def test_int8_takes_pictures_of_the_training_size(exported):
    report = exported("tflite-int8")
    assert report.picture_size == (48, 64)
    assert set(report.checked_shapes) == {(1, 48, 64)}


def test_float16_takes_less_room_than_float32(exported):
    assert exported("tflite-float16").size_bytes < exported("tflite").size_bytes


def test_nothing_lies_beside_the_exports(exported):
    path = Path(exported("keras").path)
    assert {found.name for found in path.parent.iterdir()} <= set(TARGETS.values())


@pytest.mark.parametrize("title", SERVED)
def test_the_code_on_the_serving_page_gives_the_output_of_the_model(exported, translator, title, monkeypatch):
    monkeypatch.chdir(Path(exported(SERVED[title]).path).parent)
    picture = np.random.default_rng(3).integers(0, 256, (48, 64, 3), dtype=np.uint8)
    Image.fromarray(picture).save("horse.png")
    names = {}
    exec(compile(SNIPPETS[title], "serving.md", "exec"), names)
    Path("horse.png").unlink()
    expected = translator(picture)
    assert names["translated"].dtype == np.uint8
    assert np.abs(np.asarray(names["translated"])[0].astype(int) - expected).max() <= 1


def test_every_section_of_the_page_with_python_is_run():
    assert set(SNIPPETS) == set(SERVED)
