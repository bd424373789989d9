import pytest

from cyclegan_tf.config.loading import load_config
from cyclegan_tf.models.folder import load_card, load_generator
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
