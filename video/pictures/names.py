"""The files of a sequence of pictures, in order."""

import fnmatch
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from video.core.errors import MediaError, UsageError
from video.core.names import natural_order
from video.core.targets import TIMES_FILE

SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff")
_FIELD = re.compile(r"%%|%0?([0-9]*)d")
_GLOB = re.compile(r"[*?\[]")
_SHOWN = 3


@dataclass(frozen=True)
class Listing:
    """The pictures of a sequence.

    Attributes:
        folder: where they lie.
        names: of the files, in presentation order.
        warnings: about missing and ignored files, in whole sentences.
    """

    folder: Path
    names: tuple[str, ...]
    warnings: tuple[str, ...]


def list_pictures(path: str | os.PathLike) -> Listing:
    """Find the pictures of a sequence; open none.

    Args:
        path: a folder; or a name with one %d or %05d, whose numbers may start anywhere; or a name with *,
            ? or []. Folders cannot be patterns. Digits are sorted as numbers: 2 is before 10.

    Raises:
        MediaError: there are no such pictures.
        UsageError: more than one %d.
    """
    path = Path(path)
    if path.is_dir():
        return _in_folder(path, path)
    if _number_fields(path.name):
        return _by_number(path)
    matching = [name for name in _names(path.parent, path) if fnmatch.fnmatchcase(name, path.name)]
    return _in_folder(path.parent, path, matching if _GLOB.search(path.name) else [])


@dataclass(frozen=True)
class NumberedName:
    """The names that a pattern such as frame_%05d.png stands for.

    Attributes:
        before: the text before the number.
        after: the text after it.
        digits: their least number, padded with zeros.
    """

    before: str
    after: str
    digits: int

    def name(self, number: int) -> str:
        """Return the name of one number."""
        return f"{self.before}{number:0{self.digits}d}{self.after}"

    def number(self, name: str) -> int | None:
        """Return the number in a name, None when the name does not match."""
        middle = name[len(self.before) : len(name) - len(self.after)]
        if not re.fullmatch("[0-9]+", middle) or self.name(int(middle)) != name:
            return None
        return int(middle)


def numbered_name(pattern: str) -> NumberedName:
    """Parse a pattern; %% is a percent sign.

    Raises:
        UsageError: not exactly one %d or %05d.
    """
    fields = _number_fields(pattern)
    if len(fields) != 1:
        raise UsageError(
            f"this is not a pattern of pictures: {pattern}",
            detail=f"expected one number such as %05d; found {len(fields)}",
            fix="name the pictures like frame_%05d.png",
        )
    (field,) = fields
    before, after = pattern[: field.start()], pattern[field.end() :]
    return NumberedName(before.replace("%%", "%"), after.replace("%%", "%"), int(field[1] or 1))


def _number_fields(pattern: str) -> list[re.Match]:
    return [match for match in _FIELD.finditer(pattern) if match[0] != "%%"]


def _in_folder(folder: Path, asked: Path, names: list[str] | None = None) -> Listing:
    names = _names(folder, asked) if names is None else names
    pictures = [name for name in names if _is_picture(folder / name)]
    others = sorted(set(names) - set(pictures) - {TIMES_FILE}, key=natural_order)
    if not pictures:
        raise _no_pictures(asked, others)
    warnings = [f"Ignored, because they are not pictures: {_some(others)}."] if others else []
    return Listing(folder, tuple(sorted(pictures, key=natural_order)), tuple(warnings))


def _by_number(path: Path) -> Listing:
    pattern, found = numbered_name(path.name), {}
    for name in _names(path.parent, path):
        number = pattern.number(name)
        if number is not None and _is_picture(path.parent / name):
            found[number] = name
    if not found:
        raise _no_pictures(path, [])
    numbers = sorted(found)
    gaps = list(_gaps(numbers))
    warnings = [f"Missing from {path.name}: number {_some(gaps)}."] if gaps else []
    return Listing(path.parent, tuple(found[number] for number in numbers), tuple(warnings))


def _gaps(numbers: list[int]) -> Iterator[str]:
    for before, after in zip(numbers, numbers[1:]):
        if after - before == 2:
            yield str(before + 1)
        elif after - before > 2:
            yield f"{before + 1} to {after - 1}"


def _names(folder: Path, asked: Path) -> list[str]:
    try:
        return [name for name in os.listdir(folder) if not name.startswith(".")]
    except OSError as error:
        raise MediaError(
            f"the pictures cannot be listed: {asked}",
            detail=f"the system said: {error.strerror}",
            fix="check the folder's path and permissions",
        ) from error


def _is_picture(path: Path) -> bool:
    # A pipe would block for ever, whatever its name.
    return path.suffix.lower() in SUFFIXES and path.is_file()


def _some(names: list[str]) -> str:
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _no_pictures(asked: Path, others: list[str]) -> MediaError:
    return MediaError(
        f"there are no pictures: {asked}",
        detail=f"expected {', '.join(SUFFIXES)}; found {_some(others) or 'nothing that fits'}",
        fix="give a folder of pictures, or a pattern such as frames/%05d.png",
    )
