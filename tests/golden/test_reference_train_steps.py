"""Five training steps from the initial weights of the PyTorch reference, against its results."""

from types import SimpleNamespace

import numpy as np
import pytest
import tensorflow as tf

from cyclegan_tf.networks.specs import DiscriminatorSpec, GeneratorSpec
from cyclegan_tf.training.cyclegan import CycleGAN
from cyclegan_tf.training.optimizers import adam

NETWORKS = {
    "G_A": "generator_ab",
    "G_B": "generator_ba",
    "D_A": "discriminator_b",
    "D_B": "discriminator_a",
}
LOSSES = {
    "G_A": "adversarial_ab",
    "G_B": "adversarial_ba",
    "cycle_A": "cycle_a",
    "cycle_B": "cycle_b",
    "idt_A": "identity_b",
    "idt_B": "identity_a",
    "D_A": "discriminator_b",
    "D_B": "discriminator_a",
}
# Convolutions without a norm after them. A norm removes the bias before it, so that bias has a gradient of
# zero except for rounding. Adam turns the rounding into full steps, so the bias is noise on both sides.
BIASES_THAT_COUNT = ("layer_1_conv", "last_conv")


@pytest.fixture(scope="module")
def numbers(read_numbers):
    return read_numbers("train_steps.npz")


@pytest.fixture(scope="module")
def start(numbers, load_reference):
    """A function that makes a model with the reference's initial weights."""

    def make():
        model = CycleGAN(GeneratorSpec("resnet_6blocks", width=8), DiscriminatorSpec(width=8), ema_decay=0)
        for theirs, ours in NETWORKS.items():
            load_reference(getattr(model, ours), numbers, f"init/{theirs}")
        model.compile(adam(2e-4, 0.5, 0.999), adam(2e-4, 0.5, 0.999), image_size=(64, 64))
        return model

    return make


def batch(numbers, step):
    return tf.constant(numbers[f"step{step}/real_a"]), tf.constant(numbers[f"step{step}/real_b"])


@pytest.fixture(scope="module")
def run(numbers, start):
    """Our five steps: the final model, and the losses and fakes of each step."""
    model, fakes, losses = start(), [], []
    train_step = tf.function(lambda real_a, real_b: model.train_step((real_a, real_b)))
    for step in range(5):
        real_a, real_b = batch(numbers, step)
        fakes.append(
            {"fake_a": model.generator_ba(real_b).numpy(), "fake_b": model.generator_ab(real_a).numpy()}
        )
        values = train_step(real_a, real_b)
        losses.append({name: float(values[name]) for name in LOSSES.values()})
    return SimpleNamespace(model=model, fakes=fakes, losses=losses)


# The runs diverge because training is chaotic, not because the methods differ. One rounding of the weights
# after the first step, 4e-9, flips the sign of the input of some ReLU or absolute value. That changes the
# gradients of the second step by 6e-3. Our run in float64 agrees with ours in float32 to four digits and is
# as far from the reference. Measured: 5e-7, 3e-7, 2e-4, 2e-3, 2e-2.
@pytest.mark.parametrize(("step", "tolerance"), list(enumerate([1e-5, 1e-5, 1e-3, 5e-2, 5e-2])))
def test_the_losses_of_a_step_equal_those_of_the_reference(numbers, run, step, tolerance):
    expected = {ours: float(numbers[f"step{step}/loss/{theirs}"]) for theirs, ours in LOSSES.items()}
    assert run.losses[step] == pytest.approx(expected, rel=tolerance)


@pytest.mark.parametrize("step", [0, 1])
@pytest.mark.parametrize("fake", ["fake_a", "fake_b"])
def test_the_fakes_of_the_first_steps_equal_those_of_the_reference(numbers, run, step, fake):
    np.testing.assert_allclose(run.fakes[step][fake], numbers[f"step{step}/{fake}"], atol=1e-5)


def counted_weights(pairs):
    """Our variables and the reference's arrays, without the biases that are noise."""
    return [
        (ours, theirs)
        for layer, ours, theirs in pairs
        if ours is layer.kernel or layer.name in BIASES_THAT_COUNT
    ]


