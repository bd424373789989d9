"""Files and folders that are whole or not there, whatever happens while they are written.

A new version is written beside its target under a hidden name, `.NAME.tmp-PID-NUMBER`, brought to the disk,
and renamed. What a killed process leaves carries its process id, so that a later one can tell and clean up.
"""

import contextlib
import errno
import hashlib
import itertools
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from cyclegan_tf.errors import OutputError
from cyclegan_tf.system.disk import (
    DISK_FULL,
    output_error,
    size_of,
)
from cyclegan_tf.system.lock import is_alive

_HIDDEN_NAME = re.compile(r"\.(?P<name>.+)\.(?P<kind>tmp|old)-(?P<pid>\d+)-\d+", re.DOTALL)
_TARGET_AT_FAULT = (*DISK_FULL, errno.EFBIG, errno.EROFS)
_numbers = itertools.count(1)
# A restarted container often has the process id of the one before it: only these names are really ours.
_in_use: set[Path] = set()


@contextlib.contextmanager
def write_atomic(path: str | os.PathLike, *, size_bytes: int | None = None) -> Iterator[BinaryIO]:
    """Opens a binary file that takes the place of `path` when the block ends well.

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
    """Like `write_atomic` for writers that want a path: yields one to write to, where nothing is yet."""
    path = Path(os.path.abspath(path))
    with _temporary(path, size_bytes) as temporary:
        yield temporary
        _sync(temporary)
        os.replace(temporary, path)
        _sync_folder(path.parent)


@contextlib.contextmanager
def replace_folder(path: str | os.PathLike, *, size_bytes: int | None = None) -> Iterator[Path]:
    """Yields an empty folder that takes the place of `path` when the block ends well; they never merge.

    Two renames swap the folders, and a process killed between them leaves no `path` but the complete old one
    under a hidden name: `recover_folder`, which also runs first in here, puts it back.

    Args:
        path: the target folder; it may exist, its parent must.
        size_bytes: the size to be written if known, for the message on a full disk.

    Raises:
        OutputError: as in `write_atomic`, and if `path` is something else than a folder.
    """
    path = Path(os.path.abspath(path))
    recover_folder(path)
    if os.path.islink(path) or (os.path.exists(path) and not os.path.isdir(path)):
        raise OutputError(f"not a folder: {path}", fix="give another name, or move this file away")
    with _temporary(path, size_bytes) as temporary:
        temporary.mkdir()
        yield temporary
        _sync_tree(temporary)
        _swap(temporary, path)


def check_no_other_files(folder: Path, known: tuple[str, ...]) -> None:
    """Refuses to replace a folder in which somebody keeps files of his own.

    Args:
        folder: which would be replaced.
        known: names, or patterns of names, of what is ours in it.

    Raises:
        OutputError: names the first of the other files.
    """
    others = sorted(
        path.name for path in folder.iterdir() if not any(path.match(pattern) for pattern in known)
    )
    if others:
        more = f" and {len(others) - 1} more" if len(others) > 1 else ""
        raise OutputError(
            f"there are other files in the folder, so it is not overwritten: {folder}",
            detail=f"expected only {', '.join(known)}; found {others[0]}{more}",
            fix="move them away, or give another name",
        )


def remove_whole(path: str | os.PathLike) -> None:
    """Removes a file or folder, if it is there; others see it whole or not at all.

    Raises:
        OutputError: if it cannot be removed.
    """
    path = Path(os.path.abspath(path))
    if not os.path.lexists(path):
        return
    hidden = _hidden(path, "tmp")
    _in_use.add(hidden)
    try:
        # Out of sight in one go: a process that is killed while it deletes leaves no half of it.
        os.rename(path, hidden)
        _remove(hidden)
    except OSError as error:
        raise output_error(error, path) from error
    finally:
        _in_use.discard(hidden)


def recover_folder(path: str | os.PathLike) -> bool:
    """Puts a folder back that `replace_folder` had set aside when its process was killed.

    Returns:
        True if `path` was missing and is there again.
    """
    path = Path(os.path.abspath(path))
    restored = [_clean(hidden) for hidden in _leftovers(path.parent) if _target(hidden) == (path, "old")]
    return path in restored


def remove_leftovers(folder: str | os.PathLike) -> list[Path]:
    """Removes what killed processes left in a folder, and puts back what `replace_folder` had set aside.

    Process ids say nothing about other machines: on a shared file system hold the folder's `RunLock`.

    Returns:
        The paths that were removed or restored.
    """
    return [_clean(hidden) for hidden in _leftovers(Path(os.path.abspath(folder)))]


def remove_own_leftovers() -> None:
    """Removes what this process is writing aside, for one that leaves in the middle of it."""
    for path in list(_in_use):
        target, kind = _target(path)
        with contextlib.suppress(OSError):
            if kind == "old":
                _clean(path)
                continue
            # Another thread may be about to give it its final name: from here on it finds nothing to rename.
            aside = _hidden(target, "tmp")
            os.rename(path, aside)
            _remove(aside)


def sha256(path: str | os.PathLike) -> str:
    """The SHA-256 of a file's content as 64 hexadecimal digits."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextlib.contextmanager
