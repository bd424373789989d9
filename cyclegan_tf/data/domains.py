"""The folders or lists of a data set's domains."""

import os
from dataclasses import dataclass
from pathlib import Path

from cyclegan_tf.errors import ConfigError, UsageError
from cyclegan_tf.images.listing import existing, list_images


@dataclass(frozen=True)
class Domains:
    """The folders or list files of a data set; those for tests are None if there are none."""

    train_a: Path
    train_b: Path
    test_a: Path | None = None
    test_b: Path | None = None


def find_domains(
    data: str | Path | None = None, a: str | Path | None = None, b: str | Path | None = None
) -> Domains:
    """Find the two domains of a data set.

    Args:
        data: a folder with trainA and trainB, and optionally testA and testB.
        a: the folder or list file of domain A, in place of `data` and together with `b`; see `list_images`.
        b: those of domain B.

    Returns:
        The folders and list files, each of which exists.

    Raises:
        UsageError: neither `data` nor both of `a` and `b` are given, or all of them.
        DataError: a folder is missing.
    """
    if (data is None) == (a is None and b is None) or (a is None) != (b is None):
        raise UsageError(
            "the pictures of domain A and domain B are not clearly given",
            detail=f"expected one data folder, or the folders a and b; received {data=}, {a=}, {b=}",
            fix="give a folder that holds trainA and trainB, or one folder for each domain",
        )
    if data is None:
        return Domains(existing(Path(a), "A"), existing(Path(b), "B"))
    data = existing(Path(data), "A and B")
    tests = (folder if folder.is_dir() else None for folder in (data / "testA", data / "testB"))
    return Domains(existing(data / "trainA", "A"), existing(data / "trainB", "B"), *tests)


def check_apart(folder_a: Path, folder_b: Path) -> None:
    """Refuse domains that share pictures: one folder for both, one inside the other, a file in both lists.

    Raises:
        ConfigError: naming what they share.
    """
    a, b = folder_a.resolve(), folder_b.resolve()
    if os.path.samefile(a, b):
        what = f"domain A and domain B are the same {'folder' if a.is_dir() else 'list'} {a}"
    elif a.is_relative_to(b) or b.is_relative_to(a):
        what = f"one domain's folder lies inside the other's: A {a}, B {b}"
    elif shared := _shared_files(a, b):
        what = f"domain A and domain B share {len(shared)} pictures, first {min(shared)}"
    else:
        return
    raise ConfigError(
        what,
        detail="expected two folders or lists that share no picture",
        fix="put the pictures of each domain into a folder or list of its own",
    )


def _shared_files(a: Path, b: Path) -> set[str]:
    # Two folders that lie apart share files by links alone, which `check-data` finds by their pixels.
    if a.is_dir() and b.is_dir():
        return set()
    files_a, files_b = ({os.path.realpath(path) for path in list_images(place)} for place in (a, b))
    return files_a & files_b
