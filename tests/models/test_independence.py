import pytest

from cyclegan_tf.config.loading import dump_config, load_config
from cyclegan_tf.models.card import ModelCard
from cyclegan_tf.models.folder import save_model
from cyclegan_tf.models.independence import CARD_KEY, model_trained_against, trained_against
from cyclegan_tf.models.run import Run


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


def model_against(folder, *networks):
    """A model folder whose card alone is real."""
    save_model(folder, {}, ModelCard({}, None, provenance={CARD_KEY: list(networks)}))
    return folder


@pytest.mark.parametrize(
    "keys",
    [{"train.start_from": ...}, {"distill.teacher": ..., "distill.lambda_features": 0.0}],
    ids=["start_from", "teacher"],
)
def test_a_run_takes_over_what_the_model_that_it_comes_from_was_trained_against(tmp_path, keys):
    model = model_against(tmp_path / "model", "another")
    given = {key: model if value is ... else value for key, value in keys.items()}
    assert trained_against(load_config(None, {**given, "distill.lambda_adversarial": 0.0})) == ["another"]


def test_a_bundled_model_is_known_by_its_name():
    config = load_config(None, {"train.start_from": "horse2zebra", "model.discriminator": "patch"})
    assert trained_against(config) == ["efficientnet-lite0"]


def test_the_model_of_a_run_remembers_that_of_a_model_that_is_gone(tmp_path):
    run = Run(tmp_path)
    model_against(run.model, "another")
    config = load_config(None, {"train.start_from": tmp_path / "gone", "model.discriminator": "projected"})
    assert trained_against(config, run) == ["another", "efficientnet-lite0"]


def test_the_card_says_it(tmp_path):
    card = ModelCard({}, None, provenance={CARD_KEY: ["another"]})
    assert model_trained_against(tmp_path / "model", card) == ["another"]


def test_a_card_that_does_not_say_it_is_completed_by_the_configuration_of_its_run(tmp_path):
    card = ModelCard({}, None)
    assert model_trained_against(tmp_path / "model", card) == []
    (tmp_path / "config.yaml").write_text(dump_config(load_config(None, ["model.discriminator=projected"])))
    assert model_trained_against(tmp_path / "model", card) == ["efficientnet-lite0"]
