"""From named arrays to convolutions and normalizations, in the layout of our own networks."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from cyclegan_tf.containers.stored import Refused, StoredArray, quoted

# A kernel as (rows, columns, channels in, channels out), the last two exchanged if transposed, from PyTorch's
# (channels out, channels in, rows, columns), whose first two are exchanged if transposed: the same for both.
_FROM_TORCH = (2, 3, 1, 0)
# What the arrays of a module are called; Keras 3's files number them.
_CONVOLUTION = {
    "torch": {"weight": "kernel", "bias": "bias"},
    "keras": {"kernel": "kernel", "bias": "bias", "0": "kernel", "1": "bias"},
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
}
_RUNNING = ("running_mean", "running_var", "num_batches_tracked", "moving_mean", "moving_variance")


@dataclass(frozen=True)
class Module:
    """A convolution or a normalization of another program.

    Attributes:
        name: as it is in the file.
        layout: "torch" or "keras".
        arrays: kernel and bias, or scale and offset.
        has_running_statistics: it also keeps means over the training, which instance normalization ignores.
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
        """Whether its name says that it is a transposed convolution, as Keras's do by themselves."""
        return self.layout == "keras" and "transpose" in self.name.lower()

    @property
    def kernel_shape(self) -> tuple[int, ...]:
        """Shape of the kernel in our layout."""
        shape = self.arrays["kernel"].shape
        return tuple(shape[axis] for axis in _FROM_TORCH) if self.layout == "torch" else shape

    def as_stored(self, kernel_shape: tuple[int, ...]) -> tuple[int, ...]:
        """Returns a kernel's shape in our layout as this file would have it."""
        if self.layout == "keras":
            return kernel_shape
        return tuple(kernel_shape[_FROM_TORCH.index(axis)] for axis in range(4))

    def kernel(self) -> np.ndarray:
        """Reads the kernel, float32 in our layout."""
        kernel = self.arrays["kernel"].read()
        return kernel.transpose(_FROM_TORCH) if self.layout == "torch" else kernel


def find_modules(arrays: Mapping[str, StoredArray], layout: str) -> list[Module]:
    """Groups the arrays of a network into modules, in the order in which each first appears.

    Args:
        arrays: by names such as model.1.weight, or conv2d/kernel.
        layout: "torch" or "keras".

    Raises:
        Refused: naming the first array that belongs neither to a convolution nor to a normalization.
    """
    groups: dict[str, dict[str, StoredArray]] = {}
    for name, array in arrays.items():
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
        raise Refused(f"{quoted(place)} with a scale or an offset alone; a normalization here has both")
    return Module(place, layout, arrays, len(counted) < len(named))
