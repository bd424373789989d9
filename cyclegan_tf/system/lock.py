"""One writer for each run folder."""

import contextlib
import errno
import fcntl
import os
import socket
from pathlib import Path

from cyclegan_tf.errors import OutputError
from cyclegan_tf.system.disk import output_error


def is_alive(pid: int) -> bool:
    """Whether this machine runs a process of that id, of any user."""
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True


class RunLock:
    """Keeps a second process out of a folder; use it in a `with` block.

    The operating system holds the lock and lets go of it however the process ends, so a lock file left by a
    killed one is no obstacle. The text in the file is for the one who is refused. Where a file system cannot
    lock, that text decides: the folder is free if it names a process of this machine that is gone.

    Args:
        folder: the folder to lock; made if missing.

    Raises:
        OutputError: on entry, if another process has the folder, naming its id and machine; or if the folder
            cannot be written.
    """

    def __init__(self, folder: str | os.PathLike):
        self.path = Path(os.path.abspath(folder)) / ".lock"
        self._file = None

    def __enter__(self):
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            file = self.path.open("a+", errors="replace")
        except OSError as error:
            raise output_error(error, self.path.parent) from error
        try:
            self._take(file)
            file.truncate(0)
            file.write(f"{os.getpid()} {socket.gethostname()}\n")
            file.flush()
        except BaseException as error:
            # Closing flushes what a full disk has refused once more.
            with contextlib.suppress(OSError):
                file.close()
            if isinstance(error, OSError):
                raise output_error(error, self.path) from error
            raise
        self._file = file
        return self

    def __exit__(self, *_):
        # Emptied, not deleted: a process that waits with the old file open would lock a name that is gone.
        with contextlib.suppress(OSError):
            self._file.truncate(0)
        self._file.close()

    def _take(self, file) -> None:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise self._refusal(*self._owner(file)) from None
        except OSError as error:
            if error.errno not in (errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS):
                raise
            pid, host = self._owner(file)
            if pid and (host != socket.gethostname() or is_alive(pid)):
                raise self._refusal(pid, host) from None

    def _owner(self, file) -> tuple[int, str]:
        file.seek(0)
        pid, _, host = file.read(300).strip().partition(" ")
        return (int(pid), host) if pid.isdecimal() else (0, "")

    def _refusal(self, pid: int, host: str) -> OutputError:
        owner = f"process {pid} on {host}" if pid else "another process"
        return OutputError(
            f"folder is in use: {self.path.parent}",
            detail=f"{owner} is writing to it",
            fix=f"wait for it or stop it, or choose another run name; the lock is {self.path}",
        )
