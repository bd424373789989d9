"""ONNX, converted by tf2onnx and verified by ONNX Runtime."""

from pathlib import Path

from cyclegan_tf.exporters.graph import INPUT, OUTPUT, converter_silenced, frozen_graph

_OPSET = 18

RUN = """
import sys
import numpy as np
import onnxruntime
session = onnxruntime.InferenceSession(sys.argv[1], providers=["CPUExecutionProvider"])
inputs = np.load(sys.argv[2])
run = lambda picture: session.run(["translated"], {"image": picture})[0]
np.savez(sys.argv[3], **{name: run(inputs[name]) for name in inputs.files})
"""


def write(translator, target: Path, size: tuple[int, int] | None, *_) -> None:
    """Write a file that maps `image` to `translated`, both uint8 (batch, height, width, channels)."""
    with converter_silenced():
        import onnx
        import tf2onnx

        model, _ = tf2onnx.convert.from_graph_def(
            frozen_graph(translator, size),
            name="generator",
            input_names=[f"{INPUT}:0"],
            output_names=[f"{OUTPUT}:0"],
            tensors_to_rename={f"{INPUT}:0": INPUT, f"{OUTPUT}:0": OUTPUT},
            opset=_OPSET,
        )
        if size is None:
            _name_dimensions(model)
        onnx.checker.check_model(model)
        onnx.save(model, target)


def _name_dimensions(model) -> None:
    """Give the free dimensions of input and output the same names."""
    for value in (*model.graph.input, *model.graph.output):
        for dimension, name in zip(value.type.tensor_type.shape.dim, ("batch", "height", "width")):
            dimension.dim_param = name
