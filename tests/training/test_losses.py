import math
from typing import get_args

import numpy as np
import pytest
import tensorflow as tf

from cyclegan_tf.networks.specs import Adversarial
from cyclegan_tf.training.losses import ADVERSARIAL, gradient_penalty, mean_absolute_error

LOG_3 = math.log(3.0)  # the logit of a probability of 3/4


def logits(*values, dtype="float32"):
    return tf.reshape(tf.constant(values, dtype), (1, 1, -1, 1))


def images(*vectors):
    """Pictures of one row of pixels, one for each vector."""
    return tf.constant(vectors, tf.float32)[:, tf.newaxis, :, tf.newaxis]


def linear(*weights):
    """A discriminator with the same gradient everywhere."""
    return lambda x: tf.reduce_sum(x * images(weights), axis=[1, 2, 3], keepdims=True)


def half_square(x):
    """A discriminator whose gradient at a picture is the picture."""
    return tf.reduce_sum(tf.square(x), axis=[1, 2, 3], keepdims=True) / 2.0


@pytest.mark.parametrize(
    ("name", "real", "fake", "expected"),
    [
        ("lsgan", (3.0, 1.0), (1.0, -2.0), (2.0 + 2.5) / 2),
        ("vanilla", (LOG_3, LOG_3), (-LOG_3, LOG_3), -(1.5 * math.log(3 / 4) + 0.5 * math.log(1 / 4)) / 2),
        ("hinge", (2.0, 0.5), (-2.0, 0.5), (0.25 + 0.75) / 2),
        ("wgan_gp", (2.0, 0.5), (-2.0, 0.5), -0.75 - 1.25),
    ],
)
def test_a_discriminator_loss_equals_the_number_worked_out_by_hand(compiled, name, real, fake, expected):
    loss = compiled(ADVERSARIAL[name][0])(logits(*real), logits(*fake))
    assert float(loss) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize(
    ("name", "fake", "expected"),
    [
        ("lsgan", (1.0, -2.0), 4.5),
        ("vanilla", (LOG_3, -LOG_3), -(math.log(3 / 4) + math.log(1 / 4)) / 2),
        ("hinge", (-2.0, 0.5), 0.75),
        ("wgan_gp", (-2.0, 0.5), 0.75),
    ],
)
def test_a_generator_loss_equals_the_number_worked_out_by_hand(compiled, name, fake, expected):
    assert float(compiled(ADVERSARIAL[name][1])(logits(*fake))) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("name", ADVERSARIAL)
@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_adversarial_losses_of_half_precision_logits_are_taken_in_float32(name, dtype):
    discriminator_loss, generator_loss = ADVERSARIAL[name]
    large = logits(-320.0, -320.0, dtype=dtype)  # its square is beyond float16
    for loss in (discriminator_loss(large, -large), generator_loss(large)):
        assert loss.dtype == tf.float32
        assert 300.0 < float(loss) < 1.1e5


def test_the_absolute_error_is_a_mean_over_all_elements(compiled):
    error = compiled(mean_absolute_error)(images([1.0, -1.0], [0.0, 0.5]), images([0.0, 1.0], [0.0, 0.0]))
    assert float(error) == pytest.approx((1.0 + 2.0 + 0.0 + 0.5) / 4)


def test_the_absolute_error_of_half_precision_images_is_taken_in_float32():
    grey = tf.ones((1, 64, 64, 3), tf.bfloat16)
    error = mean_absolute_error(grey, tf.zeros_like(grey))
    assert error.dtype == tf.float32
    assert float(error) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("weights", "expected"), [((3.0, 4.0), 16.0), ((0.6, 0.8), 0.0), ((0.0, 0.5), 0.25), ((0.0, 0.0), 1.0)]
)
def test_the_penalty_is_the_square_of_the_gradient_norm_less_one(compiled, weights, expected):
    mix = tf.fill((2, 1, 1, 1), 0.3)
    real, fake = images([1.0, 2.0], [0.0, 0.0]), images([-1.0, 0.5], [3.0, 0.0])
    penalty = compiled(lambda *args: gradient_penalty(linear(*weights), *args))(real, fake, mix)
    assert penalty.dtype == tf.float32
    assert float(penalty) == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize(("mix", "expected"), [(1.0, 16.0), (0.0, 1.0), (0.5, 6.25)])
def test_the_penalty_looks_where_the_draw_says_between_fake_and_real(compiled, mix, expected):
    real, fake = images([3.0, 4.0]), images([1.2, 1.6])
    mixes = tf.fill((1, 1, 1, 1), mix)
    penalty = compiled(lambda *args: gradient_penalty(half_square, *args))(real, fake, mixes)
    assert float(penalty) == pytest.approx(expected, rel=1e-5)


def test_each_image_has_its_own_norm_and_its_own_draw():
    real, fake = images([3.0, 0.0], [3.0, 0.0]), images([1.0, 0.0], [1.0, 0.0])
    mixes = tf.reshape([1.0, 0.0], (2, 1, 1, 1))
    assert float(gradient_penalty(half_square, real, fake, mixes)) == pytest.approx((4.0 + 0.0) / 2, rel=1e-5)


@pytest.mark.parametrize("scale", [0.25, 1.0, 3.0])
def test_the_penalty_has_the_right_gradient_for_the_discriminator(compiled, scale):
    variable = tf.Variable(scale)
    picture, mix = images([0.1, 0.7]), tf.fill((1, 1, 1, 1), 0.5)

    def slope():
        with tf.GradientTape() as tape:
            direction = linear(0.6, 0.8)
            penalty = gradient_penalty(lambda x: variable * direction(x), picture, -picture, mix)
        return tape.gradient(penalty, variable)

    # The gradient's norm is the scale, so the penalty is (scale - 1) squared.
    assert float(compiled(slope)()) == pytest.approx(2 * (scale - 1), abs=1e-5)


def test_the_gradient_of_the_penalty_stays_finite_where_a_discriminator_is_flat():
    variable = tf.Variable(0.0)
    picture, mix = images([0.1, 0.7]), tf.fill((1, 1, 1, 1), 0.5)
    with tf.GradientTape() as tape:
        penalty = gradient_penalty(lambda x: variable * linear(0.6, 0.8)(x), picture, -picture, mix)
    assert np.isfinite(tape.gradient(penalty, variable))


def test_every_adversarial_loss_that_can_be_chosen_is_there():
    assert tuple(ADVERSARIAL) == get_args(Adversarial)
