"""Names of many files: their order, the matches of a pattern, and where each translation goes."""

import glob
import os
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

from video.core.errors import OutputError, UsageError

_NUMBER_DIGITS = 20


@dataclass(frozen=True)
class Pair:
    """A source file and where its translation goes."""

    source: Path
    target: Path


def natural_order(name: str) -> tuple[list[str], str]:
    """Return a sorting key by which frame_2 comes before frame_10."""
    parts = re.split("([0-9]+)", name.casefold())
    # As text: Python refuses to convert very long numbers.
    return [part.zfill(_NUMBER_DIGITS) if place % 2 else part for place, part in enumerate(parts)], name


def is_pattern(source: str | os.PathLike) -> bool:
    """Tell whether a name is a pattern with * ? or [, and not the name of an existing file."""
    return not os.path.exists(source) and glob.has_magic(os.fspath(source))


def below(folder: str | os.PathLike, suffixes: Collection[str]) -> list[Path]:
    """Return the files below a folder that have one of the suffixes, sorted, without hidden ones."""
    return sorted(
        path
        for path in Path(folder).rglob("*")
        if _is_wanted(path, suffixes)
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    )


def matching(pattern: str | os.PathLike, suffixes: Collection[str]) -> list[Path]:
    """Return the files that match a pattern and have one of the suffixes, sorted."""
    paths = map(Path, glob.glob(os.fspath(pattern), recursive=True))
    return sorted(path for path in paths if _is_wanted(path, suffixes))


def root_of(source: str | os.PathLike) -> Path:
    """Return a folder itself, or the folder before a pattern's first wildcard."""
    if os.path.isdir(source):
        return Path(source)
    parts = Path(source).parts
    fixed = next((place for place, part in enumerate(parts) if glob.has_magic(part)), len(parts) - 1)
    return Path(*parts[:fixed])


def mirrored(sources: list[Path], root: Path, folder: Path, suffix_of: Callable[[Path], str]) -> list[Pair]:
    """Return where every translation goes: the same relative path in another folder, and no two to one path.

    Args:
        sources: files below `root`.
        root: the folder that is mirrored.
        folder: where the translations go.
        suffix_of: the suffix of a translation; the file's own suffix, as it is spelt, where its format is
            kept.
    """
    suffixes = {source: suffix_of(source) for source in sources}
    targets, taken = {}, set()
    # Those that keep their names go first, so that no other one takes them.
    for source in sorted(sources, key=lambda source: suffixes[source] != source.suffix):
        place = folder / source.relative_to(root)
        target = place.with_suffix(suffixes[source])
        if target in taken:
            target = place.with_name(f"{source.name}{suffixes[source]}")
        taken.add(target)
        targets[source] = target
    return [Pair(source, targets[source]) for source in sources]


def check_folder(source: str | os.PathLike, folder: Path) -> None:
    """Check that the translations of many files may go into a folder.

    Args:
        source: a folder or a pattern.
        folder: where they go; it need not exist.

    Raises:
        OutputError: it is a file.
        UsageError: the next run would take its files for sources.
    """
    if folder.exists() and not folder.is_dir():
        raise OutputError(
            f"the output is a file: {folder}", detail="expected a folder, for many files", fix="give a folder"
        )
    is_searched_whole = os.path.isdir(source) or "**" in Path(source).parts
    root = root_of(source)
    if is_searched_whole and folder.resolve().is_relative_to(root.resolve()):
        raise UsageError(
            f"the output lies in the input: {folder}",
            detail=f"the next run would take its files for sources of {root}",
            fix="give a folder outside",
        )


def _is_wanted(path: Path, suffixes: Collection[str]) -> bool:
    return path.suffix.lower() in suffixes and path.is_file()
