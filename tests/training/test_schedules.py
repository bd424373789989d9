import numpy as np
import pytest
import tensorflow as tf

from cyclegan_tf.training.schedules import Constant, LinearDecay, learning_rate_schedule

RATE = 2e-4


def curve(schedule, steps):
    return np.array([float(schedule(step)) for step in steps])


@pytest.mark.parametrize("num_steps", [10, 101, 4000])
def test_the_linear_rate_is_constant_over_the_first_half(num_steps):
    steps = np.linspace(0, num_steps // 2, 9).astype(int)
    np.testing.assert_allclose(curve(LinearDecay(RATE, num_steps), steps), RATE, rtol=1e-6)


def test_the_linear_rate_falls_by_equal_amounts_over_the_second_half():
    rates = curve(LinearDecay(1.0, 10), range(11))
    np.testing.assert_allclose(rates, [1, 1, 1, 1, 1, 1, 0.8, 0.6, 0.4, 0.2, 0.0], atol=1e-7)


@pytest.mark.parametrize("policy", ["linear", "cosine"])
@pytest.mark.parametrize("num_steps", [1, 2, 7, 40])
def test_the_last_step_still_trains_and_the_rate_is_zero_only_after_it(policy, num_steps):
    schedule = learning_rate_schedule(policy, RATE, num_steps)
    assert (curve(schedule, range(num_steps)) > 0).all()
    assert curve(schedule, [num_steps, num_steps + 1, 2 * num_steps]) == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize(
    ("decay_start", "expected"), [(0.0, [1.0, 0.75, 0.5, 0.25]), (0.75, [1, 1, 1, 1]), (1.0, [1, 1, 1, 1])]
)
def test_the_linear_decay_starts_at_the_given_fraction(decay_start, expected):
    schedule = learning_rate_schedule("linear", 1.0, 4, decay_start)
    np.testing.assert_allclose(curve(schedule, range(4)), expected, rtol=1e-6)


def test_the_cosine_rate_is_half_a_cosine_from_the_initial_rate_to_zero():
    schedule = learning_rate_schedule("cosine", RATE, 100)
    expected = RATE * (1 + np.cos(np.pi * np.arange(101) / 100)) / 2
    np.testing.assert_allclose(curve(schedule, range(101)), expected, atol=1e-7 * RATE)


def test_the_constant_rate_is_the_same_at_every_step():
    schedule = learning_rate_schedule("constant", RATE, 10)
    np.testing.assert_allclose(curve(schedule, [0, 5, 9, 10, 99]), RATE, rtol=1e-6)


def test_an_unknown_policy_is_refused_by_name():
    with pytest.raises(ValueError, match="'linear', 'constant', 'cosine'. Received: 'step'"):
        learning_rate_schedule("step", RATE, 10)


@pytest.mark.parametrize("policy", ["linear", "constant", "cosine"])
def test_a_step_counted_by_a_variable_gives_a_float32_rate(compiled, policy):
    schedule = learning_rate_schedule(policy, RATE, 10)
    step = tf.Variable(7, dtype=tf.int64)
    rate = compiled(lambda: schedule(step))()
    assert rate.dtype == tf.float32
    assert float(rate) == pytest.approx(float(schedule(7)), rel=1e-6)


@pytest.mark.parametrize("schedule", [LinearDecay(RATE, 12, 0.25), Constant(RATE)])
def test_a_schedule_is_built_again_from_its_configuration(schedule):
    again = type(schedule).from_config(schedule.get_config())
    np.testing.assert_array_equal(curve(again, range(14)), curve(schedule, range(14)))
