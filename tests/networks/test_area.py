import numpy as np
import pytest
import tensorflow as tf

from cyclegan_tf.networks.area import area_resized


def images(height=12, width=18):
    return tf.constant(np.random.default_rng(0).normal(0, 1, (2, height, width, 3)), tf.float32)


def test_whole_factors_give_the_means_of_blocks():
    expected = images().numpy().reshape(2, 4, 3, 9, 2, 3).mean(axis=(2, 4))
    np.testing.assert_allclose(area_resized(images(), 4, 9), expected, atol=1e-6)


@pytest.mark.parametrize("size", [(5, 7), (11, 4), (1, 1)])
def test_other_sizes_are_those_of_opencv(size):
    import cv2

    expected = [cv2.resize(image, size[::-1], interpolation=cv2.INTER_AREA) for image in images().numpy()]
    np.testing.assert_allclose(area_resized(images(), *size), expected, atol=1e-5)


def test_the_same_size_gives_the_same_images():
    np.testing.assert_array_equal(area_resized(images(), 12, 18), images())


def test_positions_are_whole_numbers_so_that_16_bits_round_none():
    spec = tf.TensorSpec((1, None, None, 3), tf.float32)
    graph = tf.function(lambda images: area_resized(images, 4, 9), input_signature=[spec])
    nodes = graph.get_concrete_function().graph.get_operations()
    assert {node.outputs[0].dtype for node in nodes if node.type in {"Range", "Minimum"}} == {tf.int32}
