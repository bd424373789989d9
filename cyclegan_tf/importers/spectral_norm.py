"""Spectral normalization (arXiv 1802.05957) in files of PyTorch: kernels are divided by their largest factor.

PyTorch stores the kernel before the division and the two vectors of its power iteration.
"""

import re
from collections.abc import Mapping
from math import prod

import numpy as np

from cyclegan_tf.containers.stored import Refused, StoredArray, quoted

# Names by torch.nn.utils.spectral_norm, and by torch.nn.utils.parametrizations.spectral_norm.
_SUFFIXES = {
    "original": (".weight_orig", ".parametrizations.weight.original"),
    "u": (".weight_u", ".parametrizations.weight.0._u"),
    "v": (".weight_v", ".parametrizations.weight.0._v"),
}
_ORIGINAL = re.compile(r"(.+)(\.weight_orig|\.parametrizations\.weight\.original)")


def folded(arrays: Mapping[str, StoredArray]) -> dict[str, StoredArray]:
    """Return arrays with each spectrally normalized kernel in place of what it is computed from.

    Args:
        arrays: by name.

    Raises:
        Refused: vectors are missing, or do not fit their kernel.
    """
    found = dict(arrays)
    if not any(map(_ORIGINAL.fullmatch, arrays)):
        return found
    result: dict[str, StoredArray] = {}
    for name, array in arrays.items():
        match = _ORIGINAL.fullmatch(name)
        if match:
            result[f"{match[1]}.weight"] = _divided(match[1], array, found)
        elif not _is_vector(name, found):
            result[name] = array
    return result


def _is_vector(name: str, arrays: Mapping[str, StoredArray]) -> bool:
    places = (
        name.removesuffix(suffix) for part in "uv" for suffix in _SUFFIXES[part] if name.endswith(suffix)
    )
    return any(f"{place}{suffix}" in arrays for place in places for suffix in _SUFFIXES["original"])


def _divided(place: str, kernel: StoredArray, arrays: Mapping[str, StoredArray]) -> StoredArray:
    vectors = []
    for part in "uv":
        names = [f"{place}{suffix}" for suffix in _SUFFIXES[part] if f"{place}{suffix}" in arrays]
        if not names:
            raise Refused(f"{quoted(place)} with spectral normalization, but without its vector {part}")
        vectors.append(arrays[names[0]])
    u, v = vectors
    # The output channels, which come first in a convolution and second in a transposed one.
    axes = [axis for axis in (0, 1) if len(kernel.shape) == 4 and _fits(kernel.shape, axis, u.shape, v.shape)]
    if not axes:
        raise Refused(f"{quoted(place)} with spectral normalization whose vectors are of other sizes")

    def read() -> np.ndarray:
        values = kernel.read()
        # Where both axes fit, the vectors belong to the one that they reach further on.
        factor = max(_factor(values, axis, u.read(), v.read()) for axis in axes)
        return values / np.float32(factor)

    return StoredArray(kernel.shape, read)


def _fits(shape: tuple[int, ...], axis: int, u: tuple[int, ...], v: tuple[int, ...]) -> bool:
    return u == (shape[axis],) and v == (prod(shape) // max(shape[axis], 1),)


def _factor(kernel: np.ndarray, axis: int, u: np.ndarray, v: np.ndarray) -> float:
    matrix = np.moveaxis(kernel, axis, 0).reshape(kernel.shape[axis], -1)
    return float(u.astype(np.float64) @ matrix.astype(np.float64) @ v.astype(np.float64))
