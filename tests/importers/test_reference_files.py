"""Real files of PyTorch and of tensorflow-addons: what is imported gives their outputs."""

import numpy as np
import pytest

from cyclegan_tf import Translator
from cyclegan_tf.importers.importing import Source, import_model
from cyclegan_tf.models.folder import load_generator
from cyclegan_tf.networks.ranges import to_levels
from cyclegan_tf.networks.specs import GeneratorSpec

TFA_FILES = ("tfa_generator.weights.h5", "tfa_generator_full.h5", "checkpoint")


@pytest.fixture(scope="module")
def reference(shared_data):
    return shared_data / "reference"


@pytest.fixture(scope="module")
def pytorch_model(reference, tmp_path_factory):
    """The two generators that the PyTorch reference trained, as a model folder."""
    folder = tmp_path_factory.mktemp("pytorch") / "model"
    files = {"ab": "latest_net_G_A.pth", "ba": "latest_net_G_B.pth"}
    import_model([Source(reference / "pytorch" / name, way) for way, name in files.items()], folder)
    return folder


# Measured: 2.5e-6 of a range of 2; one value in 50,000 lies so near a half that it rounds differently.
@pytest.mark.slow
@pytest.mark.parametrize(("direction", "network"), [("ab", "G_A"), ("ba", "G_B")])
def test_a_generator_that_pytorch_trained_gives_its_outputs(reference, pytorch_model, direction, network):
    with np.load(reference / "pytorch" / "io.npz") as numbers:
        pictures, expected = numbers[f"{network}/input_uint8"], numbers[f"{network}/output"]
    output = load_generator(pytorch_model, direction)(pictures / np.float32(127.5) - 1)
    np.testing.assert_allclose(output, expected, atol=2e-5, rtol=0)
    translated = Translator.load(pytorch_model, direction)(pictures).astype(int)
    difference = np.abs(translated - to_levels(expected).numpy())
    assert difference.max() <= 1
    assert (difference > 0).mean() < 1e-3


# The example's last normalizations start near zero, so its outputs lie within 1.5e-6 of grey: a difference in
# grey levels would say nothing. Measured relative to the largest output: 9e-7; with our own padding 1.2.
@pytest.mark.slow
@pytest.mark.parametrize("name", TFA_FILES)
def test_a_generator_of_tensorflow_addons_gives_its_outputs(reference, tmp_path, name):
    imported = import_model([Source(reference / "tfa" / name)], tmp_path / "model")
    assert imported["ab"].generator == GeneratorSpec(
        "resnet_9blocks", width=8, norm_affine=True, norm_epsilon=1e-3, padding="same"
    )
    with np.load(reference / "tfa" / "tfa_generator_io.npz") as numbers:
        output = load_generator(tmp_path / "model", "ab")(numbers["x"])
        np.testing.assert_allclose(output, numbers["y"], rtol=0, atol=1e-4 * np.abs(numbers["y"]).max())
