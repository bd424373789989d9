"""A lock that allows one writer per folder."""

import contextlib
import errno
import logging
import os
import socket
from pathlib import Path
from typing import BinaryIO

import filelock
import psutil

from video.core.disk import output_error
from video.core.errors import OutputError

LOCK_FILE = ".lock"
_UNSUPPORTED = (errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP)
_OWNER_START, _OWNER_BYTES = 1, 300
_LOGGER = logging.getLogger(__name__)


class FolderLock:
    """A lock that keeps other processes out of a folder; use it in a `with` block.

    The operating system holds the lock and releases it however the process ends, so the lock file of a killed
    process does not block anybody. The text in the file names the owner, for error messages. Where a file
    system cannot lock, that text decides: the folder is free if it names a dead process of this machine.

    Args:
        folder: the folder to lock; made if missing.

    Raises:
        OutputError: on entry, if another process holds the lock, with its id and machine; or if the folder
            cannot be written.
    """

    def __init__(self, folder: str | os.PathLike):
        self.path = Path(os.path.abspath(folder)) / LOCK_FILE
        self._file: BinaryIO

    def __enter__(self) -> "FolderLock":
        with contextlib.ExitStack() as undo:
            try:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                # Unbuffered: on a full disk, closing a buffered file would fail.
                file: BinaryIO = undo.enter_context(self.path.open("a+b", buffering=0))
                self._take(file)
            except OSError as error:
                raise output_error(error, self.path) from error
            undo.pop_all()
        self._file = file
        # On a full disk the text cannot be written; the lock still holds.
        with contextlib.suppress(OSError):
            file.truncate(0)
            # On Windows nobody can read the locked byte, which is the first: the text follows it.
            file.write(f"\n{os.getpid()} {socket.gethostname()}\n".encode())
        return self

    def __exit__(self, *_: object) -> None:
        # Emptied, not deleted: a process that waits with the old file open would lock a name that is gone.
        with contextlib.suppress(OSError):
            self._file.truncate(0)
        self._file.close()

    def _take(self, file: BinaryIO) -> None:
        try:
            if not filelock.lock_descriptor(file.fileno(), blocking=False):
                raise self._refusal(*_owner(file))
        except OSError as error:
            if error.errno not in _UNSUPPORTED:
                raise
            pid, host = _owner(file)
            if pid and (host != socket.gethostname() or psutil.pid_exists(pid)):
                raise self._refusal(pid, host) from None
            _LOGGER.warning("this file system cannot lock; write only once at a time to %s", self.path.parent)

    def _refusal(self, pid: int, host: str) -> OutputError:
        owner = f"process {pid} on {host}" if pid else "another process"
        return OutputError(
            f"folder is in use: {self.path.parent}",
            detail=f"{owner} is writing to it",
            fix=f"wait for it or stop it, or choose another name; the lock is {self.path}",
        )


def owner_of(folder: str | os.PathLike) -> int | None:
    """Return the id of the process that writes to a folder, by the text in its lock; None if there is none.

    A process of another machine counts as writing, because nobody here can tell.

    Args:
        folder: that a `FolderLock` may hold.
    """
    try:
        with (Path(folder) / LOCK_FILE).open("rb") as file:
            pid, host = _owner(file)
    except OSError:
        return None
    is_writing = pid and (host != socket.gethostname() or psutil.pid_exists(pid))
    return pid if is_writing else None


def _owner(file: BinaryIO) -> tuple[int, str]:
    file.seek(_OWNER_START)
    pid, _, host = file.read(_OWNER_BYTES).decode(errors="replace").strip().partition(" ")
    return (int(pid), host) if pid.isdecimal() else (0, "")
