"""Reads pictures in a folder as the frames of a clip."""

import os
from collections.abc import Callable, Iterable, Iterator
from io import BytesIO

import numpy as np

from video.core.frames import Frame, Picture, letterboxed
from video.core.options import Options
from video.core.timing import Timed, span_of, trimmed, with_durations
from video.pictures.png import BadPicture
from video.pictures.sequence_survey import PictureSource, check_size, open_picture
from video.pictures.still import decode
from video.pictures.still_header import read_header
from video.pictures.values import Place, as_picture
from video.reading.bad_frames import BadFrameCounts, BadFrames, repaired


class SequenceSource(BadFrameCounts):
    """Streams the pictures of a sequence; see `video.core.frames.FrameSource`. Holds two of them.

    Args:
        source: what `probe_sequence` found.
        options: `start`, `end`, `on_bad_frame`, `on_size_change` and `hdr` are used; `fps` was.

    Raises:
        UsageError: the part that is asked for lies behind the end.
    """

    def __init__(self, source: PictureSource, options: Options):
        self._source, self._options = source, options
        self._span = span_of(source, options)
        self._bad = BadFrames(source.path, source.frames_total, options.on_bad_frame)
        self.clip, self.warnings, self.frames_read = source.clip, [], 0

    def __enter__(self) -> "SequenceSource":
        return self

    def __exit__(self, *exception) -> None:
        """Does nothing: a file is only open while it is read."""

    def frames(self, wanted: Callable[[int], bool]) -> Iterator[Frame]:
        """Yields the frames whose index is wanted, in order; the others are only counted.

        Raises:
            MediaError: a picture cannot be decoded, or has another size, and the options do not allow for it.
        """
        places = [
            Timed(Place(file, pts, index), pts, duration)
            for index, (file, (pts, duration)) in enumerate(zip(self._source.files, self._source.times))
        ]
        shown = trimmed(places, self.clip.time_base, self._span)
        if self._options.on_bad_frame != "stop":
            shown = self._mended(shown)
        for index, timed in enumerate(shown):
            self.frames_read += 1
            if wanted(index):
                yield Frame(index, self._picture(timed.item), timed.pts, timed.duration)
        self.warnings += self._bad.warnings()

    def _mended(self, shown: Iterable[Timed]) -> Iterator[Timed]:
        """Decodes every picture, wanted or not: the bad ones decide which index the others have."""
        end = 0

        def places() -> Iterator[Place]:
            nonlocal end
            for timed in shown:
                end = timed.pts + timed.duration
                yield self._decoded(Place(timed.item.frame, timed.pts, timed.item.index))

        return with_durations(repaired(places(), self._told), lambda _, pts: end - pts)

    def _told(self, place: Place, has_picture: bool) -> bool:
        return self._bad.add(place.index, place.reason, has_picture=has_picture)

    def _decoded(self, place: Place) -> Place:
        """Returns the place with its pixels instead of its file, or without any when it is damaged."""
        try:
            with open_picture(place.frame) as file:
                data = file.read()
            header = read_header(BytesIO(data))
            return Place(decode(data, header), place.pts, place.index)
        except BadPicture as error:
            return Place(None, place.pts, place.index, f"{os.path.basename(place.frame)}: {error}")

    def _picture(self, place: Place) -> Picture:
        """Returns a frame's picture in the clip's size; raises MediaError when it is damaged."""
        place = place if isinstance(place.frame, np.ndarray) else self._decoded(place)
        if place.frame is None:
            self._told(place, False)
        height, width = place.frame.shape[:2]
        expected = self.clip.width, self.clip.height
        if self._options.on_size_change == "stop":
            check_size((width, height), expected, place.index, self._source.files[place.index])
        picture = as_picture(place.frame, has_alpha=self.clip.has_alpha, keeps_depth=self.clip.depth > 8)
        return picture if (width, height) == expected else _letterboxed(picture, *expected)


def _letterboxed(picture: Picture, width: int, height: int) -> Picture:
    planes = (picture.pixels, picture.alpha, picture.residual)
    return Picture(*(None if plane is None else letterboxed(plane, width, height) for plane in planes))
