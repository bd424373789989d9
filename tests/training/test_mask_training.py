import keras
import numpy as np
import pytest
import tensorflow as tf

from cyclegan_tf.training.mask_training import MaskTraining, enlarged


@pytest.fixture(scope="module")
def lesson():
    """A bright square on noise, and the mask of the square."""
    random = np.random.default_rng(0)
    images, masks = random.uniform(-1, 0, (2, 64, 64, 3)), np.zeros((2, 64, 64, 1))
    images[:, 16:48, 16:48], masks[:, 16:48, 16:48] = 1, 1
    return tf.constant(images, tf.float32), tf.constant(masks, tf.float32)


@pytest.mark.slow
def test_it_learns_the_given_masks_and_leaves_the_frozen_network_alone(lesson):
    keras.utils.set_random_seed(0)
    training = MaskTraining()
    training.compile(keras.optimizers.Adam(3e-3))
    frozen = [weight.copy() for weight in training.network.network.get_weights()]
    losses = [float(training.step(*lesson, tf.constant(0))) for _ in range(12)]
    assert losses[-1] < losses[0] / 2
    assert float(training.loss(*lesson)) < losses[0] / 2
    assert all(map(np.array_equal, frozen, training.network.network.get_weights()))


def test_each_step_looks_at_another_size(lesson, monkeypatch):
    training, seen = MaskTraining(), []
    training.compile(keras.optimizers.Adam(1e-3))
    loss = training.loss

    def watched(images, masks):
        seen.append((images.shape[1:3], masks.shape[1:3]))
        return loss(images, masks)

    monkeypatch.setattr(training, "loss", watched)
    for number in range(3):
        training.step(*lesson, tf.constant(number))
    assert seen == [((side, side), (side, side)) for side in (256, 416, 256)]


@pytest.mark.parametrize(
    ("size", "expected"), [((64, 48), (416, 312)), ((300, 416), (300, 416)), ((640, 320), (640, 320))]
)
def test_pictures_are_enlarged_to_a_side_and_never_shrunk(size, expected):
    assert tuple(enlarged(tf.zeros((1, *size, 3)), 416).shape) == (1, *expected, 3)
