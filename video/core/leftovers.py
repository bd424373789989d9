"""Hidden names beside a target for unfinished files, and the leftovers of killed processes.

A new version of NAME lies at `.NAME.tmp-PID-NUMBER`, an old one that is being replaced at
`.NAME.old-PID-NUMBER`. The process id shows a later process that nobody will finish it.
"""

import contextlib
import hashlib
import itertools
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import psutil

from video.core.disk import output_error

_HIDDEN_NAME = re.compile(r"\.(?P<name>.+)\.(?P<kind>tmp|old)-(?P<pid>\d+)-\d+", re.DOTALL)
_MOST_NAME_BYTES = 200
_SHORTENED = re.compile(r".*~[0-9a-f]{16}", re.DOTALL)
_numbers = itertools.count(1)
# Hidden names and their targets. A restarted container often has the process id of the previous one: only
# these names are in use by this process.
_in_use: dict[Path, Path] = {}


@contextlib.contextmanager
def hidden_name(path: Path, kind: str) -> Iterator[Path]:
    """Yield a hidden name beside `path` and mark it as in use while the block runs.

    Args:
        path: the target.
        kind: "tmp" for a new version, "old" for one that is to be put back if it has to be.
    """
    hidden = _hidden_path(path, kind)
    _in_use[hidden] = path
    try:
        yield hidden
    finally:
        _in_use.pop(hidden, None)


def recover(path: str | os.PathLike) -> bool:
    """Remove the leftovers of one target; restore what `replace_folder` had set aside.

    Returns:
        True if `path` was missing and is restored.
    """
    path = Path(os.path.abspath(path))
    name = short_name(path.name)
    found = [_clean(hidden, path) for hidden, of in _leftovers(path.parent) if of == name]
    return path in found


def remove_leftovers(folder: str | os.PathLike) -> list[Path]:
    """Remove the leftovers in a folder, and restore what `replace_folder` had set aside.

    Process ids say nothing about other machines: on a shared file system hold the folder's `FolderLock`.

    Returns:
        The paths that were removed or restored.
    """
    found = _leftovers(Path(os.path.abspath(folder)))
    # Only `recover` can restore a folder whose name was shortened: it knows the whole name.
    return [
        _clean(hidden, hidden.with_name(name))
        for hidden, name in found
        if not (_is_old(hidden) and _SHORTENED.fullmatch(name))
    ]


def remove_own_leftovers() -> None:
    """Remove the unfinished files of this process, before it exits in the middle of a write."""
    for hidden, target in list(_in_use.items()):
        with contextlib.suppress(OSError):
            if _is_old(hidden):
                _clean(hidden, target)
                continue
            # Another thread may be about to rename it: from here on there is nothing to rename.
            aside = _hidden_path(target, "tmp")
            os.rename(hidden, aside)
            remove(aside)


def short_name(name: str) -> str:
    """Return a name short enough for a prefix and suffix within the 255 bytes of most file systems."""
    data = os.fsencode(name)
    if len(data) <= _MOST_NAME_BYTES:
        return name
    digest = "~" + hashlib.sha256(data).hexdigest()[:16]
    # Not in the middle of a character.
    return data[: _MOST_NAME_BYTES - len(digest)].decode("utf-8", "ignore") + digest


def remove(path: Path) -> None:
    """Remove a file or folder, if it exists."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _hidden_path(path: Path, kind: str) -> Path:
    return path.with_name(f".{short_name(path.name)}.{kind}-{os.getpid()}-{next(_numbers)}")


def _leftovers(folder: Path) -> list[tuple[Path, str]]:
    """Return the leftovers of dead processes in `folder`, each with the short name of its target."""
    if not folder.is_dir():
        return []
    try:
        paths = sorted(folder.iterdir())
    except OSError as error:
        raise output_error(error, folder) from error
    found = ((path, _HIDDEN_NAME.fullmatch(path.name)) for path in paths)
    return [
        (path, match["name"]) for path, match in found if match and not _is_owned(path, int(match["pid"]))
    ]


def _is_owned(path: Path, pid: int) -> bool:
    return path in _in_use if pid == os.getpid() else psutil.pid_exists(pid)


def _is_old(hidden: Path) -> bool:
    match = _HIDDEN_NAME.fullmatch(hidden.name)
    return match is not None and match["kind"] == "old"


def _clean(hidden: Path, target: Path) -> Path:
    try:
        if _is_old(hidden) and not target.exists():
            os.rename(hidden, target)
            return target
        remove(hidden)
    except OSError as error:
        raise output_error(error, hidden) from error
    return hidden
