"""LiteRT, which was TensorFlow Lite, in three precisions."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import tensorflow as tf

from cyclegan_tf.exporters.graph import INPUT, OUTPUT, converter_held_quiet, frozen_function
from cyclegan_tf.exporters.pictures import fit

RUN = """
import sys
import numpy as np
import tensorflow as tf
interpreter = tf.lite.Interpreter(sys.argv[1])
inputs, outputs = np.load(sys.argv[2]), {}
place = interpreter.get_input_details()[0]["index"]
for name in inputs.files:
    interpreter.resize_tensor_input(place, inputs[name].shape, strict=True)
    interpreter.allocate_tensors()
    outputs[name] = interpreter.get_signature_runner()(image=inputs[name])["translated"]
np.savez(sys.argv[3], **outputs)
"""

# Only convolutions are left to 8 bits: the residual stream has outliers that 256 levels cannot hold, and a
# variance in 8 bits is none. What keeps its precision is listed, since that is what the quantizer asks for.
_IN_FLOAT = (
    *("ADD", "CAST", "CONCATENATION", "DIV", "GATHER", "LEAKY_RELU", "MAXIMUM", "MEAN", "MINIMUM"),
    *("MIRROR_PAD", "MUL", "NEG", "PAD", "PADV2", "RELU", "RESHAPE", "RESIZE_NEAREST_NEIGHBOR", "ROUND"),
    *("RSQRT", "SQRT", "SQUARE", "SQUARED_DIFFERENCE", "STRIDED_SLICE", "SLICE", "SUB", "TANH", "TRANSPOSE"),
)


def write(translator, target: Path, size: tuple[int, int] | None, *_) -> None:
    """Write a file in float32; its signature `serving_default` takes `image` and return `translated`."""
    with _converter(translator, size) as converter:
        target.write_bytes(converter.convert())


def write_float16(translator, target: Path, size: tuple[int, int] | None, *_) -> None:
    """Write a file of half the size, with its weights in float16."""
    with _converter(translator, size) as converter:
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.target_spec.supported_types = [tf.float16]
        target.write_bytes(converter.convert())


def write_int8(translator, target: Path, size: tuple[int, int], pictures) -> None:
    """Write a file of a quarter of the size, with convolutions in int8 that pictures have calibrated."""
    operations = tf.lite.OpsSet
    with _converter(translator, size) as converter:
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.target_spec.supported_ops = [operations.TFLITE_BUILTINS_INT8, operations.TFLITE_BUILTINS]
        calibrating = [fit(picture, size)[None] for picture in pictures.calibrating]
        converter.representative_dataset = lambda: ([picture] for picture in calibrating)
        options = tf.lite.experimental.QuantizationDebugOptions(denylisted_ops=list(_IN_FLOAT))
        debugger = tf.lite.experimental.QuantizationDebugger(
            converter=converter, debug_dataset=converter.representative_dataset, debug_options=options
        )
        target.write_bytes(debugger.get_nondebug_quantized_model())


@contextmanager
def _converter(translator, size: tuple[int, int] | None) -> Iterator[tf.lite.TFLiteConverter]:
    """By way of a SavedModel without variables: the converter loses those, and the names with a function."""
    frozen = frozen_function(translator, size)
    image = tf.TensorSpec(frozen.inputs[0].shape, tf.uint8, name=INPUT)
    exported = tf.Module()
    exported.serve = tf.function(lambda image: {OUTPUT: frozen(image)[0]}, input_signature=[image])
    with tempfile.TemporaryDirectory() as scratch, converter_held_quiet():
        tf.saved_model.save(exported, scratch, signatures=exported.serve)
        yield tf.lite.TFLiteConverter.from_saved_model(scratch)
