import logging
import os
import warnings

import numpy as np
import pytest
import tensorflow as tf

from cyclegan_tf.exporters.graph import converter_silenced, frozen_function, frozen_graph


def test_the_graph_has_no_variables(translator):
    assert not [node.op for node in frozen_graph(translator).node if "Variable" in node.op]


def test_a_frozen_function_gives_the_output_of_the_translator(translator):
    picture = np.random.default_rng(0).integers(0, 256, (1, 33, 47, 3), dtype=np.uint8)
    np.testing.assert_allclose(
        frozen_function(translator)(tf.constant(picture))[0], translator(picture), atol=1
    )


@pytest.mark.parametrize(
    ("size", "shape"), [(None, [None, None, None, 3]), ((48, 64), [1, 48, 64, 3])], ids=["any", "fixed"]
)
def test_a_size_fixes_the_batch_and_the_sides(translator, size, shape):
    assert frozen_function(translator, size).inputs[0].shape.as_list() == shape


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
