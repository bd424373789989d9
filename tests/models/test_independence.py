import pytest

from cyclegan_tf.config.loading import dump_config, load_config
from cyclegan_tf.models.folder import ModelCard
from cyclegan_tf.models.independence import CARD_KEY, model_trained_against, trained_against


@pytest.mark.parametrize(
    ("discriminator", "networks"),
    [("projected+patch", ["efficientnet-lite0"]), ("projected", ["efficientnet-lite0"]), ("patch", [])],
)
def test_projected_discriminators_make_a_run_please_their_network(discriminator, networks):
    assert trained_against(load_config(None, [f"model.discriminator={discriminator}"])) == networks


@pytest.mark.parametrize(
    ("features", "adversarial", "networks"),
    [(5.0, 0.0, ["efficientnet-lite0"]), (0.0, 1.0, ["efficientnet-lite0"]), (0.0, 0.0, [])],
)
def test_a_student_pleases_the_network_of_its_losses(features, adversarial, networks):
    keys = {"distill.lambda_features": features, "distill.lambda_adversarial": adversarial}
    assert trained_against(load_config(None, {"distill.teacher": "horses", **keys})) == networks


def test_the_card_says_it(tmp_path):
    card = ModelCard({}, None, provenance={CARD_KEY: ["another"]})
    assert model_trained_against(tmp_path / "model", card) == ["another"]


def test_a_card_that_does_not_say_it_is_completed_by_the_configuration_of_its_run(tmp_path):
    card = ModelCard({}, None)
    assert model_trained_against(tmp_path / "model", card) == []
    (tmp_path / "config.yaml").write_text(dump_config(load_config(None, ["model.discriminator=projected"])))
    assert model_trained_against(tmp_path / "model", card) == ["efficientnet-lite0"]
