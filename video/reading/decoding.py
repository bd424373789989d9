"""From packets to frames with definite times, and to a word for every frame that did not come."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain

import av

from video.core.errors import MediaError
from video.core.frames import display_matrix, fraction
from video.core.limits import MAX_PIXELS
from video.core.source_info import SourceInfo
from video.core.timing import snapped_rate
from video.reading.decoders import decoder
from video.reading.opening import open_source
from video.reading.packets import MAX_FAILED_READS, demuxed
from video.reading.promises import Promises

# Small steps back are slips of a muxer; larger ones mean another clip.
_LARGEST_STEP_BACK = Fraction(1)
# A transport stream knows no key frames to move to. Where they are further apart than any of these,
# decoding begins at the beginning.
_SECONDS_BACK = (0, 2, 12, 60)

# H.264 and its heirs look further ahead than anything before, but no further than this.
_MAX_REORDERED = 16

# A recording of these can begin anywhere, and their decoders then show grey ghosts.
_BEGIN_ANYWHERE = ("mpegts", "mpeg", "mpegvideo")
_SEEKABLE = ("mov", "matroska", "mpegts")
_KNOWS_ITS_END = ("mov", "avi")


@dataclass(frozen=True)
class Shot:
    """One place in a clip: a decoded frame, or why there is none.

    Attributes:
        frame: as it is stored; None when it could not be decoded.
        pts: when it is shown, in the stream's time base; always later than the one before.
        reason: why the frame cannot be decoded; empty when it is there.
        matrix: (a, b, c, d) of its display matrix, None when it has none.
        index: its place among the shots that are asked for, from 0.
    """

    frame: av.VideoFrame | None
    pts: int
    reason: str = ""
    matrix: tuple[int, int, int, int] | None = None
    index: int = 0


class Decoder:
    """Decodes the video of a clip; holds the file open until it is closed.

    Args:
        source: what `video.probe.inspect_source` found.
        threads: 'AUTO', or 'SLICE', which finds exactly the damaged frames but is slower.

    Attributes:
        stream: the video.
        time_base: seconds in one tick.
        rate: nominal frames a second.
        step: ticks from frame to frame at that rate.
        begins_anywhere: the clip may be a piece of a broadcast, which has a constant rate.
        num_moved: frames that were not later than the one before.
    """

    def __init__(self, source: SourceInfo, threads: str):
        self._path, self._container = source.path, open_source(source.path)
        self.stream = self._container.streams[source.video_index]
        self.time_base = fraction(self.stream.time_base)
        self.rate = _nominal_rate(self.stream, source)
        self.step = max(1, round(1 / self.rate / self.time_base))
        self._codec = self.stream.codec_context.name
        self._context = decoder(self.stream)
        self._context.thread_type = threads
        # A size may also grow in mid-stream.
        self._context.options = {"max_pixels": str(MAX_PIXELS)}
        self._family = self._container.format.name.partition(",")[0]
        self.begins_anywhere, self._has_slots = self._family in _BEGIN_ANYWHERE, self._family == "avi"
        self._promises = Promises(begins_anywhere=self.begins_anywhere, by_slot=self._has_slots)
        self._reason = ""
        self._last, self._last_duration, self.num_moved = None, 0, 0

    @property
    def num_void(self) -> int:
        """Frames that need others in front of the first key frame, and are in no player shown."""
        return self._promises.num_void

    @property
    def is_seekable(self) -> bool:
        """Whether the times of frames are known everywhere, and not only from the beginning."""
        return self._family in _SEEKABLE

    @property
    def end(self) -> int | None:
        """The tick at which the last frame ends, None where a container cannot be sure of it."""
        if self._family not in _KNOWS_ITS_END or self.stream.duration is None:
            return None
        return (self.stream.start_time or 0) + self.stream.duration

    def close(self) -> None:
        """Lets go of the decoder, also in mid-stream: FFmpeg's threads hang in a decoder left half full."""
        if self._context.is_open:
            self._context.flush_buffers()
        self._container.close()

    def shots_before(self, seconds: Fraction, seconds_back: int) -> Iterator[Shot] | None:
        """Moves to a place in front of a time and decodes from there.

        Returns:
            The frames from a key frame that is shown at `seconds` or earlier; None when none was found,
            and the decoder cannot be used any more.
        """
        latest = math.floor(seconds / self.time_base)
        try:
            self._container.seek(math.floor((seconds - seconds_back) / self.time_base), stream=self.stream)
            shots = self.shots()
            first = next(shots, None)
        except av.FFmpegError:
            return None
        key_time = self._promises.first_key_time
        if first is None or first.pts > latest or key_time is None or key_time > latest:
            return None
        return chain([first], shots)

    def shots(self) -> Iterator[Shot]:
        """Yields every frame, good or bad, in order of display.

        Raises:
            MediaError: the file cannot be read, or its times jump back.
        """
        failures = []
        for packet in demuxed(self._container, failures, self.stream):
            self._promises.add(packet, self._codec)
            if self._has_slots:
                packet.pts = packet.dts
            yield from self._decoded(packet)
        if len(failures) >= MAX_FAILED_READS:
            raise MediaError(
                f"the clip cannot be read: {self._path}",
                detail=f"the system said: {failures[0]}",
                fix="copy or download the clip again",
            )
        yield from self._decoded(None)
        yield from self._bad(self._promises.rest())

    def _decoded(self, packet: av.Packet | None) -> Iterator[Shot]:
        """Yields what a packet brings forth; without one, what the decoder still holds."""
        try:
            frames = self._context.decode(packet)
        except (av.FFmpegError, ValueError) as error:
            # A decoder that does not open says why only once in PyAV 19: then it is a plain ValueError.
            self._reason = getattr(error, "strerror", self._reason)
            if packet is not None and not self._promises.refuse(packet):
                yield self._shot(None, None)
            return
        for frame in frames:
            yield from self._given(frame)

    def _given(self, frame: av.VideoFrame) -> Iterator[Shot]:
        missed, pts = self._promises.take(frame, self._num_reordered())
        yield from self._bad(missed)
        is_void = self._promises.is_void(pts)
        if is_void and (frame.is_corrupt or self.begins_anywhere):
            return
        self._promises.num_void -= is_void
        if frame.is_corrupt:
            self._reason = "the decoder marked it as corrupt"
        yield self._shot(None if frame.is_corrupt else frame, pts)

    def _num_reordered(self) -> int:
        """Returns how many frames may be stored in front of a frame and shown behind it."""
        if not self._context.has_b_frames:
            return 0
        return 1 if self._codec == "mpeg4" else _MAX_REORDERED

    def _bad(self, times: list[int]) -> Iterator[Shot]:
        for pts in times:
            yield self._shot(None, pts)

    def _shot(self, frame: av.VideoFrame | None, pts: int | None) -> Shot:
        pts = self._definite(pts)
        self._last, self._last_duration = pts, frame.duration if frame else 0
        if frame is None:
            return Shot(None, pts, self._reason or "no picture came out of its data")
        frame.pts, frame.time_base = pts, self.time_base
        return Shot(frame, pts, matrix=display_matrix(frame))

    def _definite(self, pts: int | None) -> int:
        """Returns a time that is later than the one before; some clips do not say all, or slip back."""
        if self._last is None:
            return pts if pts is not None else self.stream.start_time or 0
        if pts is None:
            return self._last + (self._last_duration or self.step)
        if pts > self._last:
            return pts
        before, after = self._last * self.time_base, pts * self.time_base
        if before - after > _LARGEST_STEP_BACK:
            raise MediaError(
                f"the times jump back: {self._path}",
                detail=f"from {float(before):.2f} s to {float(after):.2f} s",
                fix="these are several clips in one file: cut it there and translate the parts",
            )
        self.num_moved += 1
        return self._last + 1


