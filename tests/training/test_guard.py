import logging
from types import SimpleNamespace

import numpy as np
import pytest
import tensorflow as tf

from cyclegan_tf.errors import DivergedError
from cyclegan_tf.training.callbacks import Guard
from cyclegan_tf.training.guard import (
    ADVICE,
    diversity,
    find_non_finite,
    has_won,
    luminance_correlation,
    signs,
)

HEALTHY_LOSSES = {
    "adversarial_ab": 0.4,
    "cycle_a": 1.5,
    "generator_gradient_norm": 3.0,
    "discriminator_a": 0.2,
    "discriminator_b": 0.25,
    "discriminator_gradient_norm": 0.5,
}


def pictures(count=4, channels=3, seed=0):
    """Smooth pictures, each with light and dark places of its own."""
    coarse = np.random.default_rng(seed).uniform(20, 235, (count, 4, 4, channels))
    return np.repeat(np.repeat(coarse, 8, axis=1), 8, axis=2).astype(np.uint8)


def recoloured(inputs):
    """What a generator at work does: the scene stays, its colours and texture are others."""
    noise = np.random.default_rng(1).normal(0, 8, inputs.shape)
    shifted = inputs * np.array([1.0, 0.8, 0.6]) + np.array([20.0, 5.0, 0.0]) + noise
    return shifted.clip(0, 255).astype(np.uint8)


# Values


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf"), np.float32("nan")])
def test_the_first_value_that_is_not_finite_is_named(value):
    assert find_non_finite({"cycle_a": 1.0, "cycle_b": value, "identity_a": float("nan")}) == "cycle_b"


def test_the_correlation_is_of_brightness_as_it_is_seen_not_of_channels():
    # Brighter in blue, darker in green: green counts more.
    inputs = np.full((1, 2, 2, 3), 100, np.uint8)
    inputs[0, 0] = 150
    outputs = np.full((1, 2, 2, 3), 100, np.uint8)
    outputs[0, 0] = (100, 70, 180)
    assert luminance_correlation(inputs, outputs) < -0.99


def test_a_picture_of_one_brightness_correlates_with_nothing():
    assert luminance_correlation(pictures(), np.full((4, 32, 32, 3), 7, np.uint8)) == 0.0


def test_channels_other_than_three_are_averaged():
    inputs = pictures(channels=1)
    assert luminance_correlation(inputs, 255 - inputs) == pytest.approx(-1.0)
    assert signs(inputs, 255 - inputs) == {"inversion"}


