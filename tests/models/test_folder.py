import json
import pickle
import shutil

import keras
import numpy as np
import pytest

from cyclegan_tf.errors import ModelError, OutputError
from cyclegan_tf.models.card import ModelCard, load_card
from cyclegan_tf.models.folder import load_generator, save_model
from cyclegan_tf.models.run import CARD_FILE
from cyclegan_tf.networks.generators import build_generator
from cyclegan_tf.networks.specs import GeneratorSpec
from video.core.files import sha256

pytestmark = pytest.mark.usefixtures("shallow_generators")

SPEC = GeneratorSpec("resnet_6blocks", 3, 1, width=3, norm_affine=True, upsampling="resize")
SPECS = {"ab": SPEC, "ba": GeneratorSpec("resnet_6blocks", 1, 3, width=2)}
WEIGHTS = "generator_ab.safetensors"


@pytest.fixture(scope="module")
def networks(request):
    request.getfixturevalue("shallow_generators")
    keras.utils.set_random_seed(1)
    return {direction: build_generator(spec, f"generator_{direction}") for direction, spec in SPECS.items()}


@pytest.fixture(scope="module")
def saved(networks, tmp_path_factory):
    """A model folder; do not write into it."""
    folder = tmp_path_factory.mktemp("saved") / "model"
    save_model(folder, networks, ModelCard(SPECS, (128, 96), "bfloat16", {"run": "horses", "step": 12}))
    return folder


@pytest.fixture
def folder(saved, tmp_path):
    """A model folder to damage."""
    return shutil.copytree(saved, tmp_path / "model")


def change_card(folder, change):
    text = json.loads((folder / CARD_FILE).read_text())
    change(text)
    (folder / CARD_FILE).write_text(json.dumps(text))


def replace_weights(folder, content):
    """Other weights with a matching checksum, as someone might make them on purpose."""
    (folder / WEIGHTS).write_bytes(content)
    change_card(folder, lambda card: card["directions"]["ab"].update(sha256=sha256(folder / WEIGHTS)))


def test_a_model_folder_knows_what_it_is(saved):
    card = load_card(saved)
    assert card.generators == SPECS
    assert card.training_size == (128, 96)
    assert card.precision == "bfloat16"
    assert card.provenance == {"run": "horses", "step": 12}


def test_other_programs_find_what_they_need_in_the_card(saved):
    card = json.loads((saved / CARD_FILE).read_text())
    entry = card["directions"]["ab"]
    assert (card["value_range"], entry["stride"], entry["norm"]) == ([-1, 1], 4, "instance")


@pytest.mark.parametrize("direction", ["ab", "ba"])
def test_a_loaded_generator_translates_as_the_saved_one_did(saved, networks, direction):
    channels = SPECS[direction].input_channels
    images = np.random.default_rng(0).uniform(-1, 1, (2, 16, 20, channels)).astype("f")
    np.testing.assert_array_equal(load_generator(saved, direction)(images), networks[direction](images))


def test_no_file_of_a_model_can_hold_code(saved):
    assert {path.name for path in saved.iterdir()} == {WEIGHTS, "generator_ba.safetensors", CARD_FILE}


class Bomb:
    def __reduce__(self):
        return print, ("code of a stranger",)


@pytest.mark.parametrize(
    "content",
    [b"", pickle.dumps(Bomb()), b"PK\x03\x04" + bytes(99)],
    ids=["empty", "pickle", "keras_archive"],
)
def test_weights_of_another_kind_are_refused_and_never_executed(folder, content, capsys):
    replace_weights(folder, content)
    with pytest.raises(ModelError, match="cannot read the weights") as caught:
        load_generator(folder, "ab")
    assert f"found {len(content)} bytes" in caught.value.detail
    assert capsys.readouterr().out == ""


def test_weights_that_changed_since_they_were_saved_are_refused(folder):
    content = bytearray((folder / WEIGHTS).read_bytes())
    content[-1] ^= 1
    (folder / WEIGHTS).write_bytes(content)
    with pytest.raises(ModelError, match="damaged weights: .*generator_ab") as caught:
        load_generator(folder, "ab")
    assert "checksum" in caught.value.detail


def test_missing_weights_are_named(folder):
    (folder / WEIGHTS).unlink()
    with pytest.raises(ModelError, match=f"no weights at .*{WEIGHTS}"):
        load_generator(folder, "ab")


def test_the_weights_of_the_other_direction_do_not_fit(folder):
    replace_weights(folder, (folder / "generator_ba.safetensors").read_bytes())
    with pytest.raises(ModelError, match="another architecture") as caught:
        load_generator(folder, "ab")
    assert (
        "'first_conv/kernel': expected (channels in, channels out) (3, 3); found (1, 2)"
        in caught.value.detail
    )


def test_weights_of_another_depth_are_refused_by_the_first_layer_that_is_missing(folder):
    change_card(
        folder, lambda card: card["directions"]["ab"]["generator"].update(architecture="resnet_9blocks")
    )
    with pytest.raises(ModelError, match="another architecture") as caught:
        load_generator(folder, "ab")
    assert "expected 'block_2_conv_1/kernel'" in caught.value.detail


def test_a_direction_that_is_not_there_is_refused_with_those_that_are(saved):
    with pytest.raises(ModelError, match="no generator for direction sideways") as caught:
        load_generator(saved, "sideways")
    assert "ab, ba" in caught.value.detail


def test_a_card_that_claims_a_huge_network_builds_nothing(folder):
    change_card(folder, lambda card: card["directions"]["ab"]["generator"].update(width=10**9))
    with pytest.raises(ModelError, match="another architecture"):
        load_generator(folder, "ab")


def test_weights_outside_the_model_folder_are_not_read(folder, tmp_path):
    shutil.move(folder / WEIGHTS, tmp_path / "elsewhere")
    change_card(folder, lambda card: card["directions"]["ab"].update(weights="../elsewhere"))
    with pytest.raises(ModelError):
        load_generator(folder, "ab")


def test_saving_again_replaces_the_whole_folder(folder, networks):
    (folder / "stale").touch()
    save_model(folder, networks, ModelCard(SPECS, (64, 64)))
    assert not (folder / "stale").exists()
    assert load_card(folder).training_size == (64, 64)


def test_a_save_that_fails_leaves_the_model_before_it(folder, networks, monkeypatch):
    def full_disk(*arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("cyclegan_tf.models.folder.sha256", full_disk)
    with pytest.raises(OutputError, match="not enough disk space"):
        save_model(folder, networks, ModelCard(SPECS, (64, 64)))
    monkeypatch.undo()
    assert load_card(folder).training_size == (128, 96)
    assert [path.name for path in folder.parent.iterdir()] == ["model"]
