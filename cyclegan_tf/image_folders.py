"""Finding pictures on the disk: the files of one folder, and the folders of a data set."""

import logging
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cyclegan_tf.errors import DataError, UsageError

IMAGE_SUFFIXES = (".bmp", ".gif", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp")

_ACCEPTED = ", ".join(IMAGE_SUFFIXES)
_LOGGER = logging.getLogger("cyclegan_tf")


@dataclass(frozen=True)
class Domains:
    """The folders of a data set; the test folders are None where there are none."""

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
        a: the folder of domain A, in place of `data` and together with `b`.
        b: the folder of domain B.

    Returns:
        The folders, each of which exists.

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
        return Domains(_existing(Path(a), "A"), _existing(Path(b), "B"))
    data = _existing(Path(data), "A and B")
    tests = (folder if folder.is_dir() else None for folder in (data / "testA", data / "testB"))
    return Domains(_existing(data / "trainA", "A"), _existing(data / "trainB", "B"), *tests)


def list_images(folder: str | Path, domain: str = "") -> list[Path]:
    """List the pictures below a folder, sorted by their path inside it.

    Nested and linked folders are searched, each real folder once. Hidden files are skipped silently; a FIFO,
    a broken link, a link back to a folder above, and a folder named like a picture are skipped with a
    warning.

    Args:
        folder: the folder to search.
        domain: "A" or "B", to be named in an error.

    Raises:
        DataError: the folder is missing, cannot be read, or holds no picture.
    """
    folder = _existing(Path(folder), domain)
    files = list(_files(folder))
    pictures = [path for path in files if path.suffix.lower() in IMAGE_SUFFIXES and _is_regular(path)]
    if not pictures:
        raise DataError(
            f"{_prefix(domain)}no pictures in the folder {folder}",
            detail=f"expected files ending in {_ACCEPTED}; found 0 pictures among {len(files)} files",
            fix="put pictures into the folder or name another one",
        )
    return sorted(pictures, key=lambda path: path.relative_to(folder).as_posix())


def _existing(folder: Path, domain: str) -> Path:
    if folder.is_dir():
        return folder
    siblings = sorted(p.name for p in folder.parent.iterdir() if p.is_dir()) if folder.parent.is_dir() else []
    found = (
        "a file" if folder.exists() else f"only these folders beside it: {', '.join(siblings[:8]) or 'none'}"
    )
    raise DataError(
        f"{_prefix(domain)}there is no folder {folder}",
        detail=f"expected a folder of pictures ({_ACCEPTED}), or a data folder with trainA, trainB "
        f"and optionally testA, testB; found {found}",
        fix="check the spelling, or create the folder and put pictures into it",
    )


def _prefix(domain: str) -> str:
    return f"domain {domain}: " if domain else ""


def _files(folder: Path) -> Iterator[Path]:
    seen = set()
    for root, folder_names, file_names in os.walk(folder, followlinks=True, onerror=_refuse_folder):
        status = os.stat(root)
        if (status.st_dev, status.st_ino) in seen:
            _LOGGER.warning("ignored a link to a folder that is searched already: %s", root)
            folder_names.clear()
            continue
        seen.add((status.st_dev, status.st_ino))
        folder_names[:] = sorted(name for name in folder_names if _is_searched(Path(root, name)))
        yield from (Path(root, name) for name in file_names if not name.startswith("."))


def _is_searched(folder: Path) -> bool:
    if folder.suffix.lower() in IMAGE_SUFFIXES:
        _LOGGER.warning("ignored a folder named like a picture: %s", folder)
        return False
    return not folder.name.startswith(".")


def _is_regular(path: Path) -> bool:
    if not path.is_file():
        _LOGGER.warning("ignored what is named like a picture but is no regular file: %s", path)
        return False
    return True


def _refuse_folder(error: OSError) -> None:
    # os.walk would skip the folder silently and the data set would shrink unseen.
    raise DataError(
        f"cannot search the folder {error.filename}",
        detail=f"expected a readable folder; found: {error.strerror}",
        fix="check its permissions",
    ) from error
