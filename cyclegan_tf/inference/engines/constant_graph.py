"""Graphs with the weights as constants, as other runtimes read them."""

import logging
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import tensorflow as tf
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

from cyclegan_tf.system.tensorflow import native_stderr_held_back


def constant_function(function: Callable, signature: list):
    """Trace a function of tensors with all variables as constants.

    Args:
        function: of tensors.
        signature: a `tf.TensorSpec` for each of them.

    Returns:
        A concrete function that returns a list of tensors.
    """
    traced = tf.function(function, input_signature=signature).get_concrete_function()
    return convert_variables_to_constants_v2(traced)


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
