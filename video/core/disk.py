"""Free disk space, and errors of the operating system in plain words."""

import errno
import os
import shutil
from pathlib import Path

from video.core.errors import OutputError

DISK_FULL = tuple(getattr(errno, name) for name in ("ENOSPC", "EDQUOT") if hasattr(errno, name))
_REASONS = {
    errno.EFBIG: ("larger than the limit for one file", "raise the limit (ulimit -f) or choose another disk"),
    errno.EROFS: ("the file system is read-only", "choose another folder"),
    errno.EACCES: ("permission denied", "choose another folder, or change its permissions"),
    errno.EPERM: ("operation not permitted", "choose another folder, or change its permissions"),
    errno.ENOENT: ("its folder does not exist", "create the folder"),
    errno.ENAMETOOLONG: ("the name is too long", "choose a shorter name"),
}


def free_bytes(path: str | os.PathLike) -> int:
    """Return the bytes that this user can still write to the file system of `path`, which need not exist."""
    path = Path(os.path.abspath(path))
    existing = next(folder for folder in (path, *path.parents) if os.path.exists(folder))
    return shutil.disk_usage(existing).free


def require_free_space(path: str | os.PathLike, needed: int) -> None:
    """Stop early when a disk is too small.

    Args:
        path: what is going to be written; it need not exist yet.
        needed: bytes.

    Raises:
        OutputError: with the bytes needed and free.
    """
    free = free_bytes(path)
    if free < needed:
        raise _disk_full(path, f"needed {format_bytes(needed)}, ", free)


def format_bytes(number: float) -> str:
    """Return a readable size such as 1.4 GB, in units of 1000."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if number < 1000:
            return f"{number:.0f} bytes" if unit == "bytes" else f"{number:.1f} {unit}"
        number /= 1000
    return f"{number:.1f} TB"


def output_error(
    error: Exception, path: str | os.PathLike, *, written: int = 0, size_bytes: int | None = None
) -> OutputError:
    """Explain why a path could not be written.

    Args:
        error: from the operating system or a library.
        path: the target as the user knows it.
        written: bytes that were written so far and are removed again.
        size_bytes: the full size if known.
    """
    number: int = getattr(error, "errno", None) or 0
    if number in DISK_FULL:
        needed = f"needed {format_bytes(size_bytes)}, " if size_bytes else ""
        if written and not size_bytes:
            needed = f"needed more than {format_bytes(written)}, "
        # What was written so far is removed, so it counts as free.
        return _disk_full(path, needed, free_bytes(path) + written)
    said = getattr(error, "strerror", None) or str(error)
    reason, fix = _REASONS.get(number, (said, "choose another folder"))
    return OutputError(f"cannot write: {path}", detail=reason, fix=fix)


def _disk_full(path: str | os.PathLike, needed: str, free: int) -> OutputError:
    return OutputError(
        f"not enough disk space: {path}",
        detail=f"{needed}free {format_bytes(free)}",
        fix="free some space, or choose a folder on another disk",
    )


def size_of(path: Path) -> int:
    """Return the bytes of a file or of all files in a folder; 0 if it is missing."""
    paths = [path, *path.rglob("*")] if os.path.isdir(path) else [path]
    return sum(file.lstat().st_size for file in paths if os.path.isfile(file))
