import pytest

from cyclegan_tf.exporters import onnx_file

onnx = pytest.importorskip("onnx", reason="needs the extra onnx")
pytest.importorskip("tf2onnx", reason="needs the extra onnx")


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
