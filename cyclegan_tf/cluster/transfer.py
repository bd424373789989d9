"""Files through Ray's object store, for machines that share no file system."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cyclegan_tf.errors import UsageError

# Whole films do not fit in memory; Ray moves chunks that do not fit to the disk.
CHUNK_BYTES = 64 * 2**20


@dataclass(frozen=True)
class SentPath:
    """A file or folder in the object store; it stays there as long as somebody holds this.

    Attributes:
        name: of the file or folder.
        files: of each file its path in the folder, "" for the file itself, and the references of its chunks.
    """

    name: str
    files: tuple[tuple[str, tuple[Any, ...]], ...]


def send(path: str | os.PathLike) -> SentPath:
    """Put a file, or a folder with everything in it, into the object store.

    Raises:
        UsageError: it is neither.
    """
    import ray

    path = Path(path)
    if not path.exists():
        raise UsageError(
            f"only files and folders can be sent to the cluster: {path}",
            detail="--ray-transfer store was given, and this is a pattern",
            fix="give a folder, or --ray-transfer shared",
        )
    files = sorted(file for file in path.rglob("*") if file.is_file()) if path.is_dir() else [path]
    return SentPath(
        path.name,
        tuple(
            (
                "" if file == path else file.relative_to(path).as_posix(),
                tuple(ray.put(chunk) for chunk in _chunks(file)),
            )
            for file in files
        ),
    )


def receive(sent: SentPath, folder: Path) -> Path:
    """Write what was sent into a folder of this machine, and return its path there."""
    import ray

    for name, chunks in sent.files:
        path = folder / sent.name / name if name else folder / sent.name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            for chunk in chunks:
                file.write(ray.get(chunk))
    return folder / sent.name


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            yield chunk
