"""Grouping of named arrays into convolutions and normalizations, in our own layout."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from cyclegan_tf.containers.stored import Refused, StoredArray, quoted
from cyclegan_tf.importers.spectral_norm import folded

# From PyTorch's kernel (output channels, input channels, rows, columns) to Keras's (rows, columns, input
# channels, output channels). Transposed convolutions swap the channels in both, so the axes are the same.
_FROM_TORCH = (2, 3, 1, 0)
# Names of a module's arrays. Files of Keras 3 use numbers.
_CONVOLUTION = {
    "torch": {"weight": "kernel", "bias": "bias"},
    "keras": {"kernel": "kernel", "bias": "bias", "0": "kernel", "1": "bias"},
    "own": {"kernel": "kernel", "bias": "bias"},
}
_NORMALIZATION = {
    "torch": {"weight": "scale", "bias": "offset"},
    "keras": {
        "gamma": "scale",
        "beta": "offset",
        "scale": "scale",
        "offset": "offset",
        "0": "scale",
        "1": "offset",
    },
    "own": {"gamma": "scale", "beta": "offset"},
}
_RUNNING = ("running_mean", "running_var", "num_batches_tracked", "moving_mean", "moving_variance")


@dataclass(frozen=True)
class Module:
    """A convolution or a normalization in a file.

    Attributes:
        name: its name in the file.
        layout: "torch", "keras", or "own".
        arrays: kernel and bias, or scale and offset.
        has_running_statistics: whether it also has running statistics, which instance normalization ignores.
    """

    name: str
    layout: str
    arrays: Mapping[str, StoredArray]
    has_running_statistics: bool = False

    @property
    def is_convolution(self) -> bool:
        """Whether it has a kernel."""
        return "kernel" in self.arrays

    @property
    def is_transposed(self) -> bool:
        """Whether its name says that it is a transposed convolution, as Keras's default names do."""
        return self.layout == "keras" and "transpose" in self.name.lower()

    @property
    def kernel_shape(self) -> tuple[int, ...]:
        """Shape of the kernel in our layout."""
        shape = self.arrays["kernel"].shape
        return tuple(shape[axis] for axis in _FROM_TORCH) if self.layout == "torch" else shape

    def stored_shape(self, kernel_shape: tuple[int, ...]) -> tuple[int, ...]:
        """Return the shape that a kernel of our layout has in this file."""
        if self.layout != "torch":
            return kernel_shape
        return tuple(kernel_shape[_FROM_TORCH.index(axis)] for axis in range(4))

    def kernel(self) -> np.ndarray:
        """Read the kernel, float32 in our layout."""
        kernel = self.arrays["kernel"].read()
        return kernel.transpose(_FROM_TORCH) if self.layout == "torch" else kernel


def find_modules(arrays: Mapping[str, StoredArray], layout: str) -> list[Module]:
    """Group the arrays of a network into modules, in order of first appearance.

    Args:
        arrays: by name, such as model.1.weight or conv2d/kernel.
        layout: "torch", "keras", or "own".

    Raises:
        Refused: names the first array that is neither of a convolution nor of a normalization.
    """
    groups: dict[str, dict[str, StoredArray]] = {}
    for name, array in folded(arrays).items():
        place, _, leaf = name.rpartition("." if layout == "torch" else "/")
        groups.setdefault(place.removesuffix("/vars"), {})[leaf] = array
    modules = [_module(place, leaves, layout) for place, leaves in groups.items()]
    return [module for module in modules if module.arrays or module.has_running_statistics]


def _module(place: str, leaves: Mapping[str, StoredArray], layout: str) -> Module:
    named = {leaf.removesuffix(":0"): array for leaf, array in leaves.items()}
    counted = {leaf: array for leaf, array in named.items() if leaf not in _RUNNING}
    is_convolution = any(len(array.shape) == 4 for array in counted.values())
    parts = (_CONVOLUTION if is_convolution else _NORMALIZATION)[layout]
    arrays = {}
    for leaf, array in counted.items():
        part = parts.get(leaf)
        if part is None or len(array.shape) != (4 if part == "kernel" else 1):
            raise Refused(
                f"{quoted(f'{place} {leaf}'.strip())} of shape {array.shape}, which no generator has"
            )
        arrays[part] = array
    if arrays and not is_convolution and len(arrays) < 2:
        raise Refused(
            f"{quoted(place)} with only a scale or only an offset; an affine normalization has both"
        )
    return Module(place, layout, arrays, len(counted) < len(named))
