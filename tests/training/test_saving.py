import pytest

from cyclegan_tf.config.loading import load_config
from cyclegan_tf.models.card import load_card
from cyclegan_tf.models.folder import load_generator
from cyclegan_tf.models.run import Run
from cyclegan_tf.training.building import build_model
from cyclegan_tf.training.saving import save_run_model

pytestmark = pytest.mark.usefixtures("shallow_generators")


def test_the_card_says_what_the_model_was_trained_against_and_what_else_is_known(tiny_options, tmp_path):
    options = [word for word in tiny_options if "=" in word]
    config = load_config("demo", [*options, "model.discriminator=projected", "model.discriminator_layers=3"])
    model = build_model(config, 4, (32, 32))
    save_run_model(tmp_path / "best", config, model, 4, best={"step": 0})
    card = load_card(tmp_path / "best")
    assert (card.provenance["trained_against"], card.provenance["best"]) == (
        ["efficientnet-lite0"],
        {"step": 0},
    )
    assert card.training_size == (32, 32) and load_generator(tmp_path / "best", "ba").count_params() > 0


def test_the_card_of_a_resumed_run_still_says_what_its_first_weights_were_trained_against(
    tiny_options, tmp_path
):
    options = [word for word in tiny_options if "=" in word]
    config = load_config("demo", [*options, "train.start_from=horse2zebra"])
    gone = load_config("demo", [*options, f"train.start_from={tmp_path / 'gone'}"])
    model, run = build_model(config, 4, (32, 32)), Run(tmp_path)
    for folder, given in ((run.model, config), (run.best, gone), (run.model, gone)):
        save_run_model(folder, given, model, 4)
        assert load_card(folder).provenance["trained_against"] == ["efficientnet-lite0"]
