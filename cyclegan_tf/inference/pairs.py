"""The pictures that a file, a folder or a pattern names, and the target of each."""

import os
from dataclasses import dataclass
from pathlib import Path

from cyclegan_tf.errors import DataError, OutputError, UsageError
from cyclegan_tf.images.kinds import ALWAYS_READ, PICTURE_SUFFIXES
from cyclegan_tf.images.listing import list_images, without_originals
from cyclegan_tf.images.writing import FORMATS
from video.core.names import Pair, check_folder, is_pattern, matching, mirrored, root_of

# For sources whose format is not written; GIF, for example, has too few colours.
_SUFFIX_OF_OTHERS = ".png"
_NAMED = 3


@dataclass(frozen=True)
class Pairs:
    """Pictures to translate.

    Attributes:
        pairs: each picture and its target.
        folder: where all of them go.
        into_folder: whether a folder was asked for, which may have to be made, rather than a file.
    """

    pairs: list[Pair]
    folder: Path
    into_folder: bool


def find_pairs(source: Path, target: Path, suffix: str | None = None, *, any_channels: bool = False) -> Pairs:
    """Find the pictures to translate.

    A picture keeps its name and, where it can be written, its format. Folders are mirrored.

    Args:
        source: a picture; a folder, searched with its subfolders; or a pattern such as photos/**/*.jpg.
        target: a file for one picture, or a folder.
        suffix: of all results, None to keep each one's own.
        any_channels: whether the results are neither grey nor RGB; few formats can hold such pixels.

    Raises:
        DataError: no picture was found.
        UsageError: the target's suffix is not a format, or differs from `suffix`; or it lies in the source
            folder.
        OutputError: the target is of the wrong kind.
    """

    def written_suffix(picture: Path) -> str:
        return _written_suffix(picture, suffix, any_channels=any_channels)

    if source.is_dir() or is_pattern(source):
        pictures = list_images(source) if source.is_dir() else _matching(source)
        _check_folder(source, target)
        return Pairs(mirrored(pictures, root_of(source), target, written_suffix), target, True)
    if not source.exists():
        raise DataError(
            f"no picture at {source}",
            detail="expected a picture, a folder of pictures, or a pattern such as 'photos/*.jpg'",
            fix="check the spelling",
        )
    if target.is_dir() or not target.suffix:
        return Pairs(mirrored([source], source.parent, target, written_suffix), target, True)
    _check_suffix(target, suffix, any_channels=any_channels)
    return Pairs([Pair(source, target)], target.parent, False)


def check_targets(pairs: Pairs, extra: list[Path], *, overwrite: bool) -> None:
    """Refuse to write over existing files, before any work is done.

    Args:
        pairs: what is to be translated.
        extra: further files that are to be written.
        overwrite: replace files; a source never.

    Raises:
        OutputError: a target is a source, under whatever name, or exists, or cannot be written; or a further
            file has the name of a target.
    """
    sources = {_identity(pair.source): pair.source for pair in pairs.pairs if pair.source.exists()}
    translations = {pair.target for pair in pairs.pairs}
    twice = next((path for path in extra if path in translations), None)
    if twice is not None:
        raise OutputError(
            f"two results would have one name: {twice}",
            detail="a translation, and what --compare or --write-masks writes beside it",
            fix="leave that option out, or give the source another name",
        )
    targets = [*(pair.target for pair in pairs.pairs), *extra]
    existing = [target for target in targets if os.path.lexists(target)]
    for target in existing:
        if target.is_dir():
            raise OutputError(f"the output is a folder: {target}", fix="give another name")
        if target.exists() and _identity(target) in sources:
            raise OutputError(
                f"the output is the input: {target}",
                detail=f"expected another file than {sources[_identity(target)]}",
                fix="give another output",
            )
    if existing and not overwrite:
        names = ", ".join(map(str, existing[1:_NAMED]))
        more = f" and {len(existing) - _NAMED} more" if len(existing) > _NAMED else ""
        raise OutputError(
            f"output exists: {existing[0]}",
            detail=f"so do {names}{more}" if names else "",
            fix="give another output, or --overwrite",
        )
    _check_writable(pairs)


def _written_suffix(picture: Path, suffix: str | None, *, any_channels: bool) -> str:
    own = picture.suffix.lower()
    wanted = suffix or (own if own in FORMATS else _SUFFIX_OF_OTHERS)
    if any_channels and not FORMATS[wanted].any_channels:
        wanted = ".tif"
    return picture.suffix if FORMATS.get(own) is FORMATS[wanted] else wanted


def _matching(pattern: Path) -> list[Path]:
    pictures = without_originals(matching(pattern, PICTURE_SUFFIXES))
    if not pictures:
        raise DataError(
            f"no picture matches the pattern: {pattern}",
            detail=f"expected files ending in {', '.join(ALWAYS_READ)}; the pattern matches none of these",
            fix="check the pattern",
        )
    return pictures


def _check_folder(source: Path, folder: Path) -> None:
    if not folder.exists() and folder.suffix.lower() in FORMATS:
        raise UsageError(
            f"the output has the name of a file: {folder}",
            detail="expected a folder, for what may be many pictures",
            fix="give a folder",
        )
    check_folder(source, folder)


def _check_suffix(target: Path, suffix: str | None, *, any_channels: bool) -> None:
    own = target.suffix.lower()
    kind = FORMATS.get(own)
    fitting = [name for name, found in FORMATS.items() if found.any_channels or not any_channels]
    if kind is None or own not in fitting:
        raise UsageError(
            f"the output's suffix is not a format that can be written: {target}",
            detail=f"expected one of {', '.join(fitting)}",
            fix=f"end the name in {fitting[0]}",
        )
    if suffix and kind is not FORMATS[suffix]:
        raise UsageError(
            f"the output's suffix and --format differ: {target}",
            detail=f"expected {suffix}; found {target.suffix}",
            fix="leave --format out",
        )


def _check_writable(pairs: Pairs) -> None:
    folder = pairs.folder
    if not pairs.into_folder and not folder.is_dir():
        raise OutputError(f"the output's folder does not exist: {folder}", fix="make it first")
    existing = next(place for place in (folder, *folder.absolute().parents) if place.exists())
    if not os.access(existing, os.W_OK):
        raise OutputError(
            f"cannot write into the folder: {existing}",
            fix="choose another folder, or change its permissions",
        )


def _identity(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_dev, status.st_ino
