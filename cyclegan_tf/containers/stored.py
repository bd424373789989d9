"""Arrays as they lie in the file of another program, and the refusals of such a file."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from cyclegan_tf.errors import ModelError

_LONGEST_NAME = 120
SAVE_WEIGHTS_ALONE = "save the generator's weights alone in the program that made the file, and import those"


class Refused(Exception):
    """What was found in a file that no weights need, or that makes no sense."""


class Damaged(Refused):
    """A file that is cut off or was changed, whatever it was meant to hold."""


@dataclass(frozen=True)
class StoredArray:
    """An array that is read when it is wanted.

    Attributes:
        shape: as it is stored.
        read: returns it, float32; raises Refused if it cannot be had.
    """

    shape: tuple[int, ...]
    read: Callable[[], np.ndarray] = field(repr=False)


@dataclass(frozen=True)
class StoredWeights:
    """What a file holds.

    Attributes:
        path: the file, or what the user called it.
        files: all files that were read.
        format: in words.
        layout: "torch" or "keras": how kernels are stored and arrays are named.
        tree: arrays by name in the order of the file; values may be such dictionaries again.
    """

    path: Path
    files: tuple[Path, ...]
    format: str
    layout: str
    tree: dict

    @property
    def size_bytes(self) -> int:
        """Size of all files."""
        return sum(file.stat().st_size for file in self.files)


def quoted(name: object) -> str:
    """Returns a name that a stranger chose, fit to be shown: one line, no control characters, not long."""
    text = str(name)
    return repr(text if len(text) <= _LONGEST_NAME else f"{text[:_LONGEST_NAME]}...")


def natural_order(name: str) -> list[str]:
    """Returns a sorting key by which conv2d_10 comes after conv2d_9."""
    return [part.zfill(20) if place % 2 else part for place, part in enumerate(re.split("([0-9]+)", name))]


@contextmanager
def refusing(path: Path, *, expected: str = "weights", fix: str = "") -> Iterator[None]:
    """Makes what is Refused inside an error for the user; arguments as of `unreadable`."""
    try:
        yield
    except Damaged as error:
        raise unreadable(path, str(error), expected=expected) from error
    except Refused as error:
        raise unreadable(path, str(error), expected=expected, fix=fix) from error


def unreadable(path: Path, found: str, *, expected: str = "weights", fix: str = "") -> ModelError:
    """The error for a file that is damaged, of another kind, or not to be trusted.

    Args:
        path: the file.
        found: what is in it, or what is wrong with it.
        expected: what should be in it.
        fix: what the user can do.
    """
    return ModelError(
        f"cannot import {path}",
        detail=f"expected {expected}; found {found}",
        fix=fix or "the file is damaged or of another kind; get it again",
    )
