"""TensorFlow checkpoints, written by TensorFlow itself."""

import numpy as np
import pytest
import tensorflow as tf

from cyclegan_tf.containers.stored import Refused
from cyclegan_tf.errors import ModelError
from cyclegan_tf.importers.formats import read_weights


@pytest.fixture
def prefix(tmp_path):
    """The prefix of a checkpoint of eleven layers."""
    network, root = tf.Module(), tf.train.Checkpoint(step=tf.Variable(3, dtype=tf.int64))
    for place in range(11):
        layer = tf.Module()
        layer.kernel = tf.Variable(np.full((2, 2), place, np.float16 if place == 5 else np.float32))
        setattr(network, f"layer_with_weights-{place}", layer)
    root.gen_G = network
    return root.write(str(tmp_path / "weights"))


def test_variables_come_back_in_natural_order(prefix, tmp_path):
    found = read_weights(tmp_path / "weights").tree
    assert list(found) == [f"gen_G/layer_with_weights-{place}/kernel" for place in range(11)]
    for place, array in enumerate(found.values()):
        assert array.read().dtype == np.float32
        assert array.read().tolist() == [[place] * 2] * 2


def test_the_state_of_an_optimiser_is_left_out(tmp_path):
    weight = tf.Variable([1.0, 2.0])
    optimizer = tf.Module()
    root = tf.train.Checkpoint(net=tf.train.Checkpoint(weight=weight), optimizer=optimizer)
    root.write(str(tmp_path / "weights"))
    names = {"net/weight/.OPTIMIZER_SLOT/optimizer/m/.ATTRIBUTES/VARIABLE_VALUE": tf.constant([3.0])}
    names["net/weight/.ATTRIBUTES/VARIABLE_VALUE"] = tf.constant([1.0])
    tf.raw_ops.SaveV2(
        prefix=str(tmp_path / "slots"),
        tensor_names=list(names),
        shape_and_slices=[""] * 2,
        tensors=list(names.values()),
    )
    # SaveV2 adds the suffix of a single shard itself.
    assert list(read_weights(tmp_path / "slots").tree) == ["net/weight"]


def test_an_index_without_its_data_is_named(prefix, tmp_path):
    (tmp_path / "weights.data-00000-of-00001").unlink()
    with pytest.raises(ModelError) as caught:
        read_weights(tmp_path / "weights.index")
    assert "without weights.data-00000-of-00001" in caught.value.detail


def test_shapes_that_are_larger_than_the_data_are_refused_before_anything_is_read(prefix, tmp_path):
    (tmp_path / "weights.data-00000-of-00001").write_bytes(bytes(20))
    with pytest.raises(ModelError) as caught:
        read_weights(tmp_path / "weights")
    assert "variables of 168 bytes in files of 20" in caught.value.detail


def test_damaged_data_are_refused(prefix, tmp_path):
    data = tmp_path / "weights.data-00000-of-00001"
    data.write_bytes(bytes(byte ^ 255 for byte in data.read_bytes()))
    with pytest.raises(Refused, match="cannot read"):
        for array in read_weights(tmp_path / "weights").tree.values():
            array.read()


@pytest.mark.parametrize("content", [b"", b"<html>", bytes(1000)])
def test_an_index_that_is_damaged_is_refused(prefix, tmp_path, content):
    (tmp_path / "weights.index").write_bytes(content)
    with pytest.raises(ModelError, match="cannot import"):
        read_weights(tmp_path / "weights")
