"""Our instance normalization against tensorflow-addons', whose outputs make_tfa_golden.py computes."""

from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from cyclegan_tf.networks.layers import InstanceNormalization


@pytest.fixture(scope="module")
def numbers():
    with np.load(Path(__file__).with_name("tfa.npz"), allow_pickle=False) as file:
        return dict(file)


@pytest.mark.parametrize("affine", [False, True])
@pytest.mark.parametrize("epsilon", [1e-3, 1e-5])
def test_instance_normalization_gives_the_output_of_tensorflow_addons(compiled, numbers, epsilon, affine):
    case = f"eps{epsilon}_affine{affine:d}"
    layer = InstanceNormalization(epsilon=epsilon, affine=affine)
    layer.build(numbers["x"].shape)
    if affine:
        layer.gamma.assign(numbers[f"{case}/gamma"])
        layer.beta.assign(numbers[f"{case}/beta"])
    output = compiled(layer)(tf.constant(numbers["x"]))
    np.testing.assert_allclose(output, numbers[f"{case}/y"], atol=1e-5)
