"""Atomic writes: a file or folder is complete or absent, whatever happens while it is written.

A new version is written beside its target under a hidden name (see `video.core.leftovers`), synced to
the disk, and renamed.
"""

import contextlib
import errno
import functools
import hashlib
import logging
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from video.core.disk import DISK_FULL, output_error, size_of
from video.core.errors import OutputError
from video.core.leftovers import hidden_name, recover, remove

_TARGET_AT_FAULT = (*DISK_FULL, errno.EFBIG, errno.EROFS)
# The answers of file systems that do not support fsync.
_CANNOT_SYNC = (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP)
_CANNOT_SYNC_FOLDER = (*_CANNOT_SYNC, errno.EBADF, errno.EIO, errno.EACCES, errno.EPERM)
_LOGGER = logging.getLogger(__name__)


@contextlib.contextmanager
def write_atomic(path: str | os.PathLike, *, size_bytes: int | None = None) -> Iterator[BinaryIO]:
    """Open a binary file that replaces `path` when the block ends without an error.

    Until then, and after any error, `path` is as it was. The file mode follows the umask.

    Args:
        path: the target; its folder must exist.
        size_bytes: the size to be written if known, for the message on a full disk.

    Raises:
        OutputError: if the target cannot be written: full disk, size limit, permission, read-only.
    """
    with replace_file(path, size_bytes=size_bytes) as temporary, temporary.open("xb") as file:
        yield file


@contextlib.contextmanager
def replace_file(path: str | os.PathLike, *, size_bytes: int | None = None) -> Iterator[Path]:
    """Like `write_atomic` for writers that want a path: yield one to write to, where nothing is yet."""
    path = Path(os.path.abspath(path))
    with _temporary(path, size_bytes) as temporary:
        yield temporary
        _put_in_place(temporary, path)


@contextlib.contextmanager
def replace_folder(path: str | os.PathLike, *, size_bytes: int | None = None) -> Iterator[Path]:
    """Yield an empty folder that replaces `path` when the block ends without an error; they never merge.

    Two renames swap the folders. A process that is killed between them leaves the complete old folder under
    a hidden name. `recover` puts it back, and runs first in here.

    Args:
        path: the target folder; it may exist, its parent must.
        size_bytes: the size to be written if known, for the message on a full disk.

    Raises:
        OutputError: as in `write_atomic`, and if `path` is not a folder.
    """
    path = Path(os.path.abspath(path))
    recover(path)
    if os.path.islink(path) or (os.path.exists(path) and not os.path.isdir(path)):
        raise OutputError(f"not a folder: {path}", fix="give another name, or move this file away")
    with _temporary(path, size_bytes) as temporary:
        temporary.mkdir()
        yield temporary
        _put_in_place(temporary, path)


def move_into_place(new: Path, path: Path) -> None:
    """Rename a finished file or folder to `path`, and sync it; what was there is replaced as a whole.

    Raises:
        OutputError: it cannot be renamed.
    """
    try:
        _put_in_place(new, path)
    except OSError as error:
        raise output_error(error, path, written=size_of(new)) from error


