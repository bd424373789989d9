"""With one device nothing changes; what several give is in test_loop.py."""

from types import SimpleNamespace

import pytest
import tensorflow as tf

from cyclegan_tf.training import replicas


def test_one_device_is_the_first_of_one():
    assert (replicas.count(), replicas.number()) == (1, 0)


@pytest.mark.parametrize("function", [replicas.share, replicas.own])
def test_one_device_has_the_very_thing_that_it_is_given(function):
    given = tf.Variable(2.0)
    assert function(given) is given


def test_gradients_of_one_device_are_all_there_are():
    gradients = (tf.constant(1.0), tf.constant(2.0))
    assert all(one is other for one, other in zip(replicas.summed(gradients), gradients))


def test_one_device_draws_its_own_shape():
    assert replicas.own_rows(lambda shape: shape, (2, 5)) == (2, 5)


def test_the_steps_of_a_model_are_a_number():
    assert replicas.steps_done(SimpleNamespace(step=tf.Variable(4, dtype=tf.int64))) == 4
