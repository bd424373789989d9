from pathlib import Path

import pytest

from cyclegan_tf.errors import OutputError, UsageError
from cyclegan_tf.exporters.formats import FORMATS, ExportFormat, check_packages, check_target, choose_format


@pytest.mark.parametrize(
    ("target", "name"),
    [
        ("out", "saved_model"),
        ("out.v2", "saved_model"),
        ("out-1.0", "saved_model"),
        ("out.keras", "keras"),
        ("OUT.ONNX", "onnx"),
        ("out.tflite", "tflite"),
    ],
)
def test_the_name_of_the_target_tells_the_format(target, name):
    assert choose_format(Path(target)).name == name


@pytest.mark.parametrize("name", ["tflite-int8", "tflite-float16"])
def test_a_named_format_takes_precedence_over_another_of_the_same_suffix(name):
    assert choose_format(Path("out.tflite"), name).name == name


@pytest.mark.parametrize(
    ("target", "name", "message"),
    [
        ("out.xml", None, "written as one folder: out.xml"),
        ("out.xml", "openvino", "written as one folder: out.xml"),
        ("out.onnx", "saved_model", "a folder, not a file: out.onnx"),
        ("out.onnx", "tflite", "a file of another name: out.onnx"),
        ("out", "keras", "a file of another name: out"),
    ],
)
def test_a_format_and_a_target_that_do_not_go_together_are_refused(target, name, message):
    with pytest.raises(UsageError, match=message) as caught:
        choose_format(Path(target), name)
    assert caught.value.fix


def test_a_missing_runtime_is_named_with_the_command_that_installs_it():
    absent = ExportFormat("x", "X", ".x", packages=("json", "no_such_package"), extra="onnx")
    with pytest.raises(
        UsageError, match="X needs packages that are not installed: no_such_package"
    ) as caught:
        check_packages(absent)
    assert caught.value.fix == 'pip install "cyclegan-tf[onnx]"'


@pytest.mark.parametrize("name", ["onnx", "saved_model"])
def test_what_is_not_an_export_is_refused_even_with_overwrite(name, tmp_path):
    target = tmp_path / "out"
    target.mkdir()
    (target / "mine").touch()
    with pytest.raises(OutputError, match="so it is not overwritten"):
        check_target(target, FORMATS[name], overwrite=True)


def test_the_folder_around_the_output_must_exist(tmp_path):
    with pytest.raises(OutputError, match="no folder to write into: .*nowhere"):
        check_target(tmp_path / "nowhere" / "out", FORMATS["onnx"], overwrite=False)


@pytest.mark.parametrize(
    "name", ["frozen.pb", "weights.h5", "model.pth", "g.mlpackage", "model.json", "g.engine", "g.unheard_of"]
)
def test_the_suffix_of_another_program_is_refused_with_the_formats_that_exist(tmp_path, name):
    with pytest.raises(UsageError, match=f"no format has files of this name: .*{name}") as caught:
        choose_format(tmp_path / name)
    assert ", ".join(FORMATS) in caught.value.detail
    assert choose_format((tmp_path / name).with_suffix("")).name == "saved_model"


def test_a_folder_that_was_asked_for_may_end_in_anything_but_a_known_suffix(tmp_path):
    assert choose_format(tmp_path / "horses.final", "saved_model").name == "saved_model"
    with pytest.raises(UsageError, match="no format has files of this name"):
        choose_format(tmp_path / "g.mlpackage", "openvino")
