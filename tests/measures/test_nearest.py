import numpy as np

from cyclegan_tf.measures.nearest import distances_to_set


def test_the_distance_is_the_mean_of_the_five_nearest():
    real = np.array([[0.0], [1], [2], [3], [4], [100]])
    np.testing.assert_allclose(distances_to_set(np.array([[0.0], [10]]), real), [2.0, 8.0])


def test_a_set_of_fewer_counts_as_a_whole():
    np.testing.assert_allclose(distances_to_set(np.array([[0.0, 3.0]]), np.array([[4.0, 0.0]])), [5.0])
