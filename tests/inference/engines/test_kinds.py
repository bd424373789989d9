import pytest

from cyclegan_tf.errors import MachineError, UsageError
from cyclegan_tf.inference.engines import kinds
from cyclegan_tf.inference.engines.kinds import REFERENCE, Engine, check_request, engines_for
from cyclegan_tf.system import processor


@pytest.fixture
def plain_processor(monkeypatch, tmp_path):
    """A processor that does not say what it is."""
    monkeypatch.setattr(processor, "_DESCRIPTION", tmp_path / "nothing")


def test_what_is_asked_for_by_both_names_is_all_there_is():
    assert engines_for("openvino", "float32") == [Engine("openvino", "float32")]


def test_auto_allows_every_engine_here_and_the_reference_first(plain_processor):
    engines = engines_for("auto", "float32")
    assert engines == [REFERENCE, Engine("openvino", "float32")]


def test_auto_without_openvino_is_tensorflow(plain_processor, monkeypatch):
    monkeypatch.setattr(kinds, "is_installed", lambda name: name == "tensorflow")
    assert engines_for("auto", "auto") == [REFERENCE]


def test_openvino_by_name_where_it_is_not_installed_names_the_package(monkeypatch):
    monkeypatch.setattr(kinds, "is_installed", lambda name: name == "tensorflow")
    with pytest.raises(MachineError, match=r"pip install 'cyclegan-tf\[openvino\]'"):
        check_request("openvino", "auto")


def test_bfloat16_is_refused_where_the_processor_has_none(plain_processor):
    with pytest.raises(
        MachineError, match="no bfloat16 arithmetic for tensorflow\n.*\nfix: leave --precision"
    ):
        engines_for("tensorflow", "bfloat16")


def test_bfloat16_is_taken_where_the_processor_has_it(monkeypatch, tmp_path):
    (tmp_path / "cpuinfo").write_text("flags : avx512_bf16\n")
    monkeypatch.setattr(processor, "_DESCRIPTION", tmp_path / "cpuinfo")
    assert engines_for("tensorflow", "bfloat16") == [Engine("tensorflow", "bfloat16")]


def test_int8_is_refused_with_the_reason():
    with pytest.raises(UsageError, match="hardly faster than in bfloat16"):
        check_request("auto", "int8")


@pytest.mark.parametrize("request_", [("torch", "auto"), ("auto", "float64")])
def test_an_unknown_name_is_refused(request_):
    with pytest.raises(UsageError, match="not a choice for"):
        check_request(*request_)
