"""Formats and architecture options against each other; benchmarks/export_matrix.py tries all of them."""

import importlib.util
import runpy
from pathlib import Path

import pytest

from cyclegan_tf.exporters.formats import FORMATS

pytestmark = pytest.mark.slow

MATRIX = runpy.run_path(str(Path(__file__).parents[2] / "benchmarks" / "export_matrix.py"))
# Format, architecture, upsampling, padding, affine, channels, masked, fixed size: every choice with every
# converter, and the upsamplings with any size, where converters differ most.
COVERING = (
    ("tflite", "resnet_6blocks", "resize", "symmetric", True, 4, False, False),
    ("tflite", "unet_128", "transposed_4", "symmetric", False, 1, False, False),
    ("tflite-int8", "resnet_6blocks", "resize", "same", False, 3, False, True),
    ("onnx", "unet_128", "transposed_4", "symmetric", True, 4, False, False),
    ("onnx", "resnet_6blocks", "resize", "same", False, 1, False, True),
    ("openvino", "resnet_6blocks", "resize", "same", True, 4, False, False),
    ("openvino", "unet_128", "transposed", "symmetric", False, 1, False, True),
    ("openvino", "unet_128", "transposed", "symmetric", False, 3, False, False),
    ("tflite", "resnet_6blocks", "bilinear", "symmetric", False, 3, False, False),
    ("onnx", "resnet_6blocks", "bilinear", "symmetric", True, 3, False, False),
    ("openvino", "resnet_6blocks", "bilinear", "symmetric", False, 3, False, False),
    ("keras", "resnet_6blocks", "bilinear", "symmetric", False, 4, False, False),
)
# With the mask network a converter takes half a minute; the last three need no converter but those above.
LONG = (
    ("tflite", "resnet_6blocks", "resize", "same", False, 4, True, False),
    ("tflite-int8", "unet_128", "transposed", "symmetric", True, 4, True, True),
    ("tflite-float16", "unet_256", "transposed_4", "symmetric", True, 1, True, False),
    ("onnx", "unet_128", "resize", "symmetric", False, 1, True, False),
    ("openvino", "resnet_6blocks", "resize", "same", True, 3, True, False),
    ("tflite-float16", "unet_128", "resize", "symmetric", False, 1, False, False),
    ("keras", "resnet_6blocks", "resize", "same", True, 1, False, False),
    ("saved_model", "resnet_6blocks", "resize", "same", True, 1, False, False),
)


def named(rows):
    return [pytest.param(row, id="-".join(str(value) for value in row)) for row in rows]


@pytest.mark.parametrize(
    "row",
    [*named(COVERING), *(pytest.param(*p.values, id=p.id, marks=pytest.mark.slow) for p in named(LONG))],
)
def test_an_export_of_an_architecture_gives_the_output_of_the_model(row, tmp_path):
    case = MATRIX["Case"](*row)
    missing = [name for name in FORMATS[case.format].packages if importlib.util.find_spec(name) is None]
    if missing:
        pytest.skip(f"needs {', '.join(missing)}")
    assert case.is_possible
    report = MATRIX["export"](case, tmp_path)
    assert report.largest_difference <= FORMATS[case.format].tolerance.grey_levels


def test_the_full_product_has_every_format_and_no_case_twice():
    found = list(MATRIX["cases"]())
    assert len(found) == len(set(found))
    assert {case.format for case in found} == set(FORMATS)
