"""Where the result goes: checked before any work, written aside, renamed at the end."""

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from video.core.containers import Container, container_for
from video.core.errors import OutputError

# Lies beside the pictures of a sequence and says when each is shown.
TIMES_FILE = "frames.csv"


def check_target(source: str | os.PathLike, target: str | os.PathLike, overwrite: bool = False) -> Path:
    """Checks in milliseconds that a result may be written to `target`.

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
    place = place_of(target, container)
    _check_is_another_file(Path(source), place, is_folder=container.is_sequence)
    _check_may_be_replaced(place, overwrite, is_folder=container.is_sequence)
    folder = place.parent
    if not folder.is_dir():
        raise OutputError(
            f"the output's folder does not exist: {folder}",
            detail=f"expected an existing folder for {place.name}",
            fix=f"create it first: mkdir -p '{folder}'",
        )
    if not os.access(folder, os.W_OK | os.X_OK):
        raise OutputError(
            f"the output's folder is not writable: {folder}",
            detail=f"expected permission to create {place.name} there",
            fix="choose another folder or change its permissions",
        )
    return target


def place_of(target: Path, container: Container) -> Path:
    """Returns what gets its name at the end: the file, or the folder of a pattern of pictures."""
    return target.parent if container.is_sequence else target


def _check_is_another_file(source: Path, target: Path, *, is_folder: bool) -> None:
    if is_folder and not source.is_dir():
        # A pattern names pictures in a folder, which would be replaced whole.
        source = source.parent
    if source.exists() and target.exists() and os.path.samefile(source, target):
        raise OutputError(
            f"the output is the input: {target}",
            detail=f"expected two files; both names lead to the same one as {source}",
            fix="give the output another name",
        )


def _check_may_be_replaced(target: Path, overwrite: bool, *, is_folder: bool) -> None:
    # lexists: a dangling link is somebody's file name too.
    if not os.path.lexists(target):
        return
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


def move_into_place(result: Path, place: Path, overwrite: bool) -> None:
    """Gives a finished file or folder its name; brings it to the disk first.

    An old file is replaced in one step. An old folder is set aside first, and removed at the end.

    Raises:
        OutputError: the name was taken meanwhile, or cannot be had.
    """
    is_folder = result.is_dir()
    _check_may_be_replaced(place, overwrite, is_folder=is_folder)
    try:
        for path in result.iterdir() if is_folder else [result]:
            with path.open("rb") as file:
                os.fsync(file.fileno())
        old = result.with_name("replaced.part")
        if is_folder and place.exists():
            os.rename(place, old)
        os.replace(result, place)
        shutil.rmtree(old, ignore_errors=True)
    except OSError as error:
        raise write_error(place, error) from error


@contextlib.contextmanager
def written_aside(target: Path) -> Iterator[Path]:
    """Gives a hidden path beside `target` to write to, and renames it to `target` on success.

    A leftover of a killed run is removed first. On any error, Ctrl-C included, the hidden file is
    removed and whatever `target` held before is untouched.

    Yields:
        The path to write; its suffix is `.part`.

    Raises:
        OutputError: the finished file cannot be renamed.
    """
    part = target.with_name(f".{target.name}.part")
    part.unlink(missing_ok=True)
    try:
        yield part
        try:
            os.replace(part, target)
        except OSError as error:
            raise write_error(target, error) from error
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)


def write_error(path: Path, error: Exception) -> OutputError:
    """Returns the error for a failed write, with the free space of the disk."""
    reason = getattr(error, "strerror", None) or str(error)
    try:
        free = f"{shutil.disk_usage(path.parent).free / 1e6:.0f} MB are free there"
    except OSError:
        free = "its folder cannot be looked at"
    return OutputError(
        f"the output cannot be written: {path}",
        detail=f"the system said: {reason}; {free}",
        fix="make room, or write to another folder",
    )
