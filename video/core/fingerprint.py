"""A fingerprint of an input, to tell whether it changed since the work began."""

import hashlib
import os
from pathlib import Path


def fingerprint(path: str | os.PathLike) -> str:
    """Return a digest of names, sizes and modification times; read no contents.

    Args:
        path: a file; a folder or a pattern, with every file of the folder that is not hidden. Hidden are the
            notes of other programs, and our own unfinished work, which may lie beside the pictures.
    """
    path = Path(path)
    files = [path] if path.is_file() else _visible(path if path.is_dir() else path.parent)
    lines = []
    for file in files:
        status = file.stat()
        lines.append(f"{file.name}\0{status.st_size}\0{status.st_mtime_ns}")
    return hashlib.sha256("\n".join([os.path.abspath(path), *lines]).encode(errors="replace")).hexdigest()


def _visible(folder: Path) -> list[Path]:
    """Return the files in a folder, sorted: no broken links, and nothing hidden."""
    return sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))
