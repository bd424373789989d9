"""Reading of pictures in a folder as the frames of a clip."""

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from io import BytesIO

import numpy as np

from video.core.frames import Frame, Picture, letterboxed
from video.core.options import Options
from video.core.timing import Timed, span_of, trimmed, with_durations
from video.pictures.png import BadPicture
from video.pictures.sequence_survey import SequenceInfo, check_size, open_picture
from video.pictures.still import decode
from video.pictures.still_header import read_header
from video.pictures.values import as_picture
from video.reading.bad_frames import BadFrameCounts, BadFrames, repaired


@dataclass(frozen=True)
class _Item:
    """An item of a sequence: a picture, or the reason why it is damaged.

    Attributes:
        frame: the decoded pixels, or the path of a file to decode; None when it is damaged.
        pts: when it is shown.
        index: its number in the source, from 0.
        reason: what is wrong with it.
    """

    frame: np.ndarray | str | None
    pts: int
    index: int
    reason: str = ""


class SequenceSource(BadFrameCounts):
    """A reader of the pictures of a sequence; see `video.core.frames.FrameSource`.

    Args:
        source: what `probe_sequence` found.
        options: `start`, `end`, `on_bad_frame`, `on_size_change` and `hdr` are used.

    Raises:
        UsageError: the requested part starts after the end.
    """

    def __init__(self, source: SequenceInfo, options: Options):
        self._source, self._options = source, options
        self._span = span_of(source, options)
        self._bad = BadFrames(source.path, source.frames_total, options.on_bad_frame)
        self.clip, self.warnings, self.frames_read = source.clip, [], 0

    def __enter__(self) -> "SequenceSource":
        return self

    def __exit__(self, *exception) -> None:
        """Do nothing: a file is only open while it is read."""

    def frames(self, wanted: Callable[[int], bool]) -> Iterator[Frame]:
        """Yield the frames whose index is wanted, in order; only count the others.

        Raises:
            MediaError: a picture cannot be decoded, or has another size, and the options do not allow it.
        """
        items = [
            Timed(_Item(file, pts, index), pts, duration)
            for index, (file, (pts, duration)) in enumerate(zip(self._source.files, self._source.times))
        ]
        shown = list(trimmed(items, self.clip.time_base, self._span))
        first = shown[0].item.index if shown else 0
        if self._options.on_bad_frame != "stop":
            shown = self._repaired(shown)
        for index, timed in enumerate(shown):
            self.frames_read += 1
            if wanted(index):
                picture, number = self._picture(timed.item), timed.item.index - first
                yield Frame(index, picture, timed.pts, timed.duration, source_index=number)
        self.warnings += self._bad.warnings()

    def _repaired(self, shown: Iterable[Timed]) -> Iterator[Timed]:
        """Decode every picture, wanted or not: the index of a frame depends on the bad ones before it."""
        end = 0

        def decoded() -> Iterator[_Item]:
            nonlocal end
            for timed in shown:
                end = timed.pts + timed.duration
                yield self._decoded(_Item(timed.item.frame, timed.pts, timed.item.index))

        return with_durations(repaired(decoded(), self._report), lambda _, pts: end - pts)

    def _report(self, item: _Item, has_picture: bool) -> bool:
        return self._bad.add(item.index, item.reason, has_picture=has_picture)

    def _decoded(self, item: _Item) -> _Item:
        """Return the item with pixels instead of its file, or with the reason why it is damaged."""
        try:
            with open_picture(item.frame) as file:
                data = file.read()
            header = read_header(BytesIO(data))
            return _Item(decode(data, header), item.pts, item.index)
        except BadPicture as error:
            return _Item(None, item.pts, item.index, f"{os.path.basename(item.frame)}: {error}")

    def _picture(self, item: _Item) -> Picture:
        """Return a frame's picture in the clip's size; raise MediaError if it is damaged."""
        item = item if isinstance(item.frame, np.ndarray) else self._decoded(item)
        if item.frame is None:
            self._report(item, False)
        height, width = item.frame.shape[:2]
        expected = self.clip.width, self.clip.height
        if self._options.on_size_change == "stop":
            check_size((width, height), expected, item.index, self._source.files[item.index])
        picture = as_picture(item.frame, has_alpha=self.clip.has_alpha, keeps_depth=self.clip.depth > 8)
        return picture if (width, height) == expected else _letterboxed(picture, *expected)


def _letterboxed(picture: Picture, width: int, height: int) -> Picture:
    planes = (picture.pixels, picture.alpha, picture.residual)
    return Picture(*(None if plane is None else letterboxed(plane, width, height) for plane in planes))
