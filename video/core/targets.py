"""The target of a translation: checked before any work, and again before the result is renamed to it."""

import csv
import os
from pathlib import Path

from video.core.containers import Container, container_for
from video.core.disk import output_error
from video.core.errors import OutputError
from video.core.files import move_into_place, other_files_error
from video.core.leftovers import recover

# The table beside the pictures of a sequence: when each of them is shown.
TIMES_FILE = "frames.csv"


def check_target(source: str | os.PathLike, target: str | os.PathLike, overwrite: bool = False) -> Path:
    """Check that a result may be written to `target`; takes milliseconds.

    Args:
        source: the clip to translate; it need not exist yet.
        target: the file to write, with the suffix of a known container, or a pattern of pictures.
        overwrite: whether an existing target may be replaced.

    Returns:
        The target as a path.

    Raises:
        UsageError: the suffix is not known.
        OutputError: the target is the source (also through a link), exists, or its folder is missing
            or not writable.
    """
    target = Path(target)
    container = container_for(target)
    path = final_path(target, container)
    _check_is_another_file(Path(source), path, is_folder=container.is_sequence)
    _check_may_be_replaced(path, overwrite, is_folder=container.is_sequence)
    if container.is_sequence:
        _check_is_not_current(path, target)
    folder = path.parent
    if not folder.is_dir():
        raise OutputError(
            f"the output's folder does not exist: {folder}",
            detail=f"expected an existing folder for {path.name}",
            fix=f"create it first: mkdir -p '{folder}'",
        )
    if not os.access(folder, os.W_OK | os.X_OK):
        raise OutputError(
            f"the output's folder is not writable: {folder}",
            detail=f"expected permission to create {path.name} there",
            fix="choose another folder or change its permissions",
        )
    return target


def final_path(target: Path, container: Container) -> Path:
    """Return the path that the result is renamed to: the file, or the folder of a pattern of pictures.

    A folder is absolute and no link: it is renamed, and its pictures stay on the disk that a link leads to.
    """
    return Path(os.path.realpath(target.parent)) if container.is_sequence else target


def _check_is_another_file(source: Path, target: Path, *, is_folder: bool) -> None:
    if is_folder and not source.is_dir():
        # A pattern names pictures in a folder, which would be replaced as a whole.
        source = source.parent
    if source.exists() and target.exists() and os.path.samefile(source, target):
        raise OutputError(
            f"the output is the input: {target}",
            detail=f"expected two files; both names lead to the same one as {source}",
            fix="give the output another name",
        )


def _check_is_not_current(folder: Path, target: Path) -> None:
    # It is replaced as a whole, and every program that is in it would go on in the old one.
    if folder == Path(os.path.realpath(os.curdir)):
        raise OutputError(
            f"the pictures' folder is the current folder: {target}",
            detail="expected another one, because it is replaced as a whole",
            fix=f"call from another folder: cd .. and give {folder.name}/{target.name}",
        )


def _check_may_be_replaced(target: Path, overwrite: bool, *, is_folder: bool) -> None:
    try:
        # Not through a link: a dangling link is an existing name too.
        target.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        raise output_error(error, target) from error
    if not (target.is_dir() if is_folder else target.is_file()):
        expected = "a folder" if is_folder else "a file"
        raise OutputError(
            f"the output exists and is not {expected}: {target}",
            detail=f"expected a free name or {expected}; found a folder, file, device or broken link",
            fix="give the output another name",
        )
    if is_folder and not any(target.iterdir()):
        return
    if is_folder and not (target / TIMES_FILE).is_file():
        raise OutputError(
            f"the output's folder holds other files: {target}",
            detail=f"expected a new or empty folder, or one with the {TIMES_FILE} of an earlier result",
            fix="give the pictures a folder of their own",
        )
    if not overwrite:
        raise OutputError(
            f"the output exists: {target}",
            detail="expected a free name; overwriting was not asked for",
            fix="give the output another name or allow overwriting (--overwrite)",
        )
    if is_folder and (others := _not_of_a_result(target)):
        raise other_files_error(target, f"{TIMES_FILE} and the pictures that it names", others)


def _not_of_a_result(folder: Path) -> list[str]:
    """Return the names in a folder that its table does not name."""
    try:
        with open(folder / TIMES_FILE, newline="", encoding="utf-8", errors="replace") as file:
            listed = {row[0] for row in csv.reader(file) if row}
    except (OSError, csv.Error) as error:
        raise OutputError(
            f"the output's folder has a table that cannot be read: {folder / TIMES_FILE}",
            detail=f"expected the pictures of an earlier result in it; found: {error}",
            fix="give the pictures a folder of their own",
        ) from error
    return sorted(set(os.listdir(folder)) - listed - {TIMES_FILE})


def move_to_target(result: Path, path: Path, overwrite: bool) -> None:
    """Rename a finished file or folder to its target, if the name is still free.

    Raises:
        OutputError: the name was taken meanwhile, or the rename failed.
    """
    _check_may_be_replaced(path, overwrite, is_folder=result.is_dir())
    recover(path)
    move_into_place(result, path)
