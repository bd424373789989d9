"""Reads the numbers of the PyTorch reference and maps its weights to our networks."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from cyclegan_tf.containers.stored import StoredArray
from cyclegan_tf.importers.modules import find_modules


def paired_weights(model, arrays, network):
    """Pair every variable of a convolution with the reference's array, as the importer does.

    Returns:
        (layer, variable, array) for each kernel and bias.
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
def names():
    """What the reference calls our networks, in the order of their seeds, and our losses."""
    return SimpleNamespace(
        networks={
            "G_A": "generator_ab",
            "G_B": "generator_ba",
            "D_A": "discriminator_b",
            "D_B": "discriminator_a",
        },
        losses={
            "G_A": "adversarial_ab",
            "G_B": "adversarial_ba",
            "cycle_A": "cycle_a",
            "cycle_B": "cycle_b",
            "idt_A": "identity_b",
            "idt_B": "identity_a",
            "D_A": "discriminator_b",
            "D_B": "discriminator_a",
        },
    )


@pytest.fixture(scope="session")
def reference_weights():
    """Return `paired_weights`."""
    return paired_weights


@pytest.fixture(scope="session")
def load_reference():
    """Return a function that gives a model the weights of one of the reference's networks."""

    def load(model, arrays, network):
        for _, variable, array in paired_weights(model, arrays, network):
            variable.assign(array)
        return model

    return load


@pytest.fixture(scope="session")
def read_numbers(shared_data):
    """Return a function that reads one of the reference's .npz files as a dictionary."""

    def read(name):
        with np.load(shared_data / "reference" / name, allow_pickle=False) as file:
            return dict(file)

    return read


@pytest.fixture(scope="session")
def torch_numbers():
    """What make_torch_golden.py wrote: the numbers that need nothing beside the repository."""
    with np.load(Path(__file__).with_name("torch.npz"), allow_pickle=False) as file:
        return dict(file)


@pytest.fixture(scope="session")
def draw_weights():
    """Return a function from ["NAME ROWSxCOLUMNS...", ...] and a seed to arrays by name."""

    def draw(arrays, seed):
        random = np.random.RandomState(seed)
        shapes = [(name, tuple(map(int, shape.split("x")))) for name, shape in map(str.split, arrays)]
        return {name: random.normal(0.0, 0.02, shape).astype(np.float32) for name, shape in shapes}

    return draw


@pytest.fixture(scope="session")
def draw_pictures():
    """Return a function from (height, width) and a seed to (1, height, width, 3) in [-1, 1)."""
    return lambda size, seed: np.random.RandomState(seed).uniform(-1, 1, (1, *size, 3)).astype(np.float32)
