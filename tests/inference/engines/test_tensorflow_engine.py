import numpy as np
import pytest
import tensorflow as tf

from cyclegan_tf.inference.engines import tensorflow_engine
from cyclegan_tf.inference.engines.tensorflow_engine import TensorFlowEngine
from cyclegan_tf.measures.psnr import decibels


@pytest.mark.parametrize("case", ["large", "gpu"])
def test_large_pictures_and_those_on_a_gpu_go_through_as_a_batch(
    module, pictures, shallow_generators, monkeypatch, case
):
    engine = TensorFlowEngine(module, "bfloat16")
    usual, _ = engine(pictures)
    if case == "large":
        monkeypatch.setattr(tensorflow_engine, "_MANY_PIXELS", 0)
    else:
        monkeypatch.setattr(engine, "_has_gpu", True)
    monkeypatch.setattr(engine, "_translate_one", None)
    precise, finite = engine(pictures)
    assert finite.tolist() == [True, True]
    assert decibels(np.mean(np.square(precise.astype(float) - usual))) > 30


def test_bfloat16_keeps_the_picture_and_is_not_float32(module, pictures, shallow_generators):
    translated, finite = TensorFlowEngine(module, "bfloat16")(pictures)
    expected = module.translate(tf.constant(pictures))[0].numpy()
    difference = translated.astype(float) - expected
    assert 30 < decibels(np.mean(np.square(difference))) < 70
    assert finite.tolist() == [True, True]
