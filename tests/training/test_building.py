import pytest

from cyclegan_tf.config.loading import load_config
from cyclegan_tf.training.building import build_model, count_steps

pytestmark = pytest.mark.usefixtures("shallow_generators")


def build(*options):
    small = ("model.generator_width=2", "model.discriminator_layers=1", "model.discriminator_width=2")
    return build_model(load_config("demo", [*small, *options]), 10, (32, 48))


@pytest.mark.parametrize(("length", "steps"), [("train.steps=7", 7), ("train.epochs=3", 15)])
def test_a_run_is_as_long_as_its_steps_or_its_epochs(length, steps):
    assert count_steps(load_config(None, [length]), 5) == steps


def test_the_keys_of_a_run_reach_the_model():
    model = build(
        "train.learning_rate=1e-3", "train.beta_1=0.25", "train.seed=3", "train.history_size=4",
        "losses.lambda_a=3", "train.ema_decay=0.75", "train.precision=float32", "model.norm_affine=true",
    )  # fmt: skip
    for optimizer in (model.generator_optimizer, model.discriminator_optimizer):
        assert (float(optimizer.learning_rate), optimizer.beta_1) == (pytest.approx(1e-3), 0.25)
    assert (model.seed, model.losses_settings.lambda_a, model.ema_decay) == (3, 3.0, 0.75)
    assert model.spec_ab.norm_affine
    assert model.history_a.images.shape == (4, 32, 48, 3)


def test_the_two_halves_have_an_optimizer_each():
    model = build()
    assert model.generator_optimizer is not model.discriminator_optimizer


@pytest.mark.parametrize(("precision", "scaled"), [("float16", True), ("bfloat16", False)])
def test_only_float16_scales_its_loss(precision, scaled):
    model = build(f"train.precision={precision}")
    assert model.generator_ab.get_layer("first_conv").compute_dtype == precision
    assert hasattr(model.discriminator_optimizer, "dynamic_scale") is scaled


def test_the_averages_remember_a_model_to_start_from(tmp_path):
    assert build().ema_warm_up
    assert not build(f"train.start_from={tmp_path}").ema_warm_up


@pytest.mark.parametrize(("key", "expected"), [("null", 0.999), ("0.99", 0.99)])
def test_discriminators_can_forget_faster_than_generators(key, expected):
    model = build(f"train.discriminator_beta_2={key}", "train.beta_2=0.999", "train.precision=float32")
    assert model.generator_optimizer.beta_2 == 0.999
    assert model.discriminator_optimizer.beta_2 == expected
    assert model.masks is None
