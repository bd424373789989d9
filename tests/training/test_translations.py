import numpy as np
import tensorflow as tf

from cyclegan_tf.training.translations import as_floats, change_outside, composited, with_mask, without_mask

IMAGES = tf.constant([[[[-1.0, 0.0, 1.0], [0.5, 0.5, 0.5]]]])
TRANSLATED = tf.constant([[[[1.0, 1.0, 1.0], [-0.5, -0.5, -0.5]]]])
MASK = tf.constant([[[[1.0], [0.25]]]])


def test_images_become_floats_around_zero_and_masks_floats_from_zero():
    black, white = (np.full((1, 2, 2, 3), level, np.uint8) for level in (0, 255))
    batch = [tf.constant(part) for part in (black, white, black[..., :1], white[..., :1])]
    real_a, real_b, mask_a, mask_b = as_floats(batch)
    assert [float(tf.reduce_mean(part)) for part in (real_a, real_b, mask_a, mask_b)] == [-1, 1, 0, 1]


def test_a_translation_is_composited_over_its_input_by_the_mask():
    np.testing.assert_allclose(composited(TRANSLATED, IMAGES, MASK), [[[[1, 1, 1], [0.25, 0.25, 0.25]]]])
    assert composited(TRANSLATED, IMAGES, None) is TRANSLATED


def test_a_mask_travels_as_the_last_channel():
    images, mask = without_mask(with_mask(IMAGES, MASK), masked=True)
    np.testing.assert_array_equal(images, IMAGES)
    np.testing.assert_array_equal(mask, MASK)
    assert without_mask(with_mask(IMAGES, None), masked=False) == (IMAGES, None)


def test_only_what_changes_outside_the_mask_counts():
    # The second pixel alone, by 1 in all three channels, at three quarters: of six values in all.
    assert float(change_outside(TRANSLATED, IMAGES, MASK)) == 3 * 0.75 / 6