def test_diversity_is_the_spread_of_the_outputs_over_that_of_the_inputs():
    inputs = pictures()
    assert diversity(inputs, inputs) == 1.0
    assert diversity(inputs, inputs // 2) == pytest.approx(0.5, abs=0.02)
    assert diversity(inputs, np.repeat(inputs[:1], 4, axis=0)) == 0.0


def test_inputs_that_are_alike_say_nothing_of_a_collapse():
    inputs = np.repeat(pictures(1), 4, axis=0)
    assert diversity(inputs, inputs) == 1.0


# Signs


def test_healthy_translations_show_no_sign():
    for seed in range(5):
        inputs = pictures(seed=seed)
        assert signs(inputs, recoloured(inputs)) == set()


@pytest.mark.parametrize(
    ("translate", "sign"),
    [
        (lambda inputs: 255 - inputs, "inversion"),
        (lambda inputs: 255 - inputs // 3, "inversion"),
        (lambda inputs: np.repeat(recoloured(inputs)[:1], len(inputs), axis=0), "collapse"),
        (lambda inputs: inputs, "unchanged"),
        (lambda inputs: np.minimum(inputs, 250) + np.uint8(2), "unchanged"),
    ],
)
def test_each_sign_is_found_alone(translate, sign):
    inputs = pictures()
    assert signs(inputs, translate(inputs)) == {sign}


def test_one_picture_cannot_collapse():
    assert "collapse" not in signs(pictures(1), np.zeros((1, 32, 32, 3), np.uint8))


def test_domains_of_other_channels_are_not_called_unchanged():
    inputs = pictures(channels=1)
    assert signs(inputs, np.repeat(inputs, 3, axis=-1)) == set()


@pytest.mark.parametrize(
    ("adversarial", "low", "settled"),
    [("lsgan", 0.005, 0.16), ("vanilla", 0.01, 0.5), ("hinge", 0.02, 0.7)],
)
def test_a_discriminator_has_won_far_below_where_a_loss_settles(adversarial, low, settled):
    assert has_won(adversarial, low)
    assert not has_won(adversarial, settled)


def test_a_wasserstein_critic_has_no_loss_to_win_at():
    assert not has_won("wgan_gp", -1000.0)


# The callback


class Run:
    """Lets a Guard look at steps of generators that are plain functions of tensors in [-1, 1]."""

    def __init__(self, ab, ba, **options):
        samples = options.pop("samples", (pictures(seed=1), pictures(seed=2)))
        options = {"every": 1, "num_steps": 10**6, "adversarial": "lsgan", **options}
        self.guard = Guard(
            options.pop("every"), options.pop("num_steps"), samples, options.pop("adversarial")
        )
        for name, value in options.items():
            setattr(self.guard, name, value)
        wrap = [lambda images, training, one=one: one(images) for one in (ab, ba)]
        self.model = SimpleNamespace(step=0, inference_generators=tuple(wrap))
        self.guard.set_model(self.model)

    def steps(self, count, **losses):
        for _ in range(count):
            self.model.step += 1
            self.guard.on_train_batch_end(0, {**HEALTHY_LOSSES, **losses})


def healthy(images):
    return images * tf.constant([0.8, 0.7, 0.5]) + tf.constant([0.2, -0.1, 0.0])


def collapsed(images):
    return tf.ones_like(images) * healthy(images)[:1]


def warnings_of(caplog):
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]


def test_nothing_fires_on_a_healthy_run(caplog):
    Run(healthy, healthy).steps(30)
    assert warnings_of(caplog) == []


@pytest.mark.parametrize(
    ("generator", "sign"),
    [(lambda images: -images, "inversion"), (collapsed, "collapse"), (lambda images: images, "unchanged")],
)
def test_a_sign_in_one_generator_is_warned_of_with_step_name_and_advice(caplog, generator, sign):
    Run(healthy, generator).steps(10)
    assert warnings_of(caplog) == [f"step 3, generator_ba: {ADVICE[sign]}"]


def test_a_discriminator_that_has_won_is_warned_of(caplog):
    Run(healthy, healthy).steps(5, discriminator_b=0.001)
    assert warnings_of(caplog) == [f"step 3, discriminator_b: {ADVICE['won']}"]


@pytest.mark.parametrize(
    ("every", "low", "high", "warnings"),
    [(1, 2, {}, 0), (1, 5, {}, 5), (4, 3, {"discriminator_a": 0.5}, 0)],
    ids=["it comes and goes", "it stays and comes back", "its mean is high"],
)
def test_a_sign_must_last_and_is_judged_by_the_mean_between_two_looks(caplog, every, low, high, warnings):
    run = Run(healthy, healthy, every=every)
    for _ in range(5):
        run.steps(low, discriminator_a=0.001)
        run.steps(1, **high)
    assert len(warnings_of(caplog)) == warnings


def test_no_samples_leave_the_losses_to_look_at(caplog):
    empty = np.zeros((0, 32, 32, 3), np.uint8)
    Run(healthy, healthy, samples=(empty, empty)).steps(3, discriminator_a=0.001)
    assert len(warnings_of(caplog)) == 1


@pytest.mark.parametrize("name", list(HEALTHY_LOSSES))
def test_the_first_value_that_is_not_finite_stops_the_run_with_quantity_and_step(name):
    run = Run(healthy, healthy)
    run.steps(4)
    with pytest.raises(DivergedError, match="diverged at step 5") as caught:
        run.steps(1, **{name: float("inf")})
    assert caught.value.detail == f"{name} is inf; this state was not saved"
    assert caught.value.exit_code == 7


def test_under_float16_a_norm_may_overflow_for_a_while_but_not_for_ever():
    run = Run(healthy, healthy, overflows=5)
    for _ in range(3):
        run.steps(5, generator_gradient_norm=float("inf"))
        run.steps(1)
    run.steps(5, generator_gradient_norm=float("nan"))
    with pytest.raises(DivergedError):
        run.steps(1, generator_gradient_norm=float("nan"))


def test_an_overflow_under_float16_does_not_hide_a_loss_that_is_not_finite():
    run = Run(healthy, healthy, overflows=5)
    with pytest.raises(DivergedError) as caught:
        run.steps(1, generator_gradient_norm=float("inf"), discriminator_a=float("nan"))
    assert caught.value.detail.startswith("discriminator_a is nan")
