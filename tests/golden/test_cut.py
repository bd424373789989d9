"""A generator as CUT wires it is imported and gives PyTorch's output; make_cut_golden.py made both."""

from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from cyclegan_tf.importers.importing import import_model
from cyclegan_tf.inference.translator import Translator
from cyclegan_tf.models.folder import load_generator
from cyclegan_tf.networks.specs import GeneratorSpec

pytestmark = pytest.mark.usefixtures("shallow_generators")


@pytest.fixture(scope="module")
def numbers():
    with np.load(Path(__file__).with_name("cut.npz")) as found:
        return dict(found)


@pytest.fixture
def imported(numbers, torch_files, tmp_path):
    """The model folder, and what was said of it."""
    arrays = {name.removeprefix("arrays/"): a for name, a in numbers.items() if name.startswith("arrays/")}
    file = torch_files.write_zip(tmp_path / "latest_net_G.pth", torch_files.tensors_of(arrays))
    return tmp_path / "model", import_model(file, tmp_path / "model")["ab"]


def test_an_anti_aliased_generator_is_recognised_and_gives_pytorchs_output(imported, numbers):
    folder, found = imported
    assert found.generator == GeneratorSpec(
        "resnet_6blocks", width=4, upsampling="bilinear", downsampling="blur"
    )
    given = tf.constant(numbers["input"], tf.float32) / 127.5 - 1
    assert numbers["output"].std() > 0.05
    np.testing.assert_allclose(load_generator(folder, "ab")(given), numbers["output"], atol=2e-5)


def test_strips_give_what_one_pass_gives(imported, numbers):
    folder, _ = imported
    large = np.tile(numbers["input"][0], (3, 3, 1))
    whole, strips = (Translator.load(folder, strip_rows=rows)(large) for rows in (0, 5))
    assert np.abs(whole.astype(int) - strips).max() <= 1
