import numpy as np
import pytest
import tensorflow as tf

from cyclegan_tf.training.augmentation import BLUR_SIGMA, BLUR_STEPS, augment, blur

# Nothing changes but for the cut-out square, which here begins beyond the lower right corner's quarter.
UNCHANGED = (0.5, 0.5, 0.5)


def images(count=2, height=16, width=20, channels=3):
    return tf.constant(np.random.default_rng(0).uniform(-1, 1, (count, height, width, channels)), tf.float32)


def drawn(*draws, count=2):
    return tf.constant([draws] * count, tf.float32)


def test_draws_in_the_middle_change_nothing_but_the_square_that_is_cut_out():
    given, result = images().numpy(), augment(images(), drawn(*UNCHANGED, 0.5, 0.5)).numpy()
    expected = given.copy()
    expected[:, 5:12, 6:15] = 0
    np.testing.assert_allclose(result, expected, atol=1e-6)


@pytest.mark.parametrize(
    ("draws", "change"),
    [
        ((0.75, 0.5, 0.5), lambda x: x + 0.25),
        ((0.5, 0.0, 0.5), lambda x: np.repeat(x.mean(axis=3, keepdims=True), 3, axis=3)),
        ((0.5, 0.5, 0.0), lambda x: (x + x.mean(axis=(1, 2, 3), keepdims=True)) / 2),
    ],
    ids=["brightness", "saturation", "contrast"],
)
def test_a_draw_changes_its_property(draws, change):
    result = augment(images(), drawn(*draws, 0.0, 0.0)).numpy()
    np.testing.assert_allclose(result[:, 4:, 5:], change(images().numpy())[:, 4:, 5:], atol=1e-5)


def test_each_image_has_its_own_draws():
    draws = tf.constant([[0.9, 0.5, 0.5, 0.0, 0.0], [0.1, 0.5, 0.5, 0.0, 0.0]])
    result = augment(images(), draws) - images()
    np.testing.assert_allclose(result[:, 8, 8, 0], [0.4, -0.4], atol=1e-6)


def test_the_first_blur_is_a_gaussian():
    import cv2

    given = images(1, 40, 44).numpy()
    expected = cv2.GaussianBlur(given[0], (0, 0), BLUR_SIGMA)
    # The edges are treated in another way: weights there are shared by the pixels that exist.
    inner = (slice(9, -9), slice(9, -9))
    np.testing.assert_allclose(blur(tf.constant(given), 0)[0].numpy()[inner], expected[inner], atol=0.01)


def test_a_flat_image_stays_flat_up_to_its_edges():
    flat = tf.fill((1, 12, 14, 3), 0.7)
    np.testing.assert_allclose(blur(flat, 0), flat, atol=1e-6)


@pytest.mark.parametrize("step", [BLUR_STEPS, BLUR_STEPS * 4])
def test_the_blur_is_gone_in_the_end(step):
    np.testing.assert_allclose(blur(images(), step), images(), atol=1e-6)
