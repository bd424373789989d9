import numpy as np
import pytest

from cyclegan_tf.containers.stored import Refused
from cyclegan_tf.importers.spectral_norm import folded

NAMES = {
    "hooks": ("c.weight_orig", "c.weight_u", "c.weight_v"),
    "parametrizations": (
        "c.parametrizations.weight.original",
        "c.parametrizations.weight.0._u",
        "c.parametrizations.weight.0._v",
    ),
}


def normalized(shape, axis):
    """A kernel, the vectors that power iteration ends with, and the largest factor, by NumPy."""
    kernel = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    matrix = np.moveaxis(kernel, axis, 0).reshape(shape[axis], -1)
    left, factors, right = np.linalg.svd(matrix, full_matrices=False)
    return kernel, left[:, 0], right[0], factors[0]


@pytest.mark.parametrize("names", NAMES.values(), ids=NAMES)
@pytest.mark.parametrize(("shape", "axis"), [((4, 3, 3, 3), 0), ((5, 2, 4, 4), 1), ((6, 6, 4, 4), 1)])
def test_a_kernel_is_divided_by_its_largest_factor(stored, names, shape, axis):
    kernel, u, v, factor = normalized(shape, axis)
    arrays = stored({"c.bias": np.ones(4), **dict(zip(names, (kernel, u, v))), "n.weight": np.ones(4)})
    found = folded(arrays)
    assert list(found) == ["c.bias", "c.weight", "n.weight"]
    np.testing.assert_allclose(found["c.weight"].read(), kernel / factor, rtol=1e-5)


def test_arrays_without_spectral_normalization_are_as_they_were(stored):
    arrays = stored({"c.weight": np.ones((1, 1, 1, 1)), "d.weight_v": np.ones(3)})
    assert folded(arrays) == arrays


@pytest.mark.parametrize(
    ("change", "found"), [({"c.weight_u": None}, "without"), ({"c.weight_u": 9}, "sizes")]
)
def test_vectors_that_are_missing_or_do_not_fit_are_refused(stored, change, found):
    kernel, u, v, _ = normalized((4, 3, 3, 3), 0)
    arrays = {"c.weight_orig": kernel, "c.weight_u": u, "c.weight_v": v}
    for name, size in change.items():
        arrays.pop(name)
        if size:
            arrays[name] = np.ones(size)
    with pytest.raises(Refused, match=found):
        folded(stored(arrays))
