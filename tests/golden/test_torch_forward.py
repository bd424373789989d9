"""Our layers and networks with PyTorch's weights give PyTorch's outputs; make_torch_golden.py made them."""

import numpy as np
import pytest
import tensorflow as tf

from cyclegan_tf.containers.stored import StoredArray
from cyclegan_tf.importers.matching import match_generator
from cyclegan_tf.networks.discriminators import build_discriminator
from cyclegan_tf.networks.generators import build_generator
from cyclegan_tf.networks.layers import InstanceNormalization
from cyclegan_tf.networks.specs import DiscriminatorSpec, GeneratorSpec

SIZES = {"resnet_6blocks": (32, 48), "resnet_9blocks": (32, 48), "unet_128": (128, 256)}


@pytest.fixture
def weights(torch_numbers, draw_weights):
    """A function from a network's name to the arrays that PyTorch computed with, by name."""
    return lambda network: draw_weights(torch_numbers[f"forward/{network}/arrays"], seed=0)


@pytest.fixture
def assert_same_output(torch_numbers, draw_pictures, load_reference, weights, compiled):
    """Give a model of ours PyTorch's weights and compares every third row and column of its output."""

    def check(model, network, size):
        arrays = {f"{network}/{name}": array for name, array in weights(network).items()}
        output = compiled(load_reference(model, arrays, network))(tf.constant(draw_pictures(size, seed=1)))
        expected = torch_numbers[f"forward/{network}/output"]
        np.testing.assert_allclose(output[:, ::3, ::3], expected, atol=1e-5, rtol=0)

    return check


@pytest.mark.slow
@pytest.mark.parametrize("network", SIZES)
def test_a_generator_gives_the_output_of_pytorch(assert_same_output, network):
    generator = build_generator(GeneratorSpec(network, width=8), network)
    assert_same_output(generator, network, SIZES[network])


@pytest.mark.parametrize(
    ("network", "spec", "size"),
    [
        ("patch_basic", DiscriminatorSpec(width=8), (64, 96)),
        ("patch_n_layers2", DiscriminatorSpec(width=8, num_layers=2), (64, 96)),
        ("patch_pixel", DiscriminatorSpec("pixel", width=8), (32, 48)),
    ],
)
def test_a_discriminator_gives_the_output_of_pytorch(assert_same_output, network, spec, size):
    assert_same_output(build_discriminator(spec, network), network, size)


@pytest.mark.parametrize("network", SIZES)
def test_the_outputs_are_not_so_alike_that_any_network_would_pass(torch_numbers, network):
    assert torch_numbers[f"forward/{network}/output"].std() > 0.05


@pytest.mark.parametrize("affine", [False, True])
@pytest.mark.parametrize("epsilon", [1e-3, 1e-5])
def test_instance_normalization_gives_the_output_of_pytorch(compiled, torch_numbers, epsilon, affine):
    layer = InstanceNormalization(epsilon=epsilon, affine=affine)
    layer.build(torch_numbers["norm/x"].shape)
    if affine:
        layer.gamma.assign(torch_numbers["norm/gamma"])
        layer.beta.assign(torch_numbers["norm/beta"])
    output = compiled(layer)(tf.constant(torch_numbers["norm/x"]))
    np.testing.assert_allclose(output, torch_numbers[f"norm/eps{epsilon}_affine{affine:d}"], atol=1e-5)


@pytest.mark.parametrize("network", SIZES)
def test_the_importer_knows_a_network_of_pytorch_by_its_weights(weights, network):
    stored = {
        name: StoredArray(array.shape, lambda array=array: array) for name, array in weights(network).items()
    }
    assert match_generator(stored, "torch").spec == GeneratorSpec(network, width=8)
