"""A translator's serving function with constant weights, as converters to other runtimes need it."""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import tensorflow as tf
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

from cyclegan_tf.system.tensorflow import native_stderr_held_back

INPUT, OUTPUT = "image", "translated"


def frozen_function(translator, size: tuple[int, int] | None = None, normalise=None):
    """Trace the translation from uint8 pictures to uint8 pictures, with the weights as constants.

    Args:
        translator: a `Translator`.
        size: (height, width) of all pictures, with a batch size of 1; None for any size and batch.
        normalise: another implementation of the instance normalizations; see `run_layers`.

    Returns:
        A concrete function of one argument, `image`, that returns a list of one tensor, `translated`.
    """
    channels = translator.module.spec.input_channels
    shape = (None, None, None, channels) if size is None else (1, *size, channels)

    def translate(image):
        pictures, _ = translator.module.translate(image, normalise)
        return tf.identity(pictures, name=OUTPUT)

    signature = [tf.TensorSpec(shape, tf.uint8, name=INPUT)]
    function = tf.function(translate, input_signature=signature).get_concrete_function()
    return convert_variables_to_constants_v2(function)


def frozen_graph(translator, size: tuple[int, int] | None = None, normalise=None):
    """Return the graph of `frozen_function` as a GraphDef."""
    return frozen_function(translator, size, normalise).graph.as_graph_def()


@contextmanager
def converter_silenced() -> Iterator[None]:
    """Suppress the converters' deprecation warnings and log lines, unless a converter fails."""
    loggers = [logging.getLogger(name) for name in ("tensorflow", "tf2onnx", "absl")]
    levels = [logger.level for logger in loggers]
    try:
        for logger in loggers:
            logger.setLevel(logging.ERROR)
        with warnings.catch_warnings(), native_stderr_held_back():
            warnings.simplefilter("ignore")
            yield
    finally:
        for logger, level in zip(loggers, levels):
            logger.setLevel(level)
