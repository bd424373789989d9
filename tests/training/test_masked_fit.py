"""A whole run with masks, through the command line: what it writes, and that its model needs nothing else."""

import json

import numpy as np
import pytest
from PIL import Image

from cyclegan_tf.inference.translator import Translator
from cyclegan_tf.models.card import load_card

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("shallow_generators", "without_graphs")]


@pytest.fixture(scope="module")
def run(command, tiny_data, tiny_options, tmp_path_factory, shallow_generators):
    root = tmp_path_factory.mktemp("masked")
    for part in ("trainA", "trainB"):
        (root / "masks" / part).mkdir(parents=True)
        for picture in (tiny_data / part).iterdir():
            mask = np.zeros((20, 20), np.uint8)
            mask[:, 10:] = 255
            Image.fromarray(mask).save(root / "masks" / part / picture.name)
    values = {
        "model.discriminator": "projected",
        "model.discriminator_layers": 3,
        "model.upsampling": "transposed_4",
        "losses.lambda_identity": 0.5,
        "losses.identity_every": 2,
        "data.masks_a": root / "masks" / "trainA",
        "data.masks_b": root / "masks" / "trainB",
        "output.folder": root,
    }
    options = [word for key, value in values.items() for word in ("--set", f"{key}={value}")]
    result = command("fit", tiny_data, *tiny_options, "--name", "masked", *options)
    assert result.exit_code == 0, result.stderr
    return root / "masked"


def test_the_losses_of_masks_and_heads_are_logged(run):
    last = json.loads((run / "metrics.jsonl").read_text().splitlines()[-1])
    assert {"mask", "background_a", "heads_b", "projected_ab"} <= set(last)
    assert "discriminator_a" not in last


def test_the_card_says_that_the_model_is_masked(run):
    assert load_card(run / "model").masked


def test_the_model_translates_without_being_given_a_mask(run):
    picture = np.random.default_rng(0).integers(0, 256, (40, 52, 3), dtype=np.uint8)
    translator = Translator.load(run)
    assert translator(picture).shape == picture.shape and translator.masks(picture).shape == (40, 52, 1)


def test_a_run_with_masks_is_not_resumed_without_them(run, command):
    folder = ("--name", "masked", "--set", f"output.folder={run.parent}")
    result = command("fit", "--resume", *folder, "--set", "data.masks_a=null", "--set", "data.masks_b=null")
    assert result.exit_code != 0 and "data.masks_a: the run has" in result.stderr
