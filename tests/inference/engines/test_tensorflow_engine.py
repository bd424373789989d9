import numpy as np
import tensorflow as tf

from cyclegan_tf.inference.engines import tensorflow_engine
from cyclegan_tf.inference.engines.tensorflow_engine import TensorFlowEngine
from cyclegan_tf.measures.psnr import decibels


def test_a_large_picture_is_normalised_precisely(module, pictures, shallow_generators, monkeypatch):
    engine = TensorFlowEngine(module, "bfloat16")
    usual, _ = engine(pictures)
    monkeypatch.setattr(tensorflow_engine, "_MANY_PIXELS", 0)
    monkeypatch.setattr(engine, "_translate", None)
    precise, _ = engine(pictures)
    assert decibels(np.mean(np.square(precise.astype(float) - usual))) > 30


def test_bfloat16_keeps_the_picture_and_is_not_float32(module, pictures, shallow_generators):
    translated, finite = TensorFlowEngine(module, "bfloat16")(pictures)
    expected = module.translate(tf.constant(pictures))[0].numpy()
    difference = translated.astype(float) - expected
    assert 30 < decibels(np.mean(np.square(difference))) < 70
    assert finite.tolist() == [True, True]
