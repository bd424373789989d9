"""The table of a generator's convolutions against the networks that are built."""

import pytest

from cyclegan_tf.models.weights import network_variables
from cyclegan_tf.networks.generators import build_generator
from cyclegan_tf.networks.layer_table import generator_layers, variable_shapes
from cyclegan_tf.networks.specs import RESNET_BLOCKS, UNET_LEVELS, GeneratorSpec


@pytest.mark.parametrize("architecture", [*RESNET_BLOCKS, *UNET_LEVELS])
@pytest.mark.parametrize(("upsampling", "norm_affine"), [("transposed", True), ("resize", False)])
def test_the_table_has_every_variable_of_the_network_in_its_shape(architecture, upsampling, norm_affine):
    spec = GeneratorSpec(architecture, 3, 1, width=2, norm_affine=norm_affine, upsampling=upsampling)
    variables = network_variables(build_generator(spec, "generator"))
    assert variable_shapes(spec) == {name: tuple(variable.shape) for name, variable in variables.items()}


@pytest.mark.parametrize("architecture", [*RESNET_BLOCKS, *UNET_LEVELS])
def test_the_table_is_in_the_order_in_which_the_network_runs(architecture):
    spec = GeneratorSpec(architecture, width=2)
    layers = build_generator(spec, "generator").layers
    assert [layer.name for layer in generator_layers(spec)] == [
        layer.name for layer in layers if hasattr(layer, "kernel")
    ]
