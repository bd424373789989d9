"""Decodes a clip into upright RGB frames, each with its own time."""

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from itertools import chain

from video.core.errors import MediaError
from video.core.frames import Clip, Frame, fraction, is_quarter_turn
from video.core.options import Options
from video.core.source_info import SourceInfo
from video.core.timing import (
    Span,
    Timed,
    frames_expected,
    on_grid,
    snapped_rate,
    span_of,
    trimmed,
    with_durations,
)
from video.reading.bad_frames import BadFrames, CountsBadFrames, mended, with_gaps_told
from video.reading.decoding import Shot, decode_from
from video.reading.deinterlace import deinterlaced, interlace_warning
from video.reading.upright import UprightPictures, size_of


class ClipSource(CountsBadFrames):
    """Streams the frames of one clip; see `video.core.frames.FrameSource`.

    Holds a few decoded frames at a time, whatever the clip's length.

    Args:
        source: what `video.probe.inspect_source` found.
        options: `start`, `end`, `fps`, `on_bad_frame`, `on_size_change`, `hdr` and `deinterlace` are used.

    Raises:
        UsageError: the wanted part lies behind the clip's end.
        MediaError: not one frame can be decoded.
    """

    def __init__(self, source: SourceInfo, options: Options):
        self._source, self._options = source, options
        self._span = span_of(source, options)
        self.frames_read, self.warnings = 0, []
        self._last_seen, self._size = 0, None
        # Decoder threads find damage later than it is; to mend a clip, the exact frame has to be known.
        threads = "AUTO" if options.on_bad_frame == "stop" else "SLICE"
        self._decoder, shots = decode_from(source, self._span.start, threads)
        total = frames_expected(source, replace(options, fps=None))
        # What is left of a group of pictures where a clip was cut off is not rot.
        spare = round(self._decoder.rate) if source.is_cut_short else 0
        self._bad = BadFrames(source.path, total, options.on_bad_frame, spare)
        try:
            self._timed = self._in_span(shots)
            first = next(self._timed, None)
            if first is None:
                raise self._nothing_decoded()
            self._pictures = UprightPictures(first.item, options.hdr)
            self.clip = self._describe(first.item)
        except BaseException:
            self.close()
            raise
        self._timed = chain([first], self._timed)

    def __enter__(self) -> "ClipSource":
        return self

    def __exit__(self, *exception) -> None:
        self.close()

    def close(self) -> None:
        """Closes the file; also in the middle of the clip."""
        self._decoder.close()

    def frames(self, wanted: Callable[[int], bool]) -> Iterator[Frame]:
        """Yields the frames whose index is wanted, in order; the others are counted, not converted.

        Raises:
            MediaError: a frame cannot be decoded or has another size, and the options do not allow for it.
        """
        timed = self._timed
        if self._options.fps is not None:
            timed = on_grid(timed, self._decoder.time_base, self.clip.rate)
        for index, shown in enumerate(timed):
            self.frames_read += 1
            if wanted(index):
                yield Frame(index, self._pictures(shown.item), shown.pts, shown.duration)
        self.warnings += self._last_words()

    def _in_span(self, shots: Iterator[Shot]) -> Iterator[Timed]:
        """Yields the good frames of the wanted part with their times, from the decoder's shots."""
        is_damaged = self._source.is_damaged
        if is_damaged or self._decoder.begins_anywhere:
            shots = with_gaps_told(shots, self._decoder.step, everywhere=is_damaged)
        shots = self._deinterlaced(self._looked_at(shots))
        timed = with_durations(mended(shots, self._tell), self._last_duration)
        return trimmed(timed, self._decoder.time_base, self._span)

    def _looked_at(self, shots: Iterator[Shot]) -> Iterator[Shot]:
        """Numbers shots, leaves out bad ones that nobody asked for, and looks at sizes."""
        start, end = (
            None if seconds is None else seconds / self._decoder.time_base
            for seconds in (self._span.start, self._span.end)
        )
        num_seen = 0
        for shot in shots:
            is_early = start is not None and shot.pts < start
            is_wanted = not is_early and (end is None or shot.pts < end)
            if shot.frame is None and not is_wanted:
                continue
            shot = replace(shot, index=num_seen)
            num_seen += not is_early
            self._last_seen = shot.pts
            if shot.frame is not None and is_wanted:
                self._look_at(shot)
            yield shot

    def _look_at(self, shot: Shot) -> None:
        if self._size is None:
            self._size = size_of(shot)
            self.warnings += interlace_warning(shot.frame, self._options.deinterlace)
        if size_of(shot) != self._size and self._options.on_size_change == "stop":
            (width, height), found = self._size, "{}x{}".format(*size_of(shot))
            raise MediaError(
                f"the size changes at frame {shot.index}: {self._source.path}",
                detail=f"expected {width}x{height}; found {found} at {self._seconds(shot.pts):.2f} s",
                fix="cut the clip there and translate the parts, or scale them to one size "
                "(--on-size-change letterbox)",
            )

    def _deinterlaced(self, shots: Iterator[Shot]) -> Iterator[Shot]:
        """Yields the same shots; the good ones pass through the deinterlacer, bad ones beside it."""
        waiting = deque()

        def good_frames():
            for shot in shots:
                waiting.append(shot)
                if shot.frame is not None:
                    yield shot.frame

        for frame in deinterlaced(good_frames(), self._options.deinterlace, self._decoder.time_base):
            while waiting[0].frame is None:
                yield waiting.popleft()
            yield replace(waiting.popleft(), frame=frame)
        yield from waiting

    def _tell(self, shot: Shot, has_picture: bool) -> bool:
        """Takes note of a bad shot; returns whether the picture before is shown in its place."""
        if self._options.on_bad_frame == "stop":
            shot = self._seen_exactly(shot)
        reason = f"the data are damaged at {self._seconds(shot.pts):.2f} s ({shot.reason})"
        return self._bad.add(shot.index, reason, has_picture=has_picture)

    def _seen_exactly(self, shot: Shot) -> Shot:
        """Returns the first bad shot from there on: at a clip's end, threads lose good ones with it."""
        decoder, shots = decode_from(self._source, shot.pts * self._decoder.time_base, "SLICE")
        with closing(decoder):
            later = (other for other in shots if other.pts >= shot.pts)
            for number, other in enumerate(later, start=shot.index):
                if other.frame is None:
                    return replace(other, index=number)
        return shot

    def _last_duration(self, shot: Shot, pts: int) -> int:
        """Returns how long the last frame is shown.

        An mp4's packet durations are distances between decoding times, which B-frames reorder; the end
        of the stream is certain. Matroska has no end of a stream, and its packet durations are right.
        """
        end = max(pts + (shot.frame.duration or self._decoder.step), self._last_seen + 1)
        if self._last_seen > pts:
            end = self._last_seen + self._decoder.step
        if self._decoder.end is not None and not self._source.is_cut_short:
            end = max(self._decoder.end, self._last_seen + 1)
        return end - pts

    def _describe(self, first: Shot) -> Clip:
        """Returns the clip as it will be written, from its first frame; notes what is lost."""
        convert, stream = self._pictures.to_picture, self._decoder.stream
        self.warnings += convert.warnings
        aspect = fraction(stream.sample_aspect_ratio)
        if is_quarter_turn(first.matrix):
            aspect = 1 / aspect if aspect else None
        fps = self._options.fps
        rate = self._decoder.rate if fps is None else snapped_rate(fps)
        return Clip(
            width=self._pictures.width,
            height=self._pictures.height,
            time_base=self._decoder.time_base if fps is None else 1 / rate,
            rate=rate,
            sample_aspect_ratio=aspect,
            colour=convert.colour,
            depth=convert.depth,
            has_alpha=convert.has_alpha,
            is_rgb=convert.is_rgb,
            hdr_metadata=convert.hdr_metadata,
        )

    def _last_words(self) -> list[str]:
        """Returns sentences about all that was odd on the way."""
        counted = {
            "The source has {} frames that are not later than the one before; they were moved.": (
                self._decoder.num_moved
            ),
            "The source begins in the middle of a group of pictures: {} packets in front of its first key "
            "frame show nothing in any player.": self._decoder.num_void if self._span.start is None else 0,
            "{} frames of another size were scaled into the first one's, on black.": (
                self._pictures.num_letterboxed
            ),
        }
        words = [sentence.format(number) for sentence, number in counted.items() if number]
        return words + self._bad.warnings()

    def _seconds(self, pts: int) -> float:
        """Returns a time on the clip's own clock."""
        return float(pts * self._decoder.time_base - self._source.start)

    def _nothing_decoded(self) -> MediaError:
        part = "" if self._span == Span() else " of the wanted part"
        return MediaError(
            f"0 of {self._source.frames_total} frames{part} can be decoded: {self._source.path}",
            detail=f"the stream is {self._decoder.stream.codec_context.name}",
            fix="copy or download the clip again",
        )
