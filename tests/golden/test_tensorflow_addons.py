"""Our instance normalization beside tensorflow-addons', whose numbers make_tfa_golden.py makes."""

import numpy as np
import pytest
import tensorflow as tf

from cyclegan_tf.networks.layers import InstanceNormalization


@pytest.mark.parametrize("affine", [False, True])
@pytest.mark.parametrize("epsilon", [1e-3, 1e-5])
def test_instance_normalization_gives_the_output_of_tensorflow_addons(
    compiled, read_numbers, epsilon, affine
):
    numbers = read_numbers("tfa/tfa_instance_norm.npz")
    case = f"eps{epsilon}_affine{affine:d}"
    layer = InstanceNormalization(epsilon=epsilon, affine=affine)
    layer.build(numbers["x"].shape)
    if affine:
        layer.gamma.assign(numbers[f"{case}/gamma"])
        layer.beta.assign(numbers[f"{case}/beta"])
    output = compiled(layer)(tf.constant(numbers["x"]))
    np.testing.assert_allclose(output, numbers[f"{case}/y"], atol=1e-5)