@pytest.mark.parametrize("network", NETWORKS)
def test_the_weights_after_five_steps_equal_those_of_the_reference(numbers, run, reference_weights, network):
    model = getattr(run.model, NETWORKS[network])
    for variable, expected in counted_weights(reference_weights(model, numbers, f"final/{network}")):
        np.testing.assert_allclose(variable, expected, atol=1e-3, rtol=0, err_msg=variable.path)


# Five steps of Adam move no weight by more than 1.2e-3, so the bound above is weak on its own. Relative to
# the distance that the reference's weights moved, the mean difference is 0.10 and 0.13 in the generators,
# 0.01 and 0.02 in the discriminators. A learning rate that is wrong by a half would make it 0.5.
@pytest.mark.parametrize(("network", "share"), [("G_A", 0.25), ("G_B", 0.25), ("D_A", 0.05), ("D_B", 0.05)])
def test_the_weights_moved_as_far_as_those_of_the_reference(numbers, run, reference_weights, network, share):
    model = getattr(run.model, NETWORKS[network])
    final = counted_weights(reference_weights(model, numbers, f"final/{network}"))
    initial = counted_weights(reference_weights(model, numbers, f"init/{network}"))
    difference = sum(np.abs(ours - theirs).sum() for ours, theirs in final)
    moved = sum(np.abs(after - before).sum() for (_, after), (_, before) in zip(final, initial))
    assert difference < share * moved


@pytest.mark.parametrize("network", NETWORKS.values())
def test_a_bias_before_a_norm_changes_nothing_and_any_other_does(start, network):
    model = getattr(start(), network)
    picture = tf.random.stateless_uniform((1, 64, 64, 3), seed=[0, 1], minval=-1.0)
    before = model(picture).numpy()
    counted, ignored = [], []
    for layer in model.layers:
        if hasattr(layer, "bias"):
            bias = layer.bias.numpy()
            layer.bias.assign(bias + np.linspace(0.1, 0.2, bias.size))
            difference = np.abs(model(picture) - before).max()
            (counted if layer.name in BIASES_THAT_COUNT else ignored).append(difference)
            layer.bias.assign(bias)
    assert min(counted) > 1e-2
    assert max(ignored) < 1e-4


def gradients(model, real_a, real_b):
    """The gradients of one step as in the paper, all computed before any update."""
    with tf.GradientTape(persistent=True) as tape:
        images = model.translate_all(real_a, real_b)
        for_generators = tf.add_n(list(model.generator_losses(images).values()))
        fakes = tf.stop_gradient(images.fake_a), tf.stop_gradient(images.fake_b)
        for_discriminators = tf.add_n(list(model.discriminator_losses(images, *fakes).values()))
    return [
        np.float64(gradient)
        for loss, variables in (
            (for_generators, model.generator_variables),
            (for_discriminators, model.discriminator_variables),
        )
        for gradient in tape.gradient(loss, variables)
    ]


def test_two_steps_move_the_weights_as_adam_in_double_precision_would(numbers, start):
    model = start()
    variables = model.generator_variables + model.discriminator_variables
    momentum, velocity = [0.0] * len(variables), [0.0] * len(variables)
    for step in range(2):
        real_a, real_b = batch(numbers, step)
        slopes = gradients(model, real_a, real_b)
        before = [np.float64(variable) for variable in variables]
        model.train_step((real_a, real_b))
        for i, variable in enumerate(variables):
            momentum[i] = 0.5 * momentum[i] + 0.5 * slopes[i]
            velocity[i] = 0.999 * velocity[i] + 0.001 * slopes[i] ** 2
            root = np.sqrt(velocity[i] / (1 - 0.999 ** (step + 1)))
            expected = before[i] - 2e-4 * momentum[i] / (1 - 0.5 ** (step + 1)) / (root + 1e-8)
            np.testing.assert_allclose(variable, expected, atol=2e-7, rtol=0, err_msg=variable.path)
