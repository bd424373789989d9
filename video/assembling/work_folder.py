"""The hidden folder beside a target with the unfinished translation, from which it is resumed.

`job.json` describes the translation, and every closed segment has files of its own (see
`video.assembling.segments`). What is not closed when a process dies is removed by the next one.
"""

import contextlib
import json
import os
import shutil
from pathlib import Path

from video.core.disk import output_error
from video.core.files import write_atomic
from video.core.leftovers import remove_leftovers, short_name
from video.core.locks import LOCK_FILE, FolderLock

_JOB = "job.json"


class WorkFolder:
    """The unfinished work on one target; as a context manager, it locks other processes out.

    Args:
        target: the file or folder to write in the end; its parent exists.
        request: describes the translation, ready for JSON. Work on another request is discarded.

    Attributes:
        path: the folder.
        settings: settings that were chosen at the start and must not change, such as the batch size; None
            if there is no earlier work.
        discarded: names of the parts of an earlier request that differ; empty if it is resumed.
        keep: whether unfinished files stay on exit.

    Raises:
        OutputError: on entry, if another process works on this target, or nothing can be written.
    """

    def __init__(self, target: Path, request: dict, *, keep: bool = False):
        self.path = _work_folder_of(target)
        self.settings: dict | None = None
        self.discarded: tuple[str, ...] = ()
        self.keep = keep
        self._request, self._lock = as_stored(request), FolderLock(self.path)

    def __enter__(self) -> "WorkFolder":
        self._lock.__enter__()
        try:
            remove_leftovers(self.path)
            self._load_earlier()
        except BaseException as error:
            self.__exit__()
            if isinstance(error, OSError):
                raise output_error(error, self.path) from error
            raise
        return self

    def __exit__(self, *exception) -> None:
        if not self.keep:
            for path in self.path.glob("*.part"):
                _remove(path)
        self._remove_if_idle()
        self._lock.__exit__()

    @property
    def bytes_kept(self) -> int:
        """Size of all files in the folder."""
        return sum(path.stat().st_size for path in self.path.rglob("*") if path.is_file())

    def begin(self, settings: dict) -> None:
        """Write the settings of a new translation, before its first segment."""
        self.settings = settings
        write_json(self.path / _JOB, {"request": self._request, "settings": settings})

    def forget(self) -> None:
        """Remove what is finished; it cannot be resumed."""
        for path in (*self.path.glob("*.mkv"), *self.path.glob("*.json")):
            _remove(path)

    def finish(self) -> None:
        """Remove the folder, after the result is in place."""
        shutil.rmtree(self.path, ignore_errors=True)

    def _load_earlier(self) -> None:
        earlier = read_json(self.path / _JOB) or {}
        found = earlier.get("request", {})
        if found == self._request and isinstance(earlier.get("settings"), dict):
            self.settings = earlier["settings"]
            for path in self.path.glob("*.part"):
                _remove(path)
            return
        if isinstance(found, dict) and found:
            self.discarded = tuple(name for name in self._request if found.get(name) != self._request[name])
        for path in self.path.iterdir():
            if path.name != LOCK_FILE:
                _remove(path)

    def _remove_if_idle(self) -> None:
        """Remove the folder if nothing in it is worth keeping."""
        if not any(self.path.glob("*.mkv")) and not any(self.path.glob("*.part")):
            shutil.rmtree(self.path, ignore_errors=True)


def as_stored(request: dict) -> dict:
    """Return a request as it comes back from the folder: tuples are lists."""
    return json.loads(json.dumps(request))


def earlier_request(target: Path) -> dict | None:
    """Return the request of unfinished work on a target; None if there is none."""
    return (read_json(_work_folder_of(target) / _JOB) or {}).get("request")


def write_json(path: Path, content: dict) -> None:
    """Write a JSON file, whole or not at all."""
    with write_atomic(path) as file:
        file.write(json.dumps(content).encode())


def read_json(path: Path) -> dict | None:
    """Return the content of a JSON file, None if it is missing, damaged or not an object."""
    try:
        content = json.loads(path.read_text())
    except (OSError, ValueError):
        return None
    return content if isinstance(content, dict) else None


def _work_folder_of(target: Path) -> Path:
    # Resolved, so that two names of one target share one folder.
    target = Path(os.path.realpath(target.parent)) / target.name
    return target.parent / f".{short_name(target.name)}.work"


def _remove(path: Path) -> None:
    with contextlib.suppress(OSError):
        shutil.rmtree(path) if path.is_dir() else path.unlink()