def make_folder(path: Path) -> None:
    """Make a folder and its parents, unless they exist.

    Raises:
        OutputError: it cannot be made.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise output_error(error, path) from error


def check_no_other_files(folder: Path, known: tuple[str, ...]) -> None:
    """Refuse to replace a folder that holds the user's own files.

    Args:
        folder: the one that would be replaced.
        known: names, or patterns of names, of the files that we write into it.

    Raises:
        OutputError: names the first of the other files.
    """
    others = sorted(
        path.name for path in folder.iterdir() if not any(path.match(pattern) for pattern in known)
    )
    if others:
        raise other_files_error(folder, ", ".join(known), others)


def other_files_error(folder: Path, expected: str, others: list[str]) -> OutputError:
    """Return the error for a folder that is not replaced, because it holds other files.

    Args:
        folder: the one that would be replaced.
        expected: what alone may lie there.
        others: names of what else does, at least one.
    """
    more = f" and {len(others) - 1} more" if len(others) > 1 else ""
    return OutputError(
        f"there are other files in the folder, so it is not overwritten: {folder}",
        detail=f"expected only {expected}; found {others[0]}{more}",
        fix="move them away, or give another name",
    )


def remove_whole(path: str | os.PathLike) -> None:
    """Remove a file or folder, if it exists; other processes see all of it or nothing.

    Raises:
        OutputError: if it cannot be removed.
    """
    path = Path(os.path.abspath(path))
    if not os.path.lexists(path):
        return
    try:
        with hidden_name(path, "tmp") as hidden:
            # Renamed first, so that a process that is killed while it deletes leaves no half of it.
            os.rename(path, hidden)
            remove(hidden)
    except OSError as error:
        raise output_error(error, path) from error


def sync_to_disk(path: Path, tolerated: tuple[int, ...] = _CANNOT_SYNC) -> None:
    """Sync a file or folder to the disk (fsync), where the file system supports it.

    Args:
        path: the file or folder.
        tolerated: numbers of errors that mean no support.

    Raises:
        OSError: the data cannot be written to the disk.
    """
    try:
        # Windows does not sync files that were opened for reading.
        descriptor = os.open(path, os.O_RDWR if os.name == "nt" else os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        if error.errno not in tolerated:
            error.filename = str(path)
            raise
        _warn_once()


def sha256(path: str | os.PathLike) -> str:
    """Return the SHA-256 of a file's content as 64 hexadecimal digits."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextlib.contextmanager
def _temporary(path: Path, size_bytes: int | None) -> Iterator[Path]:
    """Yield a free hidden name beside `path`; in the end remove what is there, and explain errors."""
    with hidden_name(path, "tmp") as temporary:
        try:
            # The target's own name may be too long: find out before the work.
            with contextlib.suppress(FileNotFoundError):
                os.lstat(path)
            remove(temporary)
            yield temporary
        except OSError as error:
            if _is_about(error, path, temporary):
                raise output_error(error, path, written=size_of(temporary), size_bytes=size_bytes) from error
            raise
        finally:
            with contextlib.suppress(OSError):
                remove(temporary)


def _put_in_place(new: Path, path: Path) -> None:
    if new.is_dir():
        _sync_tree(new)
        _swap(new, path)
    else:
        sync_to_disk(new)
        os.replace(new, path)
    _sync_folder(path.parent)


def _swap(new: Path, path: Path) -> None:
    if not path.exists():
        os.rename(new, path)
        return
    with hidden_name(path, "old") as old:
        os.rename(path, old)
        try:
            os.rename(new, path)
        except BaseException:
            os.rename(old, path)
            raise
        _sync_folder(path.parent)
        with contextlib.suppress(OSError):
            remove(old)


def _sync_folder(path: Path) -> None:
    # Windows cannot open a folder, and does not need this.
    if os.name != "nt":
        sync_to_disk(path, _CANNOT_SYNC_FOLDER)


@functools.cache
def _warn_once() -> None:
    _LOGGER.warning("this file system cannot sync data to its disk; a power cut may lose the newest")


def _sync_tree(folder: Path) -> None:
    for parent, _, names in os.walk(folder):
        for name in names:
            # A link has no data of its own.
            if not os.path.islink(os.path.join(parent, name)):
                sync_to_disk(Path(parent, name))
        _sync_folder(Path(parent))


def _is_about(error: OSError, path: Path, temporary: Path) -> bool:
    """Tell whether an error comes from writing the target; the caller's block may also read other files."""
    names = [os.path.abspath(os.fsdecode(name)) for name in (error.filename, error.filename2) if name]
    about_target = any(
        name in (str(path), str(path.parent)) or name.startswith(str(temporary)) for name in names
    )
    nothing_written = error.errno == errno.ENOENT and path.parent.is_dir()
    return error.errno in _TARGET_AT_FAULT or (about_target and not nothing_written)
