import numpy as np
import pytest
import tensorflow as tf

from cyclegan_tf.models.frozen import load_efficientnet_lite0
from cyclegan_tf.networks.projected_discriminator import MixedFeatures, build_heads


def photos(height=64, width=64, channels=3, seed=0):
    """Smooth random images: a frozen network sees nothing in noise."""
    coarse = np.random.default_rng(seed).uniform(-1, 1, (2, 8, 8, channels))
    return tf.image.resize(tf.constant(coarse, tf.float32), (height, width))


@pytest.fixture(scope="module")
def features():
    return MixedFeatures(load_efficientnet_lite0(), seed=0)


@pytest.mark.parametrize(("height", "width"), [(64, 64), (33, 70)])
def test_there_are_four_maps_from_fine_to_coarse(features, height, width):
    sides = [(-(-height // stride), -(-width // stride)) for stride in (4, 8, 16, 32)]
    shapes = [tuple(part.shape) for part in features(photos(height, width))]
    assert shapes == [(2, *side, channels) for side, channels in zip(sides, (32, 32, 64, 128))]


def test_the_mixing_follows_from_the_seed(features):
    same, other = (MixedFeatures(load_efficientnet_lite0(), seed)(photos()) for seed in (0, 1))
    for ours, again, different in zip(features(photos()), same, other):
        np.testing.assert_array_equal(ours, again)
        assert np.abs(ours - different).mean() > 0.1


def test_coarse_features_reach_the_finest_map(features):
    with tf.GradientTape() as tape:
        images = photos()
        tape.watch(images)
        corner = tf.reduce_sum(features(images)[0][:, :1, :1])
    # A corner of the finest map alone looks at some 43 pixels.
    assert np.abs(tape.gradient(corner, images)[:, 60:, 60:]).max() > 0


@pytest.mark.parametrize("channels", [1, 5])
def test_pictures_of_other_channels_can_be_judged(features, channels):
    assert features(photos(channels=channels))[0].shape == (2, 16, 16, 32)


@pytest.mark.parametrize("dtype", ["float32", "mixed_bfloat16", "mixed_float16"])
def test_each_head_gives_float32_logits_for_places_of_its_own(features, dtype):
    logits = build_heads("projected_a", dtype)(features(photos(128, 128)))
    assert [tuple(part.shape) for part in logits] == [(2, side, side, 1) for side in (8, 8, 4, 4)]
    assert {part.dtype for part in logits} == {tf.float32}


def test_all_variables_of_the_heads_are_their_own():
    heads = build_heads("projected_a")
    assert len(heads.trainable_variables) == 2 * 8 and len(heads.non_trainable_variables) == 8
