"""How far each picture is from a set of pictures, by their features."""

import numpy as np

NUM_NEAREST = 5


def distances_to_set(features: np.ndarray, real: np.ndarray) -> np.ndarray:
    """Return for each picture the mean distance to the nearest pictures of a set.

    Args:
        features: (count, dimensions), one row for each picture.
        real: (count of the set, dimensions).

    Returns:
        float64 (count,): mean Euclidean distance to the 5 nearest; to all where the set has fewer.
    """
    features, real = features.astype(np.float64), real.astype(np.float64)
    squares = np.square(features).sum(axis=1)[:, np.newaxis] + np.square(real).sum(axis=1)
    distances = np.sqrt(np.maximum(0.0, squares - 2 * features @ real.T))
    return np.sort(distances, axis=1)[:, :NUM_NEAREST].mean(axis=1)
