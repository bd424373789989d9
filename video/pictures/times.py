"""The table beside a sequence of pictures: when each of them is shown."""

import csv
import re
from fractions import Fraction
from pathlib import Path

from video.core.disk import output_error
from video.core.targets import TIMES_FILE

_COLUMNS = ["file", "seconds", "duration_seconds"]
# Only plain decimals: an exponent could mean a number of a million digits.
_SECONDS = re.compile(r"-?[0-9]{1,9}(\.[0-9]{1,9})?")


def write_times(folder: Path, rows: list[tuple[str, Fraction, Fraction]]) -> None:
    """Write the table.

    Args:
        folder: where the pictures lie.
        rows: (name, start, duration) of every picture, in seconds; stored to the microsecond.

    Raises:
        OutputError: it cannot be written.
    """
    path = folder / TIMES_FILE
    try:
        with open(path, "w", newline="", encoding="utf-8") as file:
            table = csv.writer(file)
            table.writerow(_COLUMNS)
            table.writerows(
                (name, f"{float(start):.6f}", f"{float(length):.6f}") for name, start, length in rows
            )
    except OSError as error:
        raise output_error(error, path) from error


def read_times(folder: Path, names: list[str]) -> list[tuple[Fraction, Fraction]] | None:
    """Return (start, duration) in seconds of every picture, None without a table.

    Args:
        folder: where the pictures lie.
        names: of the files, in their order.

    Raises:
        ValueError: the table is not valid, or does not fit the pictures.
    """
    path = folder / TIMES_FILE
    if not path.is_file():
        return None
    with open(path, newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    if not rows or rows[0] != _COLUMNS or any(len(row) != len(_COLUMNS) for row in rows):
        raise ValueError(f"its columns are not {', '.join(_COLUMNS)}")
    found = {name: (_seconds(start), _seconds(duration)) for name, start, duration in rows[1:]}
    if missing := [name for name in names if name not in found]:
        raise ValueError(f"it does not name {missing[0]}")
    if len(found) != len(names):
        raise ValueError(f"it names {len(found)} pictures; there are {len(names)}")
    times = [found[name] for name in names]
    if any(duration <= 0 for _, duration in times):
        raise ValueError("it has a duration of 0")
    if any(later <= earlier for (earlier, _), (later, _) in zip(times, times[1:])):
        raise ValueError("its times do not rise in the order of the names")
    return times


def _seconds(text: str) -> Fraction:
    if not _SECONDS.fullmatch(text):
        raise ValueError(f"it has a time that is not a number of seconds: {text[:20]}")
    return Fraction(text)
