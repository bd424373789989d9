"""The numbers of the PyTorch reference and how its weights map on our networks."""

import numpy as np
import pytest

from cyclegan_tf.containers.stored import StoredArray
from cyclegan_tf.importers.modules import find_modules


def paired_weights(model, arrays, network):
    """Pairs every convolution's variable with the reference's array of it, as the importer does.

    Returns:
        (layer, variable, array) of each kernel and bias.
    """
    stored = {
        name.removeprefix(f"{network}/"): StoredArray(array.shape, lambda array=array: array)
        for name, array in arrays.items()
        if name.startswith(f"{network}/") and name.endswith((".weight", ".bias"))
    }
    layers = [layer for layer in model.layers if hasattr(layer, "kernel")]
    for layer, module in zip(layers, find_modules(stored, "torch"), strict=True):
        yield layer, layer.kernel, module.kernel()
        yield layer, layer.bias, module.arrays["bias"].read()


@pytest.fixture(scope="session")
def reference_weights():
    """Returns `paired_weights`."""
    return paired_weights


@pytest.fixture(scope="session")
def load_reference():
    """Returns a function that gives a model the weights of one of the reference's networks."""

    def load(model, arrays, network):
        for _, variable, array in paired_weights(model, arrays, network):
            variable.assign(array)
        return model

    return load


@pytest.fixture(scope="session")
def read_numbers(shared_data):
    """Returns a function that reads one of the reference's .npz files as a dictionary."""

    def read(name):
        with np.load(shared_data / "reference" / name, allow_pickle=False) as file:
            return dict(file)

    return read
