import json
import subprocess
import sys

import pytest

from cyclegan_tf.errors import ModelError
from cyclegan_tf.models.card import (
    MASK,
    ModelCard,
    card_text,
    load_card,
    mask_checksum,
    weights_checksum,
)
from cyclegan_tf.models.run import CARD_FILE
from cyclegan_tf.networks.specs import GeneratorSpec

CARD = ModelCard({"ab": GeneratorSpec("resnet_6blocks", width=2)}, (64, 64), masked=True)
WEIGHTS = {"ab": ("generator_ab.safetensors", "1" * 64), MASK: ("mask.safetensors", "2" * 64)}


@pytest.fixture
def folder(tmp_path):
    """A folder with a card, and without the files that it names."""
    (tmp_path / CARD_FILE).write_text(json.dumps(card_text(CARD, WEIGHTS)))
    return tmp_path


def change_card(folder, change):
    text = json.loads((folder / CARD_FILE).read_text())
    change(text)
    (folder / CARD_FILE).write_text(json.dumps(text))


def test_what_is_written_is_read_again(folder):
    assert load_card(folder) == CARD
    assert (weights_checksum(folder, "ab"), mask_checksum(folder)) == ("1" * 64, "2" * 64)


@pytest.mark.parametrize("direction", ["ba", MASK])
def test_a_direction_that_is_not_there_is_refused_with_those_that_are(folder, direction):
    with pytest.raises(ModelError, match=f"no generator for direction {direction}") as caught:
        weights_checksum(folder, direction)
    assert caught.value.detail == "expected one of ab"


def test_it_is_read_without_keras(folder):
    code = f"""
import pathlib, sys
from cyclegan_tf.models.card import load_card
load_card(pathlib.Path({str(folder)!r}))
assert not {{"keras", "tensorflow"}} & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        "{}",
        '{"format": "one"}',
        '{"format": 1, "directions": []}',
        '{"format": 1, "directions": {"ab": {}}, "training_size": [1, 1], "precision": "", "provenance": {}}',
    ],
)
def test_a_card_that_cannot_be_understood_is_a_damaged_model(tmp_path, text):
    (tmp_path / CARD_FILE).write_text(text)
    with pytest.raises(ModelError, match=f"cannot read .*{CARD_FILE}") as caught:
        load_card(tmp_path)
    assert caught.value.fix


@pytest.mark.parametrize(
    "wrong",
    [
        {"architecture": "transformer"},
        {"upsampling": "magic"},
        {"unheard_of": 1},
        {"width": "wide"},
        {"width": 0},
        {"input_channels": -3},
    ],
    ids=lambda wrong: "-".join(map(str, next(iter(wrong.items())))),
)
def test_a_card_with_an_impossible_generator_is_a_damaged_model(folder, wrong):
    change_card(folder, lambda card: card["directions"]["ab"]["generator"].update(wrong))
    with pytest.raises(ModelError) as caught:
        load_card(folder)
    assert caught.value.fix


def test_a_model_of_a_newer_format_states_both_formats(folder):
    change_card(folder, lambda card: card.update(format=9))
    with pytest.raises(ModelError, match="newer format") as caught:
        load_card(folder)
    assert "expected format 4 or older; found 9" in caught.value.detail
    assert caught.value.fix


def test_a_folder_without_a_card_is_not_a_model(tmp_path):
    with pytest.raises(ModelError, match="not a model folder") as caught:
        load_card(tmp_path)
    assert caught.value.fix


@pytest.mark.parametrize(
    ("number", "is_masked", "options"),
    [(2, False, {}), (3, True, {}), (4, False, {"upsampling": "bilinear", "downsampling": "blur"})],
)
def test_only_a_model_of_a_newer_kind_has_the_newest_format(number, is_masked, options):
    card = ModelCard({"ab": GeneratorSpec("resnet_6blocks", **options)}, None, masked=is_masked)
    text = card_text(card, WEIGHTS)
    assert text["format"] == number
    assert ("downsampling" in text["directions"]["ab"]["generator"]) is (number == 4)
