import numpy as np
import pytest
import tensorflow as tf

from cyclegan_tf.models.frozen import load_efficientnet_lite0
from cyclegan_tf.networks.mask_network import MaskedGenerator, MaskNetwork, build_mask_decoder, composite


@pytest.fixture(scope="module")
def masks():
    return MaskNetwork(load_efficientnet_lite0(), build_mask_decoder())


def images(height=40, width=52, channels=3):
    levels = np.random.default_rng(0).integers(0, 256, (2, height, width, channels), dtype=np.uint8)
    return tf.constant(levels)


@pytest.mark.parametrize(("height", "width", "channels"), [(40, 52, 3), (33, 65, 1), (600, 40, 3)])
def test_a_mask_has_the_size_of_its_picture(masks, height, width, channels):
    mask = masks(images(height, width, channels)).numpy()
    assert mask.shape == (2, height, width, 1)
    assert mask.min() >= 0 and mask.max() <= 1


def test_levels_and_floats_of_a_picture_have_the_same_mask(masks):
    floats = tf.cast(images(), tf.float32) / 127.5 - 1
    np.testing.assert_allclose(masks(images()), masks(floats), atol=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("size", "looked_at"),
    [((100, 1024), (50, 512)), ((40, 52), (197, 256)), ((128, 1), (256, 2)), ((300, 200), (300, 200))],
)
@pytest.mark.parametrize("is_known", [True, False], ids=["size known", "size unknown"])
def test_pictures_are_looked_at_at_a_usual_size(masks, size, looked_at, is_known):
    seen = []

    def network(shown, training):
        tf.py_function(lambda shown: seen.append(tuple(shown.shape)), [shown], [])
        return masks.network(shown)

    shape = (2, *size, 3) if is_known else (None, None, None, 3)
    spied = tf.function(
        MaskNetwork(network, masks.decoder).logits, input_signature=[tf.TensorSpec(shape, tf.uint8)]
    )
    assert spied(images(*size)).shape == (2, *size, 1)
    assert seen == [(2, *looked_at, 3)]


def test_a_small_picture_has_the_mask_of_the_same_picture_enlarged(masks):
    small = images(96, 128)
    enlarged = tf.image.resize(tf.cast(small, tf.float32) / 127.5 - 1, (192, 256))
    expected = tf.image.resize(masks.decoder(masks.network(enlarged)[:-1]), (96, 128))
    np.testing.assert_allclose(masks.logits(small), expected, atol=1e-4)


def test_probabilities_below_the_lowest_are_exactly_no_mask(masks, monkeypatch):
    monkeypatch.setattr(masks, "logits", lambda _: tf.constant([[-9.0, -1.5, 0.0, 1.5, 9.0]]))
    np.testing.assert_allclose(masks(None)[0], [0, 0, 0.5, 1, 1], atol=1e-6)


@pytest.mark.parametrize("dtype", [tf.uint8, tf.uint16])
def test_where_the_mask_is_0_every_level_stays_as_it_was(dtype):
    from cyclegan_tf.networks.ranges import to_levels, to_unit

    levels = tf.range(dtype.max + 1, dtype=tf.int32)
    picture = tf.cast(tf.reshape(levels, (1, 1, -1, 1)), dtype)
    translated = tf.fill(picture.shape, 0.37)
    laid_over = composite(translated, to_unit(picture), tf.zeros(picture.shape))
    np.testing.assert_array_equal(to_levels(laid_over, dtype), picture)


def test_a_masked_generator_keeps_what_its_mask_leaves_out():
    half = np.zeros((2, 40, 52, 1), np.float32)
    half[:, :, 26:] = 1
    given = tf.cast(images(), tf.float32) / 127.5 - 1
    result = MaskedGenerator(lambda x, training: -x, lambda _: tf.constant(half))(given).numpy()
    np.testing.assert_array_equal(result[:, :, :26], given[:, :, :26])
    np.testing.assert_array_equal(result[:, :, 26:], -given[:, :, 26:])


def test_the_decoder_is_small():
    assert build_mask_decoder().count_params() == 105_921
