"""safetensors files: of PyTorch programs, and of our own model folders."""

import re
from functools import partial
from pathlib import Path

import numpy as np
from safetensors import SafetensorError, safe_open

from cyclegan_tf.containers.stored import Refused, StoredArray, StoredWeights, explain_refusals, unreadable
from cyclegan_tf.models.run import CARD_FILE

_FORMAT = "safetensors"
# Where a layer of ours runs. The file's own order is by number format and name.
_OWN = re.compile(
    r"(first|down|block|up|last)(?:_(\d+))?_(?:conv|norm|[12]_norm|conv_[12])/(?:kernel|bias|gamma|beta)"
)
_PLACES = ("first", "down", "block", "up", "last")


def read_safetensors(path: Path) -> StoredWeights:
    """Read a safetensors file.

    Args:
        path: with the arrays of a PyTorch program, or of a generator of a model folder.

    Raises:
        ModelError: the file is damaged, or a part of a model folder, which needs no import.
    """
    if (path.parent / CARD_FILE).is_file():
        found = f"a part of the model folder {path.parent}, which needs no import"
        raise unreadable(path, found, fix=f"use {path.parent} as it is")
    with explain_refusals(path):
        shapes = _shapes(path)
        is_own = bool(shapes) and all(map(_OWN.fullmatch, shapes))
        names = sorted(shapes, key=_place) if is_own else list(shapes)
        tree = {name: StoredArray(shapes[name], partial(_read, path, name)) for name in names}
    return StoredWeights(path, (path,), _FORMAT, "own" if is_own else "torch", tree)


def _shapes(path: Path) -> dict[str, tuple[int, ...]]:
    try:
        with safe_open(path, "np") as file:
            return {name: tuple(file.get_slice(name).get_shape()) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, ValueError, OSError) as error:
        raise Refused(f"a damaged file: {error}") from error


def _read(path: Path, name: str) -> np.ndarray:
    try:
        with safe_open(path, "np") as file:
            return np.asarray(file.get_tensor(name)).astype(np.float32)
    except (SafetensorError, ValueError, TypeError, OSError) as error:
        raise Refused(f"an array that cannot be read: {error}") from error


def _place(name: str) -> tuple:
    """Return what sorts names of our layers by when they run: levels upwards from the deepest."""
    match = _OWN.fullmatch(name)
    place, number = _PLACES.index(match[1]), int(match[2] or 0)
    return place, -number if match[1] == "up" else number, name
