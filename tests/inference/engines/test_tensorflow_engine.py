import numpy as np
import tensorflow as tf

from cyclegan_tf.inference.engines.tensorflow_engine import TensorFlowEngine
from cyclegan_tf.measures.psnr import decibels


def test_bfloat16_keeps_the_picture_and_is_not_float32(module, pictures, shallow_generators):
    translated, finite = TensorFlowEngine(module, "bfloat16")(pictures)
    expected = module.translate(tf.constant(pictures))[0].numpy()
    difference = translated.astype(float) - expected
    assert 30 < decibels(np.mean(np.square(difference))) < 70
    assert finite.tolist() == [True, True]
