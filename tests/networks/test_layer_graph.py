import numpy as np
import pytest
import tensorflow as tf

from cyclegan_tf.networks.generators import build_generator
from cyclegan_tf.networks.layer_graph import layer_nodes, run_layers
from cyclegan_tf.networks.layers import InstanceNormalization
from cyclegan_tf.networks.specs import GeneratorSpec


@pytest.fixture(scope="module", params=["resnet_6blocks", "unet_128"])
def generator(request):
    return build_generator(GeneratorSpec(request.param, width=2), "generator")


@pytest.fixture
def images():
    return tf.constant(np.random.default_rng(0).uniform(-1, 1, (1, 128, 256, 3)), tf.float32)


def test_every_layer_comes_after_the_layers_that_it_reads(generator):
    nodes = layer_nodes(generator, 128, 256)
    place = {name: index for index, name in enumerate(nodes)}
    assert list(nodes) == [layer.name for layer in generator.layers]
    assert all(place[source] < place[name] for name, node in nodes.items() for source in node.sources)


def test_the_shape_of_a_layer_is_that_of_its_output(generator, images):
    shapes = {}

    def normalise(layer, values):
        shapes[layer.name] = tuple(values.shape[1:])
        return layer(values)

    output = run_layers(generator, images, {InstanceNormalization: normalise})
    nodes = layer_nodes(generator, 128, 256)
    assert shapes == {name: nodes[name].shape for name in shapes}
    assert nodes["output"].shape == tuple(output.shape[1:])


def test_running_layer_by_layer_gives_what_the_network_gives(generator, images):
    output = run_layers(generator, images, {InstanceNormalization: lambda layer, values: layer(values)})
    np.testing.assert_allclose(output, generator(images), atol=1e-5)


def test_another_implementation_takes_the_place_of_each_layer_of_its_kind(generator, images):
    replaced = []

    def note(layer, values):
        replaced.append(layer.name)
        return values

    run_layers(generator, images, {InstanceNormalization: note})
    assert replaced == [layer.name for layer in generator.layers if isinstance(layer, InstanceNormalization)]
