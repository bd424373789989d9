"""Decoding of a clip into upright RGB frames, each with its own PTS."""

import math
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from fractions import Fraction
from itertools import chain

from video.colour.captions import CaptionTaker, has_captions
from video.core.errors import MediaError
from video.core.frames import Clip, Frame, fraction, is_quarter_turn
from video.core.options import Options
from video.core.source_info import SourceInfo
from video.core.timing import (
    Timed,
    frames_expected,
    in_ticks,
    on_grid,
    snapped_rate,
    span_of,
    trimmed,
    with_durations,
    writable_tick,
)
from video.reading.bad_frames import MISSING, BadFrameCounts, BadFrames, repaired, with_missing_frames
from video.reading.decoded_frame import DecodedFrame
from video.reading.decoding import decode_from
from video.reading.deinterlace import deinterlaced, interlace_warning
from video.reading.upright import UprightPictures, crop_warning

# Profiles of Dolby Vision whose base layer is ICtCp with a metadata-driven curve, tagged or not.
_OWN_COLOURS = (5,)


class ClipSource(BadFrameCounts):
    """Stream of the frames of one clip; see `video.core.frames.FrameSource`.

    It holds only a few decoded frames at a time, however long the clip is.

    Args:
        source: the result of `video.probe.inspect_source`.
        options: `start`, `end`, `fps`, `on_bad_frame`, `on_size_change`, `hdr` and `deinterlace` are used.

    Attributes:
        frames_captioned: frames so far that carry closed captions.

    Raises:
        UsageError: the wanted part starts after the clip's end.
        MediaError: not one frame can be decoded.
    """

    def __init__(self, source: SourceInfo, options: Options):
        self._source, self._options = source, options
        self._span = span_of(source, options)
        self.frames_read = self.frames_captioned = 0
        self.warnings: list[str] = []
        self._last_pts = 0
        self._pts_before: int | None = None
        self._size: tuple[int, int] | None = None
        self._shape: Fraction | None = None
        # Threaded decoders report damage too late; to repair a clip, the exact frame has to be known.
        threads = "AUTO" if options.on_bad_frame == "stop" else "SLICE"
        self._decoder, decoded = decode_from(source, self._span.start, threads)
        total = frames_expected(source, replace(options, fps=None))
        # The incomplete group of pictures where a clip was cut off does not count as damage.
        spare = round(self._decoder.rate) if source.is_cut_short else 0
        self._bad = BadFrames(source.path, total, options.on_bad_frame, spare)
        try:
            self._check_base_layer()
            timed = self._in_span(decoded)
            first = next(timed, None)
            if first is None:
                raise self._nothing_decoded()
            self._pictures = UprightPictures(first.item, options.hdr)
            self.clip = self._describe(first.item)
        except BaseException:
            self.close()
            raise
        self._timed = chain([first], timed)

    def __enter__(self) -> "ClipSource":
        return self

    def __exit__(self, *exception) -> None:
        self.close()

    def close(self) -> None:
        """Close the file, also in the middle of the clip."""
        self._decoder.close()

    def frames(self, wanted: Callable[[int], bool]) -> Iterator[Frame]:
        """Yield the frames whose index is wanted, in order; the others are counted, not converted.

        Raises:
            MediaError: a frame cannot be decoded or has another size, and the options do not allow it.
        """
        timed: Iterator[Timed] = self._timed
        if self._options.fps is not None:
            timed = on_grid(timed, self._decoder.time_base, self.clip.rate)
        elif self.clip.time_base != self._decoder.time_base:
            timed = in_ticks(timed, self._decoder.time_base, self.clip.time_base)
        keeps_rate = self._options.fps is None
        take, last = CaptionTaker(), None
        for index, shown in enumerate(timed):
            self.frames_read += 1
            is_new, last = shown.item is not last, shown.item
            self.frames_captioned += is_new and has_captions(shown.item.frame)
            if wanted(index):
                picture = self._pictures(shown.item)
                captions = take(shown.item.frame) if is_new and keeps_rate else None
                # At another rate every moment has its frame, whatever was left out.
                source_index = shown.item.index if keeps_rate else index
                yield Frame(index, picture, shown.pts, shown.duration, captions, source_index)
        self.warnings += self._final_warnings()

    def _in_span(self, decoded: Iterator[DecodedFrame]) -> Iterator[Timed]:
        """Yield the good frames of the wanted part, with PTS and duration."""
        is_damaged = self._source.is_damaged
        if is_damaged or self._decoder.may_start_mid_gop:
            decoded = with_missing_frames(decoded, self._decoder.step, everywhere=is_damaged)
        decoded = self._deinterlaced(self._numbered(decoded))
        timed = with_durations(repaired(decoded, self._add_bad), self._last_duration)
        return trimmed(timed, self._decoder.time_base, self._span)

    def _numbered(self, decoded: Iterator[DecodedFrame]) -> Iterator[DecodedFrame]:
        """Add the index of each frame, drop bad ones outside the wanted part, and check sizes.

        A frame that is missing from the file shares its index with the next one: files are counted by their
        packets.
        """
        start, end = (
            None if seconds is None else seconds / self._decoder.time_base
            for seconds in (self._span.start, self._span.end)
        )
        index = 0
        for frame in decoded:
            is_early = start is not None and frame.pts < start
            is_wanted = not is_early and (end is None or frame.pts < end)
            if not frame.is_good and not is_wanted:
                continue
            frame = replace(frame, index=index)
            index += not is_early and frame.reason != MISSING
            self._last_pts = frame.pts
            if is_early:
                self._pts_before = frame.pts
            if frame.is_good and is_wanted:
                self._check_size(frame)
            yield frame

    def _check_size(self, decoded: DecodedFrame) -> None:
        if self._size is None:
            self._size = decoded.size
            self.warnings += interlace_warning(decoded.frame, self._options.deinterlace)
            self._shape = decoded.shape
        if self._options.on_size_change == "letterbox":
            return
        if decoded.size != self._size or decoded.shape != self._shape:
            what = "size" if decoded.size != self._size else "shape of the pixels"
            expected, found = (
                "{}x{}".format(*size) if what == "size" else f"{shape.numerator}:{shape.denominator}"
                for size, shape in ((self._size, self._shape), (decoded.size, decoded.shape))
            )
            raise MediaError(
                f"the {what} changes at frame {decoded.index}: {self._source.path}",
                detail=f"expected {expected}; found {found} at {self._seconds(decoded.pts):.2f} s",
                fix="translate the parts one by one (--end, --start), or scale them to one size and shape "
                "(--on-size-change letterbox)",
            )

    def _deinterlaced(self, decoded: Iterator[DecodedFrame]) -> Iterator[DecodedFrame]:
        """Yield the same frames in the same order; only good ones pass through the deinterlacer."""
        waiting: deque[DecodedFrame] = deque()

        def good_frames():
            for frame in decoded:
                waiting.append(frame)
                if frame.is_good:
                    yield frame.frame

        for frame in deinterlaced(good_frames(), self._options.deinterlace, self._decoder.time_base):
            while not waiting[0].is_good:
                yield waiting.popleft()
            yield replace(waiting.popleft(), frame=frame)
        yield from waiting

    def _add_bad(self, bad: DecodedFrame, has_picture: bool) -> bool:
        """Count a bad frame; return whether the previous picture is shown in its place."""
        if self._options.on_bad_frame == "stop":
            bad = self._first_damage(bad)
        reason = f"the data are damaged at {self._seconds(bad.pts):.2f} s ({bad.reason})"
        return self._bad.add(bad.index, reason, has_picture=has_picture)

    def _first_damage(self, bad: DecodedFrame) -> DecodedFrame:
        """Return the first bad frame from there on: at a clip's end, threads lose good ones with it."""
        decoder, decoded = decode_from(self._source, bad.pts * self._decoder.time_base, "SLICE")
        with closing(decoder):
            later = (frame for frame in decoded if frame.pts >= bad.pts)
            for index, frame in enumerate(later, start=bad.index):
                if not frame.is_good:
                    return replace(frame, index=index)
        return bad

    def _last_duration(self, last: DecodedFrame, pts: int) -> int:
        """Return how long the last frame is shown.

        The packet durations of an mp4 are differences of DTS, which B-frames reorder; the end of the stream
        is reliable. Matroska does not store the end of a stream, and its packet durations are right.
        """
        end = max(pts + (last.frame.duration or self._decoder.step), self._last_pts + 1)
        if self._last_pts > pts:
            end = self._last_pts + self._decoder.step
        if self._decoder.end is not None and not self._source.is_cut_short:
            end = max(self._decoder.end, self._last_pts + 1)
        return end - pts

    def _describe(self, first: DecodedFrame) -> Clip:
        """Return the properties of the clip to write, from its first frame; add warnings of what is lost."""
        convert = self._pictures.to_picture
        self.warnings += convert.warnings
        declared = fraction(self._decoder.stream.sample_aspect_ratio)
        # What the demuxer declares may be that of a later frame.
        aspect = declared if first.shape in (None, declared or 1) else first.shape
        self.warnings += crop_warning(first)
        if is_quarter_turn(first.matrix):
            aspect = 1 / aspect if aspect else None
        fps = self._options.fps
        rate = self._decoder.rate if fps is None else snapped_rate(fps)
        tick = writable_tick(self._decoder.time_base, self._source.longest_step)
        return Clip(
            width=self._pictures.width,
            height=self._pictures.height,
            time_base=tick if fps is None else 1 / rate,
            rate=rate,
            sample_aspect_ratio=aspect,
            colour=convert.colour,
            depth=convert.depth,
            has_alpha=convert.has_alpha,
            is_rgb=convert.is_rgb,
            has_full_chroma=convert.has_full_chroma,
            has_captions=has_captions(first.frame),
            hdr_metadata=convert.hdr_metadata,
        )

    def _final_warnings(self) -> list[str]:
        """Return the warnings that are known only after the last frame."""
        counted = {
            "The source has {} frames that are not later than the one before; they were moved.": (
                self._decoder.num_moved
            ),
            "The source begins in the middle of a group of pictures: {} packets before its first keyframe "
            "show nothing in any player.": self._decoder.num_leading if self._span.start is None else 0,
            "{} frames of another size were scaled into the first one's, on black.": (
                self._pictures.num_letterboxed
            ),
        }
        words = [sentence.format(number) for sentence, number in counted.items() if number]
        return words + self._bad.warnings()

    def _seconds(self, pts: int) -> float:
        """Return a time on the clip's own clock."""
        return float(pts * self._decoder.time_base - self._source.start)

    def _check_base_layer(self) -> None:
        profile = self._decoder.facts.dolby_vision
        if profile in _OWN_COLOURS:
            raise MediaError(
                f"the clip is Dolby Vision of profile {profile}: {self._source.path}",
                detail="its pictures have colours of their own, which only a Dolby Vision decoder converts",
                fix="convert it first with FFmpeg's filter libplacebo=colorspace=bt709:color_primaries=bt709:"
                "color_trc=bt709, or use a copy of profile 8",
            )

    def _nothing_decoded(self) -> MediaError:
        if not self._bad.skipped and (self._pts_before is not None or self._span.end is not None):
            return self._nothing_begins()
        part = "" if self._span.is_whole else " of the wanted part"
        return MediaError(
            f"0 of {self._source.frames_total} frames{part} can be decoded: {self._source.path}",
            detail=f"the stream is {self._decoder.stream.codec_context.name}",
            fix="copy or download the clip again",
        )

    def _nothing_begins(self) -> MediaError:
        """Return the error for a part between two frames of a healthy clip."""
        what = f"no frame begins in the wanted part: {self._source.path}"
        if self._pts_before is None:
            return MediaError(what, detail="the first frame begins later", fix="give a later --end")
        # Rounded down, so that the frame begins in the part.
        seconds = math.floor(self._seconds(self._pts_before) * 1000) / 1000
        return MediaError(
            what,
            detail=f"the frame that is shown there begins at {seconds:.3f} s",
            fix=f"begin the part with that frame (--start {seconds:.3f})",
        )
