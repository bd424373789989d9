"""Our networks with the weights of the PyTorch reference give its outputs, padding and cropping included."""

import numpy as np
import pytest
import tensorflow as tf

from cyclegan_tf.networks.discriminators import build_discriminator
from cyclegan_tf.networks.generators import build_generator
from cyclegan_tf.networks.specs import DiscriminatorSpec, GeneratorSpec


@pytest.fixture(scope="module")
def numbers(read_numbers):
    return read_numbers("forward.npz")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("network", "picture"),
    [("resnet_6blocks", "input64"), ("resnet_9blocks", "input64"), ("unet_128", "input128")],
)
def test_a_generator_gives_the_output_of_the_reference(compiled, numbers, load_reference, network, picture):
    model = load_reference(build_generator(GeneratorSpec(network, width=8), network), numbers, network)
    output = compiled(model)(tf.constant(numbers[picture]))
    np.testing.assert_allclose(output, numbers[f"{network}/output"], atol=1e-5)


@pytest.mark.parametrize(
    ("network", "spec"),
    [
        ("patch_basic", DiscriminatorSpec(width=8)),
        ("patch_n_layers2", DiscriminatorSpec(width=8, num_layers=2)),
        ("patch_pixel", DiscriminatorSpec("pixel", width=8)),
    ],
)
def test_a_discriminator_gives_the_output_of_the_reference(compiled, numbers, load_reference, network, spec):
    model = load_reference(build_discriminator(spec, network), numbers, network)
    output = compiled(model)(tf.constant(numbers["input128"]))
    np.testing.assert_allclose(output, numbers[f"{network}/output"], atol=1e-5)
