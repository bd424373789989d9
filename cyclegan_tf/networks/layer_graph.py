"""The layer graph of a functional model: the inputs and the output shape of every layer."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import keras


class LayerNode(NamedTuple):
    """A layer with its inputs and its output shape.

    Attributes:
        layer: the layer.
        sources: names of the layers that it reads; empty for the network's input.
        shape: (height, width, channels) of its output.
    """

    layer: keras.Layer
    sources: tuple[str, ...]
    shape: tuple[int, int, int]


def layer_nodes(network: keras.Model, height: int, width: int) -> dict[str, LayerNode]:
    """Return the layers of a network by name in topological order; the last one is the output.

    Args:
        network: a functional model with one input and one output. Each layer is used once.
        height: height of the input image in pixels.
        width: width of the input image in pixels.
    """
    nodes, producers = {}, {}
    for layer in network.layers:
        sources = tuple(producers[tensor.name] for tensor in _inputs(layer))
        inputs = [(1, *nodes[source].shape) for source in sources]
        if inputs:
            shape = layer.compute_output_shape(inputs if len(inputs) > 1 else inputs[0])[1:]
        else:
            shape = (height, width, layer.output.shape[-1])
        nodes[layer.name] = LayerNode(layer, sources, tuple(shape))
        producers[layer.output.name] = layer.name
    return nodes


def run_layers(network: keras.Model, images, instead: Mapping[type, Callable]):
    """Run a network with other implementations of some kinds of its layers.

    Args:
        network: as in `layer_nodes`.
        images: the network's input.
        instead: by the class of a layer what computes in its place, from the layer and its input.

    Returns:
        The network's output.
    """
    values = {}
    for layer in network.layers:
        inputs = [values[tensor.name] for tensor in _inputs(layer)]
        if not inputs:
            result = images
        elif type(layer) in instead:
            result = instead[type(layer)](layer, inputs[0])
        else:
            result = layer(inputs if len(inputs) > 1 else inputs[0])
        values[layer.output.name] = result
    return values[network.output.name]


def _inputs(layer: keras.Layer) -> list:
    if isinstance(layer, keras.layers.InputLayer):
        return []
    return layer.input if isinstance(layer.input, list) else [layer.input]
