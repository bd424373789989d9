import numpy as np
import pytest
from safetensors.numpy import save_file

from cyclegan_tf.errors import ModelError
from cyclegan_tf.importers.importing import inspect_files
from cyclegan_tf.importers.matching import match_generator
from cyclegan_tf.importers.safetensors_file import read_safetensors
from cyclegan_tf.models.run import CARD_FILE
from cyclegan_tf.models.weights import network_variables, save_arrays
from cyclegan_tf.networks.generators import build_generator
from cyclegan_tf.networks.specs import GeneratorSpec

pytestmark = pytest.mark.usefixtures("shallow_generators")


@pytest.mark.parametrize(
    "spec",
    [
        GeneratorSpec("resnet_6blocks", width=2, norm_affine=True),
        GeneratorSpec("resnet_6blocks", 1, 2, width=2, upsampling="transposed_4"),
        GeneratorSpec("unet_128", width=2, norm_affine=True),
    ],
    ids=lambda spec: f"{spec.architecture}-{spec.upsampling}",
)
def test_a_generator_of_ours_comes_back(tmp_path, spec):
    variables = network_variables(build_generator(spec, "g"))
    save_arrays(tmp_path / "generator_ab.safetensors", variables)
    weights = read_safetensors(tmp_path / "generator_ab.safetensors")
    match = match_generator(weights.tree, weights.layout)
    assert match.spec == spec
    found = match.read()
    for name, variable in variables.items():
        np.testing.assert_array_equal(found[name], variable.numpy())


def test_arrays_of_a_pytorch_program_are_recognised(torch_files, tmp_path):
    spec = GeneratorSpec("resnet_6blocks", width=2)
    save_file(dict(torch_files.torch_arrays(spec)), tmp_path / "netG.safetensors")
    found = inspect_files(tmp_path / "netG.safetensors")["ab"]
    assert (found.generator, found.format) == (spec, "safetensors")


def test_a_file_in_a_model_folder_needs_no_import(tmp_path):
    save_file({"first_conv/kernel": np.ones((1, 1))}, tmp_path / "generator_ab.safetensors")
    (tmp_path / CARD_FILE).touch()
    with pytest.raises(ModelError, match="cannot import") as caught:
        read_safetensors(tmp_path / "generator_ab.safetensors")
    assert "needs no import" in caught.value.detail
    assert caught.value.fix == f"use {tmp_path} as it is"
