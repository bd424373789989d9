import numpy as np
import pytest
import tensorflow as tf

from cyclegan_tf.training.projected import ProjectedDiscriminator, View, patch_weights

STEP, DRAWS = 10**6, tf.constant([[0.5, 0.5, 0.5, 0.0, 0.0]])


@pytest.fixture(scope="module")
def judge():
    return ProjectedDiscriminator("projected_b", seed=0)


def images(seed=0):
    coarse = np.random.default_rng(seed).uniform(-1, 1, (1, 8, 8, 3))
    return tf.image.resize(tf.constant(coarse, tf.float32), (64, 64))


def half_mask():
    mask = np.zeros((1, 64, 64, 1), np.float32)
    mask[:, :, 32:] = 1
    return tf.constant(mask)


def test_the_generators_loss_is_the_mean_of_the_four_heads(judge):
    view = judge.look(images(), None, DRAWS, STEP)
    expected = -np.mean([np.mean(part) for part in judge.heads(view.maps)])
    np.testing.assert_allclose(judge.generator_loss(view), expected, rtol=1e-5)


def test_the_discriminators_loss_is_hinge(judge):
    real, fake = (judge.look(images(seed), None, DRAWS, STEP) for seed in (0, 1))
    pairs = zip(judge.heads(real.maps), judge.heads(fake.maps))
    losses = [np.mean(np.maximum(0, 1 - r)) / 2 + np.mean(np.maximum(0, 1 + f)) / 2 for r, f in pairs]
    loss = judge.discriminator_loss(real, fake, training=False)
    np.testing.assert_allclose(loss, np.mean(losses), rtol=1e-5)


def test_only_training_the_heads_moves_their_spectral_norms(judge):
    def vectors():
        return [variable.numpy() for variable in judge.heads.non_trainable_variables]

    view, before = judge.look(images(), None, DRAWS, STEP), vectors()
    judge.generator_loss(view)
    judge.discriminator_loss(view, view, training=False)
    assert all(np.array_equal(one, other) for one, other in zip(before, vectors()))
    judge.discriminator_loss(view, view)
    assert not any(np.array_equal(one, other) for one, other in zip(before, vectors()))


def test_a_view_without_gradient_teaches_the_generator_nothing(judge):
    with tf.GradientTape(persistent=True) as tape:
        given = images()
        tape.watch(given)
        view = judge.look(given, None, DRAWS, STEP)
        through, apart = judge.generator_loss(view), judge.generator_loss(view.without_gradient())
    assert np.abs(tape.gradient(through, given)).max() > 0
    assert tape.gradient(apart, given) is None


def test_patches_outside_the_mask_do_not_count(judge):
    logits = [tf.constant(np.linspace(-1, 1, 16).reshape(1, 4, 4, 1), tf.float32)] * 4
    judge_of_logits = ProjectedDiscriminator.__new__(ProjectedDiscriminator)
    judge_of_logits.heads = lambda maps, training: maps
    loss = judge_of_logits.generator_loss(View(logits, half_mask()))
    np.testing.assert_allclose(loss, -np.mean(logits[0][:, :, 2:]), rtol=1e-5)


def test_the_weights_of_patches_are_the_shares_of_subject():
    weights = patch_weights(half_mask(), tf.zeros((1, 3, 3, 1)))
    np.testing.assert_allclose(weights[0, :, :, 0], [[0, 0.5, 1]] * 3, atol=1e-5)


def test_without_a_mask_there_are_no_weights():
    assert patch_weights(None, tf.zeros((1, 3, 3, 1))) is None
