"""A fingerprint of an input, to tell whether it changed since the work began."""

import hashlib
import os
from pathlib import Path


def fingerprint(path: str | os.PathLike) -> str:
    """Return a digest of names, sizes and modification times; read no contents.

    Args:
        path: a file; a folder, with everything in it; or a pattern, with everything in its folder.
    """
    path = Path(path)
    files = [path] if path.is_file() else sorted((path if path.is_dir() else path.parent).iterdir())
    lines = []
    for file in files:
        status = file.stat()
        lines.append(f"{file.name}\0{status.st_size}\0{status.st_mtime_ns}")
    return hashlib.sha256("\n".join([os.path.abspath(path), *lines]).encode(errors="replace")).hexdigest()
