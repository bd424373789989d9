"""Adversarial losses that weigh patches by the share of them that is subject."""

import numpy as np
import pytest
import tensorflow as tf

from cyclegan_tf.training.losses import ADVERSARIAL, mask_cross_entropy


def logits(seed, rows=4):
    return tf.constant(np.random.default_rng(seed).normal(0, 1, (2, rows, 4, 1)), tf.float32)


def left_half():
    weights = np.zeros((2, 4, 4, 1), np.float32)
    weights[:, :, :2] = 1
    return tf.constant(weights)


@pytest.mark.parametrize("name", ADVERSARIAL)
def test_weights_of_one_change_nothing(name):
    of_discriminator, of_generator = ADVERSARIAL[name]
    ones = tf.ones((2, 4, 4, 1))
    weighted = of_discriminator(logits(0), logits(1), ones, ones), of_generator(logits(1), ones)
    np.testing.assert_allclose(
        weighted, (of_discriminator(logits(0), logits(1)), of_generator(logits(1))), rtol=1e-5
    )


@pytest.mark.parametrize("name", ADVERSARIAL)
def test_patches_without_subject_do_not_count(name):
    of_discriminator, of_generator = ADVERSARIAL[name]
    weighted = (
        of_discriminator(logits(0), logits(1), left_half(), left_half()),
        of_generator(logits(1), left_half()),
    )
    real, fake = logits(0)[:, :, :2], logits(1)[:, :, :2]
    np.testing.assert_allclose(weighted, (of_discriminator(real, fake), of_generator(fake)), rtol=1e-5)


@pytest.mark.parametrize("name", ADVERSARIAL)
def test_an_image_without_subject_teaches_nothing(name):
    _, of_generator = ADVERSARIAL[name]
    assert float(of_generator(logits(0), tf.zeros((2, 4, 4, 1)))) == 0


@pytest.mark.parametrize("name", ADVERSARIAL)
def test_the_loss_of_a_batch_is_the_mean_of_those_of_its_parts(name):
    """So several devices, each with its part, have the loss of one with the whole batch."""
    of_discriminator, of_generator = ADVERSARIAL[name]
    real, fake = logits(0), logits(1)
    weights = tf.constant(np.random.default_rng(2).uniform(0, 0.2, real.shape), tf.float32)
    whole = of_discriminator(real, fake, weights, weights[::-1]), of_generator(fake, weights)
    parts = [
        (
            of_discriminator(real[i : i + 1], fake[i : i + 1], weights[i : i + 1], weights[::-1][i : i + 1]),
            of_generator(fake[i : i + 1], weights[i : i + 1]),
        )
        for i in range(2)
    ]
    np.testing.assert_allclose(np.mean(parts, axis=0), whole, rtol=1e-5)


def test_each_image_counts_alike_however_large_its_subject():
    _, of_generator = ADVERSARIAL["hinge"]
    weights = np.zeros((2, 4, 4, 1), np.float32)
    weights[0], weights[1, 0, 0] = 1, 1
    expected = -(np.mean(logits(0)[0]) + float(logits(0)[1, 0, 0, 0])) / 2
    np.testing.assert_allclose(of_generator(logits(0), tf.constant(weights)), expected, rtol=1e-5)


def test_the_masks_loss_is_least_where_the_probability_is_the_mask():
    mask = tf.constant([[[[0.3]]]])
    losses = [float(mask_cross_entropy(tf.constant([[[[value]]]]), mask)) for value in (-2.0, -0.8473, 1.0)]
    assert losses[1] == min(losses)
    np.testing.assert_allclose(losses[1], -(0.3 * np.log(0.3) + 0.7 * np.log(0.7)), rtol=1e-4)
