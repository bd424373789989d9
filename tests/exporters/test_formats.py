from pathlib import Path

import pytest

from cyclegan_tf.errors import OutputError, UsageError
from cyclegan_tf.exporters.formats import FORMATS, ExportFormat, check_packages, check_target, choose_format


@pytest.mark.parametrize(
    ("target", "name"),
    [
        ("out", "saved_model"),
        ("out.v2", "saved_model"),
        ("out.keras", "keras"),
        ("OUT.ONNX", "onnx"),
        ("out.tflite", "tflite"),
    ],
)
def test_the_name_of_the_target_tells_the_format(target, name):
    assert choose_format(Path(target)).name == name


@pytest.mark.parametrize("name", ["tflite-int8", "tflite-float16"])
def test_a_format_that_is_named_wins_over_another_of_the_same_suffix(name):
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


def test_a_runtime_that_is_not_installed_is_named_with_what_installs_it():
    absent = ExportFormat("x", "X", ".x", packages=("json", "no_such_package"), extra="onnx")
    with pytest.raises(
        UsageError, match="X needs packages that are not installed: no_such_package"
    ) as caught:
        check_packages(absent)
    assert caught.value.fix == 'pip install "cyclegan-tf[onnx]"'


def test_a_format_without_packages_of_its_own_needs_none():
    check_packages(FORMATS["saved_model"])


@pytest.mark.parametrize("name", FORMATS)
def test_what_exists_is_not_written_over_unasked(name, tmp_path):
    target = tmp_path / "out"
    target.touch()
    with pytest.raises(OutputError, match="output exists") as caught:
        check_target(target, FORMATS[name], overwrite=False)
    assert "--overwrite" in caught.value.fix


@pytest.mark.parametrize("name", FORMATS)
def test_an_earlier_export_may_be_replaced_when_asked(name, tmp_path):
    chosen, target = FORMATS[name], tmp_path / "out"
    if chosen.is_folder:
        target.mkdir()
        (target / chosen.marker).touch()
    else:
        target.touch()
    check_target(target, chosen, overwrite=True)


@pytest.mark.parametrize("name", FORMATS)
def test_what_is_no_export_is_not_replaced_even_when_asked(name, tmp_path):
    target = tmp_path / "out"
    target.mkdir()
    (target / "mine").touch()
    with pytest.raises(OutputError, match="so it is not overwritten"):
        check_target(target, FORMATS[name], overwrite=True)


def test_the_folder_around_the_output_must_exist(tmp_path):
    with pytest.raises(OutputError, match="no folder to write into: .*nowhere"):
        check_target(tmp_path / "nowhere" / "out", FORMATS["onnx"], overwrite=False)


@pytest.mark.parametrize("name", ["frozen.pb", "weights.h5", "model.pth"])
def test_the_name_of_another_programs_file_is_no_folder(tmp_path, name):
    with pytest.raises(UsageError, match=f"no format has files of this name: .*{name}"):
        choose_format(tmp_path / name)
