"""Where the result goes: checked before any work, written aside, renamed at the end."""

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from video.containers import container_for
from video.errors import OutputError


def check_target(source: str | os.PathLike, target: str | os.PathLike, overwrite: bool = False) -> Path:
    """Checks in milliseconds that a result may be written to `target`.

    Args:
        source: the clip to translate; it need not exist yet.
        target: the file to write, with the suffix of a known container.
        overwrite: whether an existing target may be replaced.

    Returns:
        The target as a path.

    Raises:
        UsageError: the suffix is not known.
        OutputError: the target is the source (also through a link), exists, or its folder is missing
            or not writable.
    """
    target = Path(target)
    container_for(target)
    _check_is_another_file(Path(source), target)
    _check_may_be_replaced(target, overwrite)
    folder = target.parent
    if not folder.is_dir():
        raise OutputError(
            f"the output's folder does not exist: {folder}",
            detail=f"expected an existing folder for {target.name}",
            fix=f"create it first: mkdir -p '{folder}'",
        )
    if not os.access(folder, os.W_OK | os.X_OK):
        raise OutputError(
            f"the output's folder is not writable: {folder}",
            detail=f"expected permission to create {target.name} there",
            fix="choose another folder or change its permissions",
        )
    return target


def _check_is_another_file(source: Path, target: Path) -> None:
    if source.exists() and target.exists() and os.path.samefile(source, target):
        raise OutputError(
            f"the output is the input: {target}",
            detail=f"expected two files; both names lead to the same one as {source}",
            fix="give the output another name",
        )


def _check_may_be_replaced(target: Path, overwrite: bool) -> None:
    # lexists: a dangling link is somebody's file name too.
    if not os.path.lexists(target):
        return
    if not target.is_file():
        raise OutputError(
            f"the output exists and is not a regular file: {target}",
            detail="expected a free name or a file; found a folder, device or broken link",
            fix="give the output another name",
        )
    if not overwrite:
        raise OutputError(
            f"the output exists: {target}",
            detail="expected a free name; overwriting was not asked for",
            fix="give the output another name or allow overwriting (--overwrite)",
        )


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
