"""Stream copy: packets go from a source into an output unchanged and in order."""

import math
from fractions import Fraction
from typing import Any, Protocol

import av

from video.core.frames import fraction
from video.core.timing import Span
from video.streams.stream_plan import counted
from video.streams.subtitles import clipped

# No container has longer ticks than this for audio.
_SMALLEST_STEP_SECONDS = Fraction(1, 7350)


class TrackWriter(Protocol):
    """Interface of what processes the packets of one stream on their way into the output."""

    @property
    def stream(self) -> Any:
        """The stream of the output."""

    @property
    def is_past_end(self) -> bool:
        """Whether all further packets are after the part that is kept."""

    @property
    def warnings(self) -> list[str]:
        """What failed, as the rest of sentences about the stream."""

    def push(self, packet: av.Packet) -> list[av.Packet]:
        """Take a packet of the source; return packets of the output, in decoding order."""
        ...

    def finish(self) -> list[av.Packet]:
        """Return the packets that are still buffered."""
        ...


class CopyWriter:
    """Stream copy of one stream; after a cut, its timestamps start at the cut.

    Audio is cut between packets, subtitles are clipped, and another video starts with its first keyframe.
    Otherwise only empty packets are dropped, which come from a demuxer and not from the file.

    Args:
        source_stream: of the source.
        stream: of the output.
        kind: of the stream, as in `StreamPlan`.
        span: the part that is kept.
        can_hide: whether the container can hide packets. If not, sound that the source hides is left out,
            but for the packet before the first that is heard.
    """

    def __init__(self, source_stream, stream, kind: str, span: Span, *, can_hide: bool = True):
        self.stream, self._kind, self._span, self._can_hide = stream, kind, span, can_hide
        self._tick = fraction(source_stream.time_base)
        self._shift = round(span.origin / self._tick)
        self._has_started, self.is_past_end = False, False
        self.warnings: list[str] = []
        self._last_audio: int | None = None
        self._audio_step = 0
        self._duration = 1

    def push(self, packet: av.Packet) -> list[av.Packet]:
        """Take a packet of the source; return it for the output, or nothing if it is cut off."""
        if self._kind == "audio" and packet.size and packet.pts is not None:
            self._fill_in_duration(packet)
        if not packet.size or not self._is_kept(packet):
            return []
        if packet.pts is not None:
            packet.pts -= self._shift
        if packet.dts is not None:
            packet.dts -= self._shift
        if self._kind == "data":
            # The mp4 demuxer skips a last packet without duration.
            self._duration = packet.duration = packet.duration or self._duration
        packet.stream = self.stream
        return [packet]

    def finish(self) -> list[av.Packet]:
        """Return nothing: no packet is buffered."""
        return []

    def _fill_in_duration(self, packet: av.Packet) -> None:
        """Set the duration of an audio packet without one (in Matroska) to the shortest step so far.

        An mp4 would end before a last packet without duration.
        """
        step = packet.pts - self._last_audio if self._last_audio is not None else 0
        self._last_audio = packet.pts
        if step > 0:
            self._audio_step = min(step, self._audio_step or step)
        packet.duration = packet.duration or self._audio_step

    def _is_kept(self, packet: av.Packet) -> bool:
        if packet.pts is None and self._kind != "video":
            packet.pts = packet.dts
        ticks = packet.dts if self._kind == "video" and packet.dts is not None else packet.pts
        if ticks is None:
            return True
        begin, end = ticks * self._tick, (ticks + (packet.duration or 0)) * self._tick
        # The last one that is hidden stays: the decoder needs it for the first sound.
        if packet.is_discard and self._kind == "audio" and not self._can_hide and end < 0:
            return False
        if self._span.end is not None and begin >= self._span.end:
            self.is_past_end = True
            return False
        if self._span.is_whole:
            return True
        if self._kind == "video":
            return self._is_decodable(packet)
        if self._kind == "subtitle" and packet.duration:
            return self._clip(packet, begin, end)
        return self._span.start is None or begin >= self._span.start or end > self._span.start

    def _is_decodable(self, packet: av.Packet) -> bool:
        """Return whether a video packet and its keyframe are in the part that is kept."""
        start = self._span.start
        if start is None or packet.pts is None:
            return True
        is_late_enough = packet.pts * self._tick >= start
        self._has_started = self._has_started or (packet.is_keyframe and is_late_enough)
        return self._has_started and is_late_enough

    def _clip(self, packet: av.Packet, begin: Fraction, end: Fraction) -> bool:
        shown = clipped(begin, end, self._span)
        if shown and shown != (begin, end):
            packet.pts = packet.dts = round(shown[0] / self._tick)
            packet.duration = max(1, round((shown[1] - shown[0]) / self._tick))
        return shown is not None


class OrderedWriter:
    """Track writer with monotonic DTS, which every container requires.

    If a packet of a broken source is before its predecessor, it is moved to right after it.

    Args:
        writer: the source of the packets.
        is_strict: whether the DTS of two packets must differ.
    """

    def __init__(self, writer: TrackWriter, is_strict: bool):
        self._writer, self._is_strict = writer, is_strict
        self._last: int | None = None
        self._num_moved = 0

    @property
    def stream(self) -> Any:
        """The stream of the output."""
        return self._writer.stream

    @property
    def is_past_end(self) -> bool:
        """Whether all further packets are after the part that is kept."""
        return self._writer.is_past_end

    @property
    def is_mute(self) -> bool:
        """Whether there were packets, but none of them could be decoded."""
        return getattr(self._writer, "is_mute", False)

    @property
    def warnings(self) -> list[str]:
        """What failed, as the rest of sentences about the stream."""
        if not self._num_moved:
            return self._writer.warnings
        moved = f"goes back in time at {counted(self._num_moved, 'packet')}, which came later instead"
        return [*self._writer.warnings, moved]

    def push(self, packet: av.Packet) -> list[av.Packet]:
        """Take a packet of the source; return packets of the output, in decoding order."""
        return [self._ordered(finished) for finished in self._writer.push(packet)]

    def finish(self) -> list[av.Packet]:
        """Return the packets that are still buffered."""
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
    """Stream copy of a cover picture: one packet without a timestamp of its own."""

    def push(self, packet: av.Packet) -> list[av.Packet]:
        """Take a packet of the source; return it unless it is empty."""
        if not packet.size:
            return []
        packet.pts = packet.dts = 0
        packet.stream = self.stream
        return [packet]
