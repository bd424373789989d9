"""Packets that go from a source into an output as they are, and in order."""

import math
from fractions import Fraction
from typing import Protocol

import av

from video.core.frames import fraction
from video.core.timing import Span
from video.streams.stream_plan import counted
from video.streams.subtitles import clipped

# No container's ticks of sound are longer than this.
_SMALLEST_STEP_SECONDS = Fraction(1, 7350)


class TrackWriter(Protocol):
    """What a stream's packets go through.

    Attributes:
        stream: of the output.
        is_past_end: nothing that follows can lie in the part that is kept.
        warnings: what went wrong, as the rest of sentences about the stream.
    """

    stream: av.stream.Stream
    is_past_end: bool
    warnings: list[str]

    def push(self, packet: av.Packet) -> list[av.Packet]:
        """Take a packet of the source; returns packets of the output, in order of decoding."""
        ...

    def finish(self) -> list[av.Packet]:
        """Return what is still held."""
        ...


class CopyWriter:
    """One stream whose packets go over as they are, relabelled and, after a cut, on a new clock.

    Sound is cut between packets, subtitles are clipped, and another video starts with its first key
    frame. Only empty packets, which are marks of a reader and not of the file, are left out otherwise.

    Args:
        source_stream: of the source.
        stream: of the output.
        kind: of the stream, as in `StreamPlan`.
        span: the part that is kept.
    """

    def __init__(self, source_stream, stream, kind: str, span: Span):
        self.stream, self._kind, self._span = stream, kind, span
        self._tick = fraction(source_stream.time_base)
        self._shift = round(span.origin / self._tick)
        self._has_begun, self.is_past_end, self.warnings = False, False, []
        self._last_sound, self._sound_step = None, 0
        self._duration = 1

    def push(self, packet: av.Packet) -> list[av.Packet]:
        """Take a packet of the source; returns it for the output, or nothing when it is cut off."""
        if self._kind == "audio" and packet.size and packet.pts is not None:
            self._know_duration(packet)
        if not packet.size or not self._is_kept(packet):
            return []
        if packet.pts is not None:
            packet.pts -= self._shift
        if packet.dts is not None:
            packet.dts -= self._shift
        if self._kind == "data":
            # Readers of an mp4 pass over a last packet that takes no time.
            self._duration = packet.duration = packet.duration or self._duration
        packet.stream = self.stream
        return [packet]

    def finish(self) -> list[av.Packet]:
        """Return nothing: no packet is held."""
        return []

    def _know_duration(self, packet: av.Packet) -> None:
        """Give a packet of sound the shortest step so far where a Matroska file does not say how long it is.

        An mp4 would end before a last packet that takes no time.
        """
        step = packet.pts - self._last_sound if self._last_sound is not None else 0
        self._last_sound = packet.pts
        if step > 0:
            self._sound_step = min(step, self._sound_step or step)
        packet.duration = packet.duration or self._sound_step

    def _is_kept(self, packet: av.Packet) -> bool:
        if packet.pts is None and self._kind != "video":
            packet.pts = packet.dts
        ticks = packet.dts if self._kind == "video" and packet.dts is not None else packet.pts
        if ticks is None:
            return True
        begin, end = ticks * self._tick, (ticks + (packet.duration or 0)) * self._tick
        if self._span.end is not None and begin >= self._span.end:
            self.is_past_end = True
            return False
        if self._span == Span():
            return True
        if self._kind == "video":
            return self._is_decodable(packet)
        if self._kind == "subtitle" and packet.duration:
            return self._clip(packet, begin, end)
        return self._span.start is None or begin >= self._span.start or end > self._span.start

    def _is_decodable(self, packet: av.Packet) -> bool:
        """Return whether a video packet has its key frame in the part that is kept, as it is itself."""
        start = self._span.start
        if start is None or packet.pts is None:
            return True
        is_late_enough = packet.pts * self._tick >= start
        self._has_begun = self._has_begun or (packet.is_keyframe and is_late_enough)
        return self._has_begun and is_late_enough

    def _clip(self, packet: av.Packet, begin: Fraction, end: Fraction) -> bool:
        shown = clipped(begin, end, self._span)
        if shown and shown != (begin, end):
            packet.pts = packet.dts = round(shown[0] / self._tick)
            packet.duration = max(1, round((shown[1] - shown[0]) / self._tick))
        return shown is not None


class OrderedWriter:
    """A writer whose packets never go back in time, which no container takes.

    What a broken source puts before its predecessor comes right behind it instead.

    Args:
        writer: what gives the packets.
        is_strict: whether two packets may not even share a time.
    """

    def __init__(self, writer: TrackWriter, is_strict: bool):
        self._writer, self._is_strict = writer, is_strict
        self._last, self._num_moved = None, 0

    @property
    def stream(self) -> av.stream.Stream:
        """The stream of the output."""
        return self._writer.stream

    @property
    def is_past_end(self) -> bool:
        """Whether nothing that follows can lie in the part that is kept."""
        return self._writer.is_past_end

    @property
    def is_mute(self) -> bool:
        """Whether packets came and not one of them could be decoded."""
        return getattr(self._writer, "is_mute", False)

    @property
    def warnings(self) -> list[str]:
        """What went wrong, as the rest of sentences about the stream."""
        if not self._num_moved:
            return self._writer.warnings
        moved = f"goes back in time at {counted(self._num_moved, 'packet')}, which came later instead"
        return [*self._writer.warnings, moved]

    def push(self, packet: av.Packet) -> list[av.Packet]:
        """Take a packet of the source; returns packets of the output, in order of time."""
        return [self._ordered(finished) for finished in self._writer.push(packet)]

    def finish(self) -> list[av.Packet]:
        """Return what is still held."""
        return [self._ordered(finished) for finished in self._writer.finish()]

    def _ordered(self, packet: av.Packet) -> av.Packet:
        if packet.dts is None:
            return packet
        step = math.ceil(_SMALLEST_STEP_SECONDS / fraction(packet.time_base)) if self._is_strict else 0
        if self._last is not None and packet.dts < self._last + min(step, 1):
            packet.dts = self._last + step
            packet.pts = None if packet.pts is None else max(packet.pts, packet.dts)
            self._num_moved += 1
        self._last = packet.dts
        return packet


class CoverWriter(CopyWriter):
    """A cover picture: one packet without a time of its own."""

    def push(self, packet: av.Packet) -> list[av.Packet]:
        """Take a packet of the source; returns it unless it is empty."""
        if not packet.size:
            return []
        packet.pts = packet.dts = 0
        packet.stream = self.stream
        return [packet]
