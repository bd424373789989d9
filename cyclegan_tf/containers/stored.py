"""Arrays stored in a file of another program, and the errors for a file that is refused."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from cyclegan_tf.errors import ModelError

_LONGEST_NAME = 120
SAVE_WEIGHTS_ALONE = "save only the generator's weights in the program that made the file, and import those"


class Refused(Exception):
    """Content of a file that weights do not need, or that is inconsistent."""


class Damaged(Refused):
    """A file that is truncated or corrupted."""


@dataclass(frozen=True)
class StoredArray:
    """An array that is read on demand.

    Attributes:
        shape: shape in the file.
        read: returns the array as float32; raises Refused if it cannot be read.
    """

    shape: tuple[int, ...]
    read: Callable[[], np.ndarray] = field(repr=False)


@dataclass(frozen=True)
class StoredWeights:
    """The content of a weight file.

    Attributes:
        path: the file, or the path that the user gave.
        files: all files that were read.
        format: kind of the file, in words.
        layout: "torch", "keras" or "own": the layout of kernels and the names of arrays.
        tree: arrays by name in the order of the file; dictionaries may be nested.
        left_out: classes and functions of other programs, "module name", whose objects were not read.
    """

    path: Path
    files: tuple[Path, ...]
    format: str
    layout: str
    tree: dict
    left_out: tuple[str, ...] = ()

    @property
    def size_bytes(self) -> int:
        """Size of all files together."""
        return sum(file.stat().st_size for file in self.files)


def quoted(name: object) -> str:
    """Return an untrusted name that is safe to print: one line, no control characters, not long."""
    text = str(name)
    return repr(text if len(text) <= _LONGEST_NAME else f"{text[:_LONGEST_NAME]}...")


@contextmanager
def explain_refusals(path: Path, *, expected: str = "weights", fix: str = "") -> Iterator[None]:
    """Turn Refused into a ModelError; the arguments are those of `unreadable`."""
    try:
        yield
    except Damaged as error:
        raise unreadable(path, str(error), expected=expected) from error
    except Refused as error:
        raise unreadable(path, str(error), expected=expected, fix=fix) from error


def unreadable(path: Path, found: str, *, expected: str = "weights", fix: str = "") -> ModelError:
    """Return the error for a file that is damaged, of another kind, or unsafe.

    Args:
        path: the file.
        found: what the file contains, or what is wrong with it.
        expected: what it should contain.
        fix: what the user can do about it.
    """
    return ModelError(
        f"cannot import {path}",
        detail=f"expected {expected}; found {found}",
        fix=fix or "the file is damaged or of another kind; get it again",
    )
