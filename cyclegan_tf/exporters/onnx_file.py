"""ONNX, converted by tf2onnx and verified by ONNX Runtime."""

from pathlib import Path

from cyclegan_tf.errors import ModelError
from cyclegan_tf.exporters.graph import INPUT, OUTPUT, frozen_graph
from cyclegan_tf.inference.engines.constant_graph import converter_silenced

OPSETS, IR_VERSIONS = range(9, 19), range(4, 14)
_OPSET = 18
# What tf2onnx and the checker raise for an operator that an older set lacks.
_NOT_CONVERTIBLE = (ValueError, RuntimeError, NotImplementedError, KeyError, AssertionError)

RUN = """
import sys
import numpy as np
import onnxruntime
session = onnxruntime.InferenceSession(sys.argv[1], providers=["CPUExecutionProvider"])
inputs = np.load(sys.argv[2])
run = lambda picture: session.run(["translated"], {"image": picture})[0]
np.savez(sys.argv[3], **{name: run(inputs[name]) for name in inputs.files})
"""


def write(
    translator,
    target: Path,
    size: tuple[int, int] | None,
    *_,
    opset: int | None = None,
    ir_version: int | None = None,
) -> None:
    """Write a file that maps `image` to `translated`, both uint8 (batch, height, width, channels).

    Args:
        translator: a `Translator`.
        target: the file.
        size: (height, width) of all pictures; None for any.
        opset: version of the operators, of OPSETS; None for the newest.
        ir_version: version of the file format, of IR_VERSIONS; None for what goes with the operators.

    Raises:
        ModelError: the model cannot be converted to these operators.
    """
    try:
        _write(translator, target, size, opset or _OPSET, ir_version)
    except _NOT_CONVERTIBLE as error:
        if opset is None and ir_version is None:
            raise
        raise ModelError(
            f"the model cannot be converted to ONNX with opset {opset or _OPSET}"
            f"{f' and IR version {ir_version}' if ir_version else ''}",
            detail=str(error).splitlines()[0][:300],
            fix=f"give a higher --opset, up to {OPSETS[-1]}, or leave --ir-version out",
        ) from error


def _write(
    translator, target: Path, size: tuple[int, int] | None, opset: int, ir_version: int | None
) -> None:
    with converter_silenced():
        import onnx
        import tf2onnx

        model, _ = tf2onnx.convert.from_graph_def(
            frozen_graph(translator, size),
            name="generator",
            input_names=[f"{INPUT}:0"],
            output_names=[f"{OUTPUT}:0"],
            tensors_to_rename={f"{INPUT}:0": INPUT, f"{OUTPUT}:0": OUTPUT},
            opset=opset,
        )
        if ir_version is not None:
            model.ir_version = ir_version
        if size is None:
            _name_dimensions(model)
        try:
            onnx.checker.check_model(model)
        except onnx.checker.ValidationError as error:
            raise ValueError(str(error)) from error
        onnx.save(model, target)


def _name_dimensions(model) -> None:
    """Give the free dimensions of input and output the same names."""
    for value in (*model.graph.input, *model.graph.output):
        for dimension, name in zip(value.type.tensor_type.shape.dim, ("batch", "height", "width")):
            dimension.dim_param = name
