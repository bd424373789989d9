"""Many clips at once: from a folder or pattern into a mirrored folder."""

import hashlib
import json
import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from pathlib import Path

from video.core.containers import CONTAINERS
from video.core.disk import output_error
from video.core.errors import MediaError, UserError
from video.core.files import sync_to_disk
from video.core.fingerprint import fingerprint
from video.core.names import Pair, below, check_folder, is_pattern, matching, mirrored, root_of
from video.core.options import Options
from video.core.report import Report

CLIP_SUFFIXES = (
    *(".mp4", ".m4v", ".mov", ".3gp", ".mkv", ".webm", ".avi", ".ts", ".m2ts", ".mts"),
    *(".mpg", ".mpeg", ".vob", ".m2v", ".flv", ".mxf", ".wmv", ".asf", ".ogv", ".dv"),
    *(".y4m", ".ivf", ".h264", ".264", ".hevc", ".265", ".gif"),
)
STATUSES = ("translated", "finished before", "failed")
JOURNAL = ".translated.jsonl"
# Matroska holds every kind of stream, so nothing has to be converted or dropped.
_SUFFIX_OF_OTHERS = ".mkv"


@dataclass(frozen=True)
class Outcome:
    """The outcome of one clip of many.

    Attributes:
        pair: the clip and its target.
        status: one of STATUSES.
        report: of a translated clip, else None.
        error: of a failed one, else None.
    """

    pair: Pair
    status: str
    report: Report | None = None
    error: UserError | None = None


def is_collection(source: str | os.PathLike) -> bool:
    """Tell whether `source` means many clips: a pattern with * ? or [, or a folder with clips in it."""
    if os.path.isdir(source):
        return bool(below(source, CLIP_SUFFIXES))
    return is_pattern(source) and Path(source).suffix.lower() in ("", ".*", *CLIP_SUFFIXES)


def find_pairs(source: str | os.PathLike, folder: str | os.PathLike) -> list[Pair]:
    """Return every clip of a folder (with its subfolders) or pattern, and where its translation goes.

    Folders are mirrored. A clip keeps its name where its container can be written, else it becomes .mkv.

    Raises:
        MediaError: there is no clip.
        UsageError: the target folder lies in the source folder: its clips would be taken for sources.
        OutputError: the target is a file.
    """
    folder = Path(folder)
    check_folder(source, folder)
    clips = (below if os.path.isdir(source) else matching)(source, CLIP_SUFFIXES)
    if not clips:
        raise MediaError(
            f"there is no clip: {source}",
            detail=f"expected files that end in one of {', '.join(CLIP_SUFFIXES)}",
            fix="check the folder or the pattern",
        )
    return mirrored(clips, root_of(source), folder, _written_suffix)


def _written_suffix(clip: Path) -> str:
    is_written = clip.suffix.lower() in (*CONTAINERS, ".gif")
    return clip.suffix if is_written else _SUFFIX_OF_OTHERS


def translate_each(
    pairs: list[Pair],
    folder: str | os.PathLike,
    translate_one: Callable[[Path, Path], Report],
    options: Options,
    at_once: int = 1,
) -> Iterator[Outcome]:
    """Translate one clip after another; skip finished ones, and continue after a bad one.

    A clip is finished when the folder's journal names it and both files have not changed since.

    Args:
        pairs: from `find_pairs`.
        folder: the target folder, for the journal.
        translate_one: translates one clip from source to target.
        options: of the translation, for the journal.
        at_once: clips that are translated at the same time, each in a thread if there are several.

    Yields:
        The outcome of each clip, as soon as it is known.
    """
    journal = _Journal(Path(folder), options)

    def attempted(pair: Pair) -> Outcome:
        if journal.has(pair):
            return Outcome(pair, "finished before")
        try:
            pair.target.parent.mkdir(parents=True, exist_ok=True)
            report = translate_one(pair.source, pair.target)
            journal.add(pair)
        except UserError as error:
            return Outcome(pair, "failed", error=error)
        except OSError as error:
            return Outcome(pair, "failed", error=output_error(error, pair.target))
        return Outcome(pair, "translated", report=report)

    if at_once == 1:
        yield from map(attempted, pairs)
        return
    threads = ThreadPoolExecutor(at_once)
    try:
        for attempt in as_completed([threads.submit(attempted, pair) for pair in pairs]):
            yield attempt.result()
    finally:
        # After Ctrl-C, nobody waits for clips that are not finished.
        threads.shutdown(wait=False, cancel_futures=True)


class _Journal:
    """A line of JSON for each finished clip, in the target folder."""

    def __init__(self, folder: Path, options: Options):
        self._path = folder / JOURNAL
        kept = {name: str(value) for name, value in asdict(options).items() if name != "overwrite"}
        self._options = hashlib.sha256(json.dumps(kept, sort_keys=True).encode()).hexdigest()
        self._entries, self._lock = set(map(_line, self._read())), threading.Lock()

    def has(self, pair: Pair) -> bool:
        return pair.target.is_file() and _line(self._entry(pair)) in self._entries

    def add(self, pair: Pair) -> None:
        line = _line(self._entry(pair))
        with self._lock, self._path.open("a") as file:
            # The newline comes first: half a line of a killed process does not spoil the next one.
            file.write("\n" + line)
        sync_to_disk(self._path)
        self._entries.add(line)

    def _entry(self, pair: Pair) -> dict:
        return {
            "source": fingerprint(pair.source),
            "options": self._options,
            "target": str(pair.target.relative_to(self._path.parent)),
            "result": fingerprint(pair.target),
        }

    def _read(self) -> Iterator[dict]:
        if not self._path.is_file():
            return
        for line in self._path.read_text(errors="replace").splitlines():
            try:
                yield json.loads(line)
            except ValueError:
                # The line that a killed process was writing.
                continue


def _line(entry: object) -> str:
    return json.dumps(entry, sort_keys=True)
