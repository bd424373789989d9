"""From a file to a model folder that translates, and what can be wrong with the file or the request."""

import zipfile
from pathlib import Path

import numpy as np
import pytest

from cyclegan_tf.errors import ModelError, OutputError, UsageError
from cyclegan_tf.importers.importing import Source, import_model
from cyclegan_tf.models.card import load_card
from cyclegan_tf.models.folder import load_generator
from cyclegan_tf.models.run import CARD_FILE
from cyclegan_tf.models.weights import network_variables
from cyclegan_tf.networks.specs import GeneratorSpec
from video.core.files import sha256

pytestmark = pytest.mark.usefixtures("shallow_generators")
SPEC = GeneratorSpec("resnet_6blocks", width=2, norm_affine=True)


@pytest.fixture
def weights(torch_files):
    return torch_files.torch_arrays(SPEC)


@pytest.fixture
def checkpoint(torch_files, weights, tmp_path):
    """A PyTorch file of one generator."""
    return torch_files.write_zip(tmp_path / "latest_net_G_A.pth", torch_files.tensors_of(weights))


@pytest.fixture
def target(tmp_path):
    return tmp_path / "model"


def values(folder, direction="ab"):
    network = load_generator(folder, direction)
    return {name: variable.numpy() for name, variable in network_variables(network).items()}


@pytest.mark.parametrize(
    ("container", "dtype"),
    [("write_zip", "f4"), ("write_zip", "bfloat16"), ("write_legacy", "f2")],
)
def test_either_container_becomes_the_same_model(torch_files, weights, target, tmp_path, container, dtype):
    tensors = torch_files.tensors_of(weights, dtype)
    file = getattr(torch_files, container)(tmp_path / "file", tensors)
    import_model([Source(file)], target)
    found = values(target)
    for name, array in torch_files.ours(SPEC, weights).items():
        np.testing.assert_allclose(found[name], array, rtol=0 if dtype in ("f4", "f8") else 2**-7)


def test_the_model_says_where_it_came_from(checkpoint, target):
    found = import_model([Source(checkpoint)], target)["ab"]
    card = load_card(target)
    assert (card.generators, card.training_size) == ({"ab": SPEC}, None)
    assert card.provenance["imported"]["ab"] == {
        "file": "latest_net_G_A.pth",
        "format": "PyTorch zip",
        "network": "",
        "sha256": {"latest_net_G_A.pth": sha256(checkpoint)},
    }
    assert (found.generator, found.parameters, found.notes) == (
        SPEC,
        sum(map(np.size, values(target).values())),
        (),
    )


def test_two_files_become_the_two_directions(torch_files, checkpoint, target, tmp_path):
    other = torch_files.torch_arrays(SPEC, seed=1)
    second = torch_files.write_legacy(tmp_path / "latest_net_G_B.pth", torch_files.tensors_of(other))
    import_model([Source(checkpoint, "ab"), Source(second, "ba")], target)
    np.testing.assert_array_equal(
        values(target, "ba")["first_conv/kernel"], torch_files.ours(SPEC, other)["first_conv/kernel"]
    )


@pytest.fixture
def several(torch_files, weights, tmp_path):
    """Writes a file of generators by name, each with the seed of its weights: several(netG_A2B=0)."""

    def write(**seeds):
        tree = {
            name: torch_files.tensors_of(torch_files.torch_arrays(SPEC, seed=seed))
            for name, seed in seeds.items()
        }
        return torch_files.write_zip(tmp_path / "several.pth", {"epoch": 1, **tree})

    return write


def test_a_file_with_both_directions_gives_both(several, target, torch_files):
    found = import_model([Source(several(netG_B2A=1, netG_A2B=0))], target)
    assert {direction: generator.network for direction, generator in found.items()} == {
        "ab": "netG_A2B",
        "ba": "netG_B2A",
    }
    expected = torch_files.ours(SPEC, torch_files.torch_arrays(SPEC, seed=1))
    np.testing.assert_array_equal(values(target, "ba")["last_conv/bias"], expected["last_conv/bias"])


def test_one_direction_can_be_taken_from_a_file_with_both(several, target):
    assert list(import_model([Source(several(netG_B2A=1, netG_A2B=0), "ba")], target)) == ["ba"]


def test_a_name_decides_among_several(several, target):
    file = several(netG_A2B=0, netG_A2B_ema=1, netG_B2A=2)
    found = import_model([Source(file, "ab", "netG_A2B_ema"), Source(file, "ba", "netG_B2A")], target)
    assert found["ab"].network == "netG_A2B_ema"


@pytest.mark.parametrize(
    ("asked", "message"), [((), "several generators"), (("ab", "three"), "no generator 'three'")]
)
def test_which_of_several_is_meant_must_be_clear(several, target, asked, message):
    with pytest.raises(UsageError, match=message) as caught:
        import_model([Source(several(one=0, two=1), *asked)], target)
    assert "found 'one', 'two'" in caught.value.detail
    assert "--network" in caught.value.fix
    assert not target.exists()


def test_what_weights_do_not_show_can_be_given(checkpoint, target):
    found = import_model([Source(checkpoint)], target, norm_epsilon=1e-3, padding="same")["ab"]
    assert (found.generator.norm_epsilon, found.generator.padding) == (1e-3, "same")
    assert load_generator(target, "ab").get_layer("first_norm").epsilon == 1e-3


def test_running_statistics_are_noted(torch_files, target, tmp_path):
    arrays = torch_files.torch_arrays(SPEC, running=True)
    file = torch_files.write_zip(tmp_path / "file", torch_files.tensors_of(arrays))
    assert "left out" in import_model([Source(file)], target)["ab"].notes[0]


