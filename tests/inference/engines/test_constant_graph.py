import logging
import os
import warnings

import pytest
import tensorflow as tf

from cyclegan_tf.inference.engines.constant_graph import constant_function, converter_silenced


def test_variables_become_constants():
    variable = tf.Variable(3.0)
    function = constant_function(lambda number: number * variable, [tf.TensorSpec((), tf.float32)])
    assert not [node.op for node in function.graph.as_graph_def().node if "Variable" in node.op]
    variable.assign(0.0)
    assert function(tf.constant(2.0))[0].numpy() == 6.0


def test_a_converters_chatter_is_suppressed_and_the_loggers_are_restored(capfd):
    logger = logging.getLogger("tf2onnx")
    level = logger.level
    with converter_silenced(), warnings.catch_warnings(record=True) as caught:
        os.write(2, b"chatter\n")
        logger.warning("more chatter")
    assert capfd.readouterr().err == ""
    assert (logger.level, caught) == (level, [])


def test_what_a_converter_that_fails_wrote_is_shown(capfd):
    with pytest.raises(RuntimeError), converter_silenced():
        os.write(2, b"the reason\n")
        raise RuntimeError
    assert "the reason" in capfd.readouterr().err
