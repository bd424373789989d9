"""The layers of a network one by one, with what each reads and how large its output is."""

from collections.abc import Callable
from typing import NamedTuple

import keras

from cyclegan_tf.networks.layers import InstanceNormalization


class LayerNode(NamedTuple):
    """A layer in its place.

    Attributes:
        layer: the layer.
        sources: names of the layers whose outputs it reads; none for the network's input.
        shape: (height, width, channels) of its output.
    """

    layer: keras.Layer
    sources: tuple[str, ...]
    shape: tuple[int, int, int]


def layer_nodes(network: keras.Model, height: int, width: int) -> dict[str, LayerNode]:
    """Return the layers of a network by name, each behind those it reads; the last is the output.

    Args:
        network: a functional model of one input and one output, each of whose layers is used once.
        height: of the image that comes in, in pixels.
        width: of that image.
    """
    nodes, makers = {}, {}
    for layer in network.layers:
        sources = tuple(makers[tensor.name] for tensor in _inputs(layer))
        given = [(1, *nodes[source].shape) for source in sources]
        if given:
            shape = layer.compute_output_shape(given if len(given) > 1 else given[0])[1:]
        else:
            shape = (height, width, layer.output.shape[-1])
        nodes[layer.name] = LayerNode(layer, sources, tuple(shape))
        makers[layer.output.name] = layer.name
    return nodes


def run_layers(network: keras.Model, images, normalise: Callable):
    """Run a network with its normalizations done by someone else.

    Args:
        network: as in `layer_nodes`.
        images: what comes in.
        normalise: from an InstanceNormalization and its input to its output.

    Returns:
        What comes out.
    """
    values = {}
    for layer in network.layers:
        given = [values[tensor.name] for tensor in _inputs(layer)]
        if not given:
            result = images
        elif isinstance(layer, InstanceNormalization):
            result = normalise(layer, given[0])
        else:
            result = layer(given if len(given) > 1 else given[0])
        values[layer.output.name] = result
    return values[network.output.name]


def _inputs(layer: keras.Layer) -> list:
    if isinstance(layer, keras.layers.InputLayer):
        return []
    return layer.input if isinstance(layer.input, list) else [layer.input]
