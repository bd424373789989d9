"""A translator's serving function with constant weights, as converters to other runtimes need it."""

import tensorflow as tf

from cyclegan_tf.inference.engines.constant_graph import constant_function

INPUT, OUTPUT = "image", "translated"


def frozen_function(translator, size: tuple[int, int] | None = None, instead=None):
    """Trace the translation from uint8 pictures to uint8 pictures, with the weights as constants.

    Args:
        translator: a `Translator`.
        size: (height, width) of all pictures, with a batch size of 1; None for any size and batch.
        instead: other implementations of kinds of layers; see `run_layers`.

    Returns:
        A concrete function of one argument, `image`, that returns a list of one tensor, `translated`.
    """
    channels = translator.module.spec.input_channels
    shape = (None, None, None, channels) if size is None else (1, *size, channels)

    def translate(image):
        pictures, _ = translator.module.translate(image, instead)
        return tf.identity(pictures, name=OUTPUT)

    return constant_function(translate, [tf.TensorSpec(shape, tf.uint8, name=INPUT)])


def frozen_graph(translator, size: tuple[int, int] | None = None, instead=None):
    """Return the graph of `frozen_function` as a GraphDef."""
    return frozen_function(translator, size, instead).graph.as_graph_def()
