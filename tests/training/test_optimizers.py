import keras
import numpy as np
import pytest
import tensorflow as tf

from cyclegan_tf.training.optimizers import adam
from cyclegan_tf.training.schedules import LinearDecay


def numpy_adam(gradients, rate, beta_1, beta_2, epsilon=1e-8):
    """Algorithm 1 of arXiv 1412.6980 in float64, from 0: the variable after each step."""
    value = momentum = velocity = 0.0
    for step, gradient in enumerate(np.asarray(gradients, np.float64), start=1):
        momentum = beta_1 * momentum + (1 - beta_1) * gradient
        velocity = beta_2 * velocity + (1 - beta_2) * gradient**2
        root = np.sqrt(velocity / (1 - beta_2**step))
        value = value - rate * momentum / (1 - beta_1**step) / (root + epsilon)
        yield value


def built(optimizer, shape=(1,)):
    variable = keras.Variable(tf.zeros(shape))
    optimizer.build([variable])
    return optimizer, variable


@pytest.mark.parametrize(
    ("beta_1", "magnitude"), [(0.5, 1e-9), (0.9, 1e-8), (0.5, 1e-5), (0.9, 1.0), (0.5, 1e3)]
)
def test_twenty_steps_equal_the_published_algorithm_in_double_precision(compiled, beta_1, magnitude):
    gradients = magnitude * np.random.default_rng(0).normal(size=(20, 30)).astype(np.float32)
    optimizer, variable = built(adam(2e-4, beta_1, 0.999), (30,))

    def step(gradient):
        optimizer.apply_gradients([(gradient, variable)])
        return tf.convert_to_tensor(variable)

    step = compiled(step)
    for gradient, expected in zip(gradients, numpy_adam(gradients, 2e-4, beta_1, 0.999)):
        np.testing.assert_allclose(step(tf.constant(gradient)), expected, rtol=1e-5, atol=2e-9)


def test_the_rate_of_a_schedule_is_the_one_of_the_step_counted_from_zero():
    optimizer, variable = built(adam(LinearDecay(1.0, 4), 0.5, 0.999))
    values = [0.0]
    for _ in range(5):
        optimizer.apply_gradients([(tf.constant([1.0]), variable)])
        values.append(float(variable[0]))
    # A constant gradient moves the variable by the rate itself.
    np.testing.assert_allclose(-np.diff(values), [1.0, 1.0, 1.0, 0.5, 0.0], atol=1e-5)


def test_without_loss_scaling_the_optimizer_leaves_the_loss_as_it_is():
    assert float(adam(2e-4, 0.5, 0.999).scale_loss(tf.constant(3.0))) == 3.0


def test_with_loss_scaling_the_scale_cancels_in_the_update(compiled):
    optimizer, variable = built(adam(2e-4, 0.5, 0.999, loss_scaling=True), (3,))
    gradient = tf.constant([1e-3, -2.0, 1e-8])

    def step():
        optimizer.apply_gradients([(optimizer.scale_loss(gradient), variable)])
        return tf.convert_to_tensor(variable)

    np.testing.assert_allclose(compiled(step)(), [-2e-4, 2e-4, -1e-4], rtol=1e-4)
    assert float(optimizer.scale_loss(tf.constant(1.0))) > 1.0


def test_a_gradient_that_overflows_is_skipped_and_lowers_the_scale(compiled):
    optimizer, variable = built(adam(2e-4, 0.5, 0.999, loss_scaling=True))
    before = float(optimizer.scale_loss(tf.constant(1.0)))

    def step(gradient):
        optimizer.apply_gradients([(gradient, variable)])
        return tf.convert_to_tensor(variable)

    assert compiled(step)(tf.constant([np.inf])).numpy() == [0.0]
    assert float(optimizer.scale_loss(tf.constant(1.0))) == before / 2


def test_an_optimizer_is_built_again_from_its_configuration():
    optimizer = adam(3e-4, 0.4, 0.99)
    again, variable = built(type(optimizer).from_config(optimizer.get_config()))
    gradients = [[1e-8], [2e-8], [-1e-8]]
    for gradient in gradients:
        again.apply_gradients([(tf.constant(gradient), variable)])
    *_, expected = numpy_adam(gradients, 3e-4, 0.4, 0.99)
    np.testing.assert_allclose(variable, expected, rtol=1e-4)
