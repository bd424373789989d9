import pytest

from cyclegan_tf.errors import ModelError
from cyclegan_tf.exporters import onnx_file

onnx = pytest.importorskip("onnx", reason="needs the extra onnx")
pytest.importorskip("tf2onnx", reason="needs the extra onnx")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("size", "shape"),
    [(None, ["batch", "height", "width", 3]), ((48, 64), [1, 48, 64, 3])],
    ids=["any size", "one size"],
)
def test_input_and_output_have_names_and_named_dimensions(translator, tmp_path, size, shape):
    onnx_file.write(translator, tmp_path / "out.onnx", size)
    graph = onnx.load(tmp_path / "out.onnx").graph
    for value, name in ((graph.input, "image"), (graph.output, "translated")):
        assert [entry.name for entry in value] == [name]
        dimensions = value[0].type.tensor_type.shape.dim
        assert [dimension.dim_param or dimension.dim_value for dimension in dimensions] == shape


def test_an_older_runtime_gets_the_versions_it_asks_for(translator, tmp_path):
    onnx_file.write(translator, tmp_path / "out.onnx", None, opset=13, ir_version=7)
    model = onnx.load(tmp_path / "out.onnx")
    assert (model.opset_import[0].version, model.ir_version) == (13, 7)


def test_versions_that_do_not_go_together_are_a_sentence(translator, tmp_path, monkeypatch):
    def refuse(model):
        raise ValueError("no such operator\nmore")

    monkeypatch.setattr(onnx.checker, "check_model", refuse)
    with pytest.raises(ModelError, match="opset 9 and IR version 4") as caught:
        onnx_file.write(translator, tmp_path / "out.onnx", (48, 64), opset=9, ir_version=4)
    assert caught.value.detail == "no such operator"
    assert "--opset" in caught.value.fix