def test_an_existing_model_is_replaced_only_with_overwrite(checkpoint, target):
    import_model([Source(checkpoint)], target)
    with pytest.raises(OutputError, match="output exists"):
        import_model([Source(checkpoint)], target)
    (target / "generator_ba.safetensors").touch()
    import_model([Source(checkpoint)], target, overwrite=True)
    assert not (target / "generator_ba.safetensors").exists()


@pytest.mark.parametrize("name", ["OUT.pth", "out.json"])
def test_a_folder_is_not_written_under_the_name_of_a_file(checkpoint, tmp_path, name):
    with pytest.raises(UsageError, match="a model is a folder") as caught:
        import_model([Source(checkpoint)], tmp_path / name)
    assert f"leave {Path(name).suffix} out" in caught.value.fix
    assert not (tmp_path / name).exists()


def test_another_folder_is_never_replaced(checkpoint, target):
    target.mkdir()
    (target / "precious").touch()
    with pytest.raises(OutputError, match="not a model folder"):
        import_model([Source(checkpoint)], target, overwrite=True)
    assert (target / "precious").exists()


def test_a_failed_import_leaves_the_model_that_was_there(torch_files, weights, checkpoint, target, tmp_path):
    import_model([Source(checkpoint)], target)
    card = (target / CARD_FILE).read_bytes()
    weights["model.0.weight"][:] = np.nan
    bad = torch_files.write_zip(tmp_path / "bad.pth", torch_files.tensors_of(weights))
    with pytest.raises(ModelError):
        import_model([Source(bad)], target, overwrite=True)
    assert (target / CARD_FILE).read_bytes() == card
    assert sorted(path.name for path in target.parent.iterdir()) == ["bad.pth", "latest_net_G_A.pth", "model"]


def test_many_layers_over_the_same_few_numbers_are_refused(torch_files, weights, target, tmp_path):
    big = GeneratorSpec("resnet_6blocks", width=16)
    largest = np.zeros(64 * 64 * 9, np.float32)
    arrays = torch_files.torch_arrays(big).items()
    tree = {name: torch_files.Tensor(largest, size=array.shape) for name, array in arrays}
    data, _ = torch_files.pickled(tree)
    # Every tensor names the first storage.
    for key in range(len(tree) - 1, 0, -1):
        data = data.replace(b"X" + len(str(key)).to_bytes(4, "little") + str(key).encode(), b"X\x01\0\0\x000")
    path = tmp_path / "file.pth"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", data)
        archive.writestr("archive/data/0", largest.tobytes())
    with pytest.raises(ModelError, match="cannot import") as caught:
        import_model([Source(path)], target)
    assert "weights in" in caught.value.detail


def test_a_model_folder_with_other_files_is_not_replaced(checkpoint, target):
    import_model([Source(checkpoint)], target)
    (target / "notes.txt").write_text("mine")
    with pytest.raises(OutputError, match="other files in the folder") as caught:
        import_model([Source(checkpoint)], target, overwrite=True)
    assert "found notes.txt" in caught.value.detail
    assert (target / "notes.txt").read_text() == "mine"


def test_row_41_and_42_are_errors_that_name_the_file(torch_files, weights, target, tmp_path):
    weights["model.9.weight"][0, 0, 0, 0] = np.nan
    file = torch_files.write_zip(tmp_path / "file.pth", torch_files.tensors_of(weights))
    with pytest.raises(ModelError, match="weights that are not finite in .*file.pth"):
        import_model([Source(file)], target)
    del weights["model.9.weight"], weights["model.9.bias"]
    file = torch_files.write_zip(tmp_path / "file.pth", torch_files.tensors_of(weights))
    with pytest.raises(ModelError, match="weights of another architecture in .*file.pth") as caught:
        import_model([Source(file)], target)
    assert "'block_1_conv_2'" in caught.value.detail or "'up_2_conv'" in caught.value.detail


def test_a_number_too_large_for_float32_is_not_finite(torch_files, weights, target, tmp_path):
    weights["model.0.bias"] = np.full(2, 1e300)
    file = torch_files.write_zip(tmp_path / "file.pth", torch_files.tensors_of(weights, "f8"))
    with pytest.raises(ModelError, match="not finite"):
        import_model([Source(file)], target)


def test_the_command_says_how_to_go_on(command, checkpoint, target, several):
    result = command("import", several(G_A=0, G_B=1), target)
    assert result.exit_code == 0, result.stderr
    assert f"cyclegan-tf video IN.mp4 OUT.mp4 --model {target}" in result.stdout
    training = f"fit DATA --config paper-256 --start-from {target} --set model.generator=resnet_6blocks"
    assert training in result.stdout
    alone = command("import", checkpoint, target, "--overwrite", "--direction", "ba")
    assert f"--model {target} --direction ba" in alone.stdout
    assert "--start-from" not in alone.stdout


def test_the_command_takes_both_networks_from_one_file(command, several, target):
    file = several(first=0, second=1)
    result = command("import", file, target, "--network", "first", "--ba-network", "second")
    assert result.exit_code == 0, result.stderr
    assert set(load_card(target).generators) == {"ab", "ba"}


@pytest.mark.parametrize(
    ("arguments", "exit_code"),
    [
        (("--direction", "ab", "--ba", "x"), 2),
        (("--epsilon", "0"), 2),
        (("--padding", "odd"), 2),
        (("--ba", "x"), 5),
    ],
)
def test_the_command_refuses_what_cannot_be(command, checkpoint, target, arguments, exit_code):
    result = command("import", checkpoint, target, *arguments)
    assert result.exit_code == exit_code, result.output
    assert not target.exists()
