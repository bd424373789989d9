import numpy as np
import pytest
import tensorflow as tf

from cyclegan_tf.exporters.graph import frozen_function, frozen_graph


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
