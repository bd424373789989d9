import pytest

from cyclegan_tf.config.loading import load_config
from cyclegan_tf.training.building import build_model, discriminator_spec

SMALL = (
    "model.generator=resnet_6blocks",
    "model.generator_width=2",
    "model.discriminator_width=2",
    "train.history_size=1",
)
pytestmark = pytest.mark.usefixtures("shallow_generators")


@pytest.mark.parametrize(
    ("discriminator", "architecture", "projected"),
    [
        ("patch", "n_layers", False),
        ("n_layers", "n_layers", False),
        ("pixel", "pixel", False),
        ("projected", "none", True),
        ("projected+patch", "n_layers", True),
    ],
)
def test_a_discriminators_name_says_what_judges(discriminator, architecture, projected):
    spec = discriminator_spec(load_config(None, [f"model.discriminator={discriminator}"]))
    assert (spec.architecture, spec.projected) == (architecture, projected)


@pytest.mark.parametrize(("key", "expected"), [("null", 0.999), ("0.99", 0.99)])
def test_discriminators_can_forget_faster_than_generators(key, expected):
    config = load_config(None, [*SMALL, f"train.discriminator_beta_2={key}", "train.precision=float32"])
    model = build_model(config, 10, (32, 32))
    assert model.generator_optimizer.beta_2 == 0.999
    assert model.discriminator_optimizer.beta_2 == expected
    assert model.masks is None
