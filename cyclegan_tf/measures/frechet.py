"""The Fréchet distance of two sets of features; with those of Inception it is the FID (arXiv 1706.08500)."""

import numpy as np


def frechet_distance(features: np.ndarray, others: np.ndarray) -> float:
    """Return the squared Fréchet distance of the normal distributions that fit two sets.

    |mean difference|^2 + trace(C1) + trace(C2) - 2 trace((C1 C2)^(1/2)), with covariances over count - 1.

    Args:
        features: (count, dimensions), of at least two pictures.
        others: (count of others, dimensions), likewise.

    Returns:
        At least 0. It is too high for few pictures, even for those of one distribution: compare only values
        of equal counts, and read it only where both counts exceed the dimensions.
    """
    means = [each.mean(axis=0, dtype=np.float64) for each in (features, others)]
    root, other_root = (_root(each, mean) for each, mean in zip((features, others), means))
    # With C1 = X'X and C2 = Y'Y the eigenvalues of C1 C2 are the squared singular values of X Y'. So no
    # matrix root is needed, which is inaccurate for singular covariances.
    shared = np.linalg.svd(root @ other_root.T, compute_uv=False).sum()
    spread = np.square(root).sum() + np.square(other_root).sum() - 2 * shared
    return float(np.square(means[0] - means[1]).sum() + max(0.0, spread))


def _root(features: np.ndarray, mean: np.ndarray) -> np.ndarray:
    """Return a matrix X of as few rows as possible, whose X'X is the covariance."""
    root = (features - mean) / np.sqrt(len(features) - 1)
    return np.asarray(np.linalg.qr(root, mode="r")) if len(root) > root.shape[1] else root