def decode_from(source: SourceInfo, start: Fraction | None, threads: str) -> tuple[Decoder, Iterator[Shot]]:
    """Opens a clip and decodes it from a key frame in front of a time, or from the beginning.

    Args:
        source: what `video.probe.inspect_source` found.
        start: seconds on the time scale of the packets; None for the beginning.
        threads: see `Decoder`.

    Returns:
        The decoder, to be closed, and its frames; the first of them may lie in front of `start`.
    """
    for seconds_back in _SECONDS_BACK:
        opened = Decoder(source, threads)
        if start is None or start - seconds_back <= source.start or not opened.is_seekable:
            return opened, opened.shots()
        shots = opened.shots_before(start, seconds_back)
        if shots is not None:
            return opened, shots
        opened.close()
    opened = Decoder(source, threads)
    return opened, opened.shots()


def _nominal_rate(stream, source: SourceInfo) -> Fraction:
    """Returns what the clip says of its rate, if that is near to what was counted."""
    counted = source.frames_total / source.duration
    for said in (fraction(stream.average_rate), fraction(stream.guessed_rate)):
        if said and counted * Fraction(2, 3) <= said <= counted * Fraction(3, 2):
            return snapped_rate(said)
    return snapped_rate(counted.limit_denominator(1001) or counted)
