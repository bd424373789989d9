import numpy as np
import pytest

from cyclegan_tf.networks.specs import GeneratorSpec
from cyclegan_tf.training.generator_pair import GeneratorPair

pytestmark = pytest.mark.usefixtures("shallow_generators")

SPEC = GeneratorSpec("resnet_6blocks", width=2)


def make(directions, ema_decay=0.5):
    return GeneratorPair(
        dict.fromkeys(directions, SPEC), name="pair", dtype="float32", ema_decay=ema_decay, seed=0
    )


def test_one_direction_has_one_generator():
    pair = make(["ba"])
    assert pair.saved_generators == (None, pair.ema_generator_ba)
    assert pair.trained_networks == [pair.generator_ba, pair.ema_generator_ba]
    assert len(pair.generator_variables) == len(pair.generator_ba.trainable_variables)


def test_averages_follow_the_weights_by_their_decay():
    pair = make(["ab", "ba"])
    pair.ema_warm_up = False
    before = pair.ema_generator_ab.get_weights()
    pair.generator_ab.set_weights([weights + 1 for weights in before])
    pair._update_averages()
    for now, earlier in zip(pair.ema_generator_ab.get_weights(), before):
        np.testing.assert_allclose(now, earlier + 0.5, atol=1e-6)


def test_without_averages_the_trained_generators_are_saved():
    pair = make(["ab", "ba"], ema_decay=0)
    assert pair.saved_generators == (pair.generator_ab, pair.generator_ba)
