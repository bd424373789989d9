"""Our EfficientNet-lite0 gives the numbers of one written in PyTorch (make_efficientnet_lite0_golden.py)."""

from pathlib import Path

import numpy as np
import pytest

from cyclegan_tf.models.frozen import load_efficientnet_lite0


@pytest.fixture(scope="module", params=["0", "1"], ids=["even_sides", "odd_sides"])
def golden(request):
    with np.load(Path(__file__).parent / "efficientnet_lite0.npz") as file:
        return {name.partition("/")[2]: file[name] for name in file if name.startswith(request.param)}


@pytest.fixture(scope="module")
def outputs(golden):
    images = golden["picture"][np.newaxis].astype(np.float32) / 127.5 - 1
    return [output.numpy()[0] for output in load_efficientnet_lite0()(images)]


@pytest.mark.parametrize("number", range(4))
def test_a_tap_is_that_of_pytorch(golden, outputs, number):
    expected = golden[f"tap_{number}"]
    np.testing.assert_allclose(outputs[number][..., : expected.shape[-1]], expected, atol=2e-4)


def test_the_logits_are_those_of_pytorch(golden, outputs):
    np.testing.assert_allclose(outputs[-1].mean(axis=(0, 1)), golden["logits"], atol=2e-4)
