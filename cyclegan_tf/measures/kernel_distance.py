"""The kernel distance of two sets of features; with Inception's features it is the KID (arXiv 1801.01401)."""

from typing import NamedTuple

import numpy as np

NUM_SUBSETS = 100
# As in the paper's own code.
LARGEST_SUBSET = 1000


class KernelDistance(NamedTuple):
    """The result.

    Attributes:
        value: mean of the squared distances of the subsets. Unbiased, so it may be below 0.
        standard_error: how far the value is likely to be from that of unlimited pictures.
    """

    value: float
    standard_error: float


def kernel_distance(features: np.ndarray, others: np.ndarray, seed: int = 0) -> KernelDistance:
    """Return the kernel distance and its standard error.

    Random halves of both sets, of at most 1,000 pictures each, are compared 100 times. Their spread is the
    standard error: a jackknife that leaves out half of the pictures (Shao and Wu 1989).

    Args:
        features: (count, dimensions), of at least four pictures.
        others: (count of others, dimensions), likewise.
        seed: of the subsets.
    """
    random = np.random.default_rng(seed)
    sets = (features, others)
    sizes = [min(len(each) // 2, LARGEST_SUBSET) for each in sets]
    values = []
    for _ in range(NUM_SUBSETS):
        subsets = [each[random.permutation(len(each))[:size]] for each, size in zip(sets, sizes)]
        values.append(squared_distance(*subsets))
    # 1 where each subset is half of its set. Less than 1 where the sets have more pictures than two subsets.
    shrinkage = max(size / (len(each) - size) for each, size in zip(sets, sizes))
    return KernelDistance(float(np.mean(values)), float(np.std(values) * np.sqrt(shrinkage)))


def squared_distance(features: np.ndarray, others: np.ndarray) -> float:
    """Return the unbiased estimate of the squared maximum mean discrepancy.

    The kernel is (x y / dimensions + 1)^3.

    Args:
        features: (count, dimensions), of at least two pictures.
        others: (count of others, dimensions), likewise.
    """
    features, others = features.astype(np.float64), others.astype(np.float64)
    within = _mean_off_diagonal(_kernel(features, features)) + _mean_off_diagonal(_kernel(others, others))
    return float(within - 2 * _kernel(features, others).mean())


def _kernel(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return (x @ y.T / x.shape[1] + 1) ** 3


def _mean_off_diagonal(kernel: np.ndarray) -> float:
    count = len(kernel)
    return (kernel.sum() - np.trace(kernel)) / (count * (count - 1))
