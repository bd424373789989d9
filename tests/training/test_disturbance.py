import numpy as np
import tensorflow as tf

from cyclegan_tf.training.disturbance import MAX_SHIFT, NOISE, Disturbance


def drawing(value):
    return lambda shape, number: tf.fill(shape, float(value))


def picture():
    return np.random.default_rng(3).uniform(-1, 1, (2, 24, 20, 3)).astype(np.float32)


def test_a_shift_moves_images_and_mirrors_what_comes_in():
    images = picture()
    shifted = Disturbance(2, drawing(0.999)).shifted(tf.constant(images)).numpy()
    assert np.array_equal(shifted[:, :-MAX_SHIFT, :-MAX_SHIFT], images[:, MAX_SHIFT:, MAX_SHIFT:])
    assert np.array_equal(shifted[:, -MAX_SHIFT:], shifted[:, -MAX_SHIFT - 2 : -2 * MAX_SHIFT - 2 : -1])


def test_each_image_has_a_shift_of_its_own():
    images = picture()
    draw = tf.constant([[0.0, 0.0], [0.5, 0.5]])
    moved = Disturbance(2, lambda shape, number: draw).shifted(tf.constant(images)).numpy()
    assert np.array_equal(moved[1], images[1]) and not np.array_equal(moved[0], images[0])


def test_the_draw_in_the_middle_moves_nothing():
    images = picture()
    assert np.array_equal(Disturbance(2, drawing(0.5)).shifted(tf.constant(images)).numpy(), images)


def test_no_mask_stays_no_mask():
    assert Disturbance(2, drawing(0.5)).shifted(None) is None


def test_noise_stays_within_its_bounds_and_differs_by_number():
    def draw(shape, number):
        return tf.random.stateless_uniform(shape, seed=(5, number))

    disturbance, images = Disturbance(2, draw), tf.constant(picture())
    first, second = (disturbance.with_noise(images, number).numpy() - images.numpy() for number in (1, 2))
    assert 0.9 * NOISE < np.abs(first).max() <= NOISE + 1e-6
    assert np.abs(first - second).max() > NOISE / 2
