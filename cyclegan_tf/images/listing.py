"""Picture files on the disk: those of a folder, or those that a list names."""

import logging
import os
from collections.abc import Iterator
from pathlib import Path

from cyclegan_tf.errors import DataError
from cyclegan_tf.images.kinds import ALWAYS_READ, PICTURE_SUFFIXES, is_read

LIST_SUFFIX = ".txt"

_ACCEPTED = ", ".join(ALWAYS_READ)
_LOGGER = logging.getLogger("cyclegan_tf")


def list_images(folder: str | Path, domain: str = "") -> list[Path]:
    """List the pictures below a folder, sorted by their path inside it; or those that a list file names.

    Nested and linked folders are searched, each real folder once. Hidden files are skipped silently; a FIFO,
    a broken link, a link back to a folder above, and a folder named like a picture are skipped with a
    warning. A picture of a kind that is not read here, such as JPEG XL, is listed too, so that it is counted
    and whoever opens it can say so; but not beside a picture of the same name that is read, whose original it
    is. A list file ends in .txt and has one path per line, relative to the list's own folder; blank
    lines and those that begin with # are ignored. Its order is kept.

    Args:
        folder: the folder to search, or the list file to read.
        domain: "A" or "B", to be named in an error.

    Raises:
        DataError: the folder is missing, cannot be read, or holds no picture; or a line of the list does
            not name a picture.
    """
    folder = existing(Path(folder), domain)
    if folder.is_file():
        return _listed(folder, domain)
    files = list(_files(folder))
    named = [path for path in files if path.suffix.lower() in PICTURE_SUFFIXES and _is_regular(path)]
    pictures = without_originals(named)
    if not pictures:
        raise DataError(
            f"{_prefix(domain)}no pictures in the folder {folder}",
            detail=f"expected files ending in {_ACCEPTED}; found 0 pictures among {len(files)} files",
            fix="put pictures into the folder or name another one",
        )
    return sorted(pictures, key=lambda path: path.relative_to(folder).as_posix())


def without_originals(paths: list[Path]) -> list[Path]:
    """Leave out files that cannot be read beside one of the same name that can, as raw files beside JPEGs."""
    read = {path.with_suffix("") for path in paths if is_read(path.suffix.lower())}
    return [path for path in paths if is_read(path.suffix.lower()) or path.with_suffix("") not in read]


def existing(folder: Path, domain: str) -> Path:
    """Return a folder or list file that is there, or raise an error that says what is there instead."""
    if folder.is_dir() or (folder.suffix.lower() == LIST_SUFFIX and folder.is_file()):
        return folder
    siblings = sorted(p.name for p in folder.parent.iterdir() if p.is_dir()) if folder.parent.is_dir() else []
    found = (
        "a file" if folder.exists() else f"only these folders beside it: {', '.join(siblings[:8]) or 'none'}"
    )
    raise DataError(
        f"{_prefix(domain)}there is no folder {folder}",
        detail=f"expected a folder of pictures ({_ACCEPTED}), a list of them ({LIST_SUFFIX}), or a data "
        f"folder with trainA, trainB and optionally testA, testB; found {found}",
        fix="check the spelling, or create the folder and put pictures into it",
    )


def _listed(list_file: Path, domain: str) -> list[Path]:
    try:
        lines = list_file.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(
            f"{_prefix(domain)}cannot read the list {list_file}",
            detail=f"expected UTF-8 text with one path per line; found: {error}",
            fix="check its permissions, and save it as UTF-8",
        ) from error
    entries = ((number, line.strip()) for number, line in enumerate(lines, start=1))
    pictures = [
        _entry(list_file, number, text) for number, text in entries if text and not text.startswith("#")
    ]
    if pictures:
        return pictures
    raise DataError(
        f"{_prefix(domain)}no pictures in the list {list_file}",
        detail=f"expected one path per line; found none in {len(lines)} lines",
        fix="write the paths of pictures into it, relative to its own folder",
    )


def _entry(list_file: Path, number: int, text: str) -> Path:
    path = list_file.parent / text
    if path.suffix.lower() in PICTURE_SUFFIXES and path.is_file():
        return path
    found = (
        "nothing"
        if not path.exists()
        else "another file"
        if path.is_file()
        else "something that is not a regular file"
    )
    raise DataError(
        f"a line that does not name a picture: {list_file}:{number}",
        detail=f"expected a picture ({_ACCEPTED}) at {path}; found {found}",
        fix="correct the line, or remove it; paths are relative to the list's own folder",
    )


def _prefix(domain: str) -> str:
    return f"domain {domain}: " if domain else ""


def _files(folder: Path) -> Iterator[Path]:
    seen = set()
    for root, folder_names, file_names in os.walk(folder, followlinks=True, onerror=_refuse_folder):
        status = os.stat(root)
        if (status.st_dev, status.st_ino) in seen:
            _LOGGER.warning("ignored a link to a folder that was already searched: %s", root)
            folder_names.clear()
            continue
        seen.add((status.st_dev, status.st_ino))
        folder_names[:] = sorted(name for name in folder_names if _is_searched(Path(root, name)))
        yield from (Path(root, name) for name in file_names if not name.startswith("."))


def _is_searched(folder: Path) -> bool:
    if folder.suffix.lower() in PICTURE_SUFFIXES:
        _LOGGER.warning("ignored a folder named like a picture: %s", folder)
        return False
    return not folder.name.startswith(".")


def _is_regular(path: Path) -> bool:
    if not path.is_file():
        _LOGGER.warning("ignored what is named like a picture but is not a regular file: %s", path)
        return False
    return True


def _refuse_folder(error: OSError) -> None:
    # os.walk would skip the folder, and the data set would silently become smaller.
    raise DataError(
        f"cannot search the folder {error.filename}",
        detail=f"expected a readable folder; found: {error.strerror}",
        fix="check its permissions",
    ) from error
