"""The numbers of the PyTorch reference and how its weights map on our networks."""

import numpy as np
import pytest


def paired_weights(model, arrays, network):
    """Pairs every convolution's variable with the reference's array of it, in our layout.

    PyTorch stores the modules in the order in which they run, as we do, and a kernel as (out, in, rows,
    columns), or (in, out, rows, columns) if transposed; the same permutation is right for both.

    Returns:
        (layer, variable, array) of each kernel and bias.
    """
    names = [name for name in arrays if name.startswith(f"{network}/") and name.endswith(".weight")]
    layers = [layer for layer in model.layers if hasattr(layer, "kernel")]
    assert len(names) == len(layers)
    for name, layer in zip(names, layers):
        yield layer, layer.kernel, arrays[name].transpose(2, 3, 1, 0)
        yield layer, layer.bias, arrays[name.removesuffix("weight") + "bias"]


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