def _temporary(path: Path, size_bytes: int | None) -> Iterator[Path]:
    """Yields a free hidden name beside `path`, removes what is there in the end, and explains errors."""
    temporary = _hidden(path, "tmp")
    _in_use.add(temporary)
    try:
        _remove(temporary)
        yield temporary
    except BaseException as error:
        explained = _explain(error, path, temporary, size_bytes)
        if explained:
            raise explained from error
        raise
    finally:
        with contextlib.suppress(OSError):
            _remove(temporary)
        _in_use.discard(temporary)


def _swap(new: Path, path: Path) -> None:
    if not path.exists():
        os.rename(new, path)
        _sync_folder(path.parent)
        return
    old = _hidden(path, "old")
    _in_use.add(old)
    try:
        os.rename(path, old)
        try:
            os.rename(new, path)
        except BaseException:
            os.rename(old, path)
            raise
        _sync_folder(path.parent)
        shutil.rmtree(old, ignore_errors=True)
    finally:
        _in_use.discard(old)


def _hidden(path: Path, kind: str) -> Path:
    return path.with_name(f".{path.name}.{kind}-{os.getpid()}-{next(_numbers)}")


def _leftovers(folder: Path) -> list[Path]:
    """Hidden files and folders of `folder` whose process is gone."""
    if not folder.is_dir():
        return []
    try:
        paths = sorted(folder.iterdir())
    except OSError as error:
        raise output_error(error, folder) from error
    found = ((path, _HIDDEN_NAME.fullmatch(path.name)) for path in paths)
    return [path for path, match in found if match and not _is_owned(path, int(match["pid"]))]


def _is_owned(path: Path, pid: int) -> bool:
    return path in _in_use if pid == os.getpid() else is_alive(pid)


def _target(hidden: Path) -> tuple[Path, str]:
    match = _HIDDEN_NAME.fullmatch(hidden.name)
    return hidden.with_name(match["name"]), match["kind"]


def _clean(hidden: Path) -> Path:
    target, kind = _target(hidden)
    try:
        if kind == "old" and not target.exists():
            os.rename(hidden, target)
            return target
        _remove(hidden)
    except OSError as error:
        raise output_error(error, hidden) from error
    return hidden


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sync_folder(path: Path) -> None:
    try:
        _sync(path)
    except OSError as error:
        # Some network file systems cannot sync a folder; the rename is still in order with what was written.
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise


def _sync_tree(folder: Path) -> None:
    for parent, _, names in os.walk(folder):
        for name in names:
            if not os.path.islink(os.path.join(parent, name)):
                _sync(Path(parent, name))
        _sync_folder(Path(parent))


def _explain(error, path: Path, temporary: Path, size_bytes: int | None) -> OutputError | None:
    """The error for the user, or None if it does not come from writing the target."""
    if not isinstance(error, OSError):
        return None
    # The caller's block may also read: an input that is missing is not a fault of the output.
    names = [os.path.abspath(os.fsdecode(name)) for name in (error.filename, error.filename2) if name]
    about_target = any(
        name in (str(path), str(path.parent)) or name.startswith(str(temporary)) for name in names
    )
    nothing_written = error.errno == errno.ENOENT and path.parent.is_dir()
    if error.errno in _TARGET_AT_FAULT or (about_target and not nothing_written):
        return output_error(error, path, written=size_of(temporary), size_bytes=size_bytes)
    return None
