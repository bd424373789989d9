"""LiteRT (formerly TensorFlow Lite) in three precisions."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import tensorflow as tf
from tensorflow.lite.python.convert_phase import ConverterError

from cyclegan_tf.errors import ModelError
from cyclegan_tf.exporters.graph import INPUT, OUTPUT, frozen_function
from cyclegan_tf.exporters.pictures import crop_or_pad
from cyclegan_tf.inference.engines.constant_graph import converter_silenced

RUN = """
import sys
import numpy as np
import tensorflow as tf
interpreter = tf.lite.Interpreter(sys.argv[1])
inputs, outputs = np.load(sys.argv[2]), {}
index = interpreter.get_input_details()[0]["index"]
for name in inputs.files:
    interpreter.resize_tensor_input(index, inputs[name].shape, strict=True)
    interpreter.allocate_tensors()
    outputs[name] = interpreter.get_signature_runner()(image=inputs[name])["translated"]
np.savez(sys.argv[3], **outputs)
"""

# Only convolutions are quantized to int8. Residual connections have outliers that do not fit 256 levels, and
# a variance needs more than 8 bits. The quantizer takes a list of the operators that stay in float.
_FLOAT_OPERATORS = (
    *(
        "ADD",
        "AVERAGE_POOL_2D",
        "CAST",
        "CONCATENATION",
        "DIV",
        "GATHER",
        "LEAKY_RELU",
        "MAXIMUM",
        "MEAN",
        "MINIMUM",
    ),
    *("MIRROR_PAD", "MUL", "NEG", "PAD", "PADV2", "RELU", "RESHAPE", "RESIZE_BILINEAR", "ROUND"),
    *("RSQRT", "SQRT", "SQUARE", "SQUARED_DIFFERENCE", "STRIDED_SLICE", "SLICE", "SUB", "TANH", "TRANSPOSE"),
)


def write(translator, target: Path, size: tuple[int, int] | None, *_) -> None:
    """Write a file in float32 whose signature `serving_default` maps `image` to `translated`."""
    with _converter(translator, size) as converter:
        target.write_bytes(converter.convert())


def write_float16(translator, target: Path, size: tuple[int, int] | None, *_) -> None:
    """Write a file of half the size, with float16 weights."""
    with _converter(translator, size) as converter:
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.target_spec.supported_types = [tf.float16]
        target.write_bytes(converter.convert())


def write_int8(translator, target: Path, size: tuple[int, int], pictures) -> None:
    """Write a file of a quarter of the size, with int8 convolutions that are calibrated on pictures."""
    operations = tf.lite.OpsSet
    with _converter(translator, size) as converter:
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.target_spec.supported_ops = [operations.TFLITE_BUILTINS_INT8, operations.TFLITE_BUILTINS]
        representative = [crop_or_pad(picture, size)[None] for picture in pictures.calibration]
        converter.representative_dataset = lambda: ([picture] for picture in representative)
        options = tf.lite.experimental.QuantizationDebugOptions(denylisted_ops=list(_FLOAT_OPERATORS))
        debugger = tf.lite.experimental.QuantizationDebugger(
            converter=converter, debug_dataset=converter.representative_dataset, debug_options=options
        )
        target.write_bytes(debugger.get_nondebug_quantized_model())


@contextmanager
def _converter(translator, size: tuple[int, int] | None) -> Iterator[tf.lite.TFLiteConverter]:
    """Yield a converter of a SavedModel that has no variables.

    The converter loses variables. Made from a concrete function, it loses the names of inputs and outputs.

    Raises:
        ModelError: the converter fails within the block.
    """
    frozen = frozen_function(translator, size)
    image = tf.TensorSpec(frozen.inputs[0].shape, tf.uint8, name=INPUT)
    exported = tf.Module()
    exported.serve = tf.function(lambda image: {OUTPUT: frozen(image)[0]}, input_signature=[image])
    with tempfile.TemporaryDirectory() as scratch, converter_silenced():
        tf.saved_model.save(exported, scratch, signatures=exported.serve)
        try:
            yield tf.lite.TFLiteConverter.from_saved_model(scratch)
        except ConverterError as error:
            raise ModelError(
                "LiteRT's converter cannot convert this model",
                detail=str(error).splitlines()[0][:300],
                fix="give --size WIDTHxHEIGHT, or export another format, such as onnx",
            ) from error
