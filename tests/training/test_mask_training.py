import keras
import numpy as np
import pytest
import tensorflow as tf

from cyclegan_tf.training.mask_training import MaskTraining


@pytest.fixture(scope="module")
def lesson():
    """A bright square on noise, and the mask of the square."""
    random = np.random.default_rng(0)
    images, masks = random.uniform(-1, 0, (2, 64, 64, 3)), np.zeros((2, 64, 64, 1))
    images[:, 16:48, 16:48], masks[:, 16:48, 16:48] = 1, 1
    return tf.constant(images, tf.float32), tf.constant(masks, tf.float32)


def test_it_learns_the_given_masks_and_leaves_the_frozen_network_alone(lesson):
    keras.utils.set_random_seed(0)
    training = MaskTraining()
    training.compile(keras.optimizers.Adam(3e-3))
    frozen = [weight.copy() for weight in training.network.network.get_weights()]
    losses = [float(training.step(*lesson)) for _ in range(15)]
    assert losses[-1] < losses[0] / 2
    assert float(training.loss(*lesson)) < losses[0] / 2
    assert all(map(np.array_equal, frozen, training.network.network.get_weights()))
