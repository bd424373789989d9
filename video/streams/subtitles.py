"""Conversion of text subtitles to other text formats; bold and italic are kept."""

from fractions import Fraction
from typing import Any, cast

import av
from av.subtitles.subtitle import SubtitleSet

from video.core.errors import MediaError
from video.core.frames import fraction
from video.core.timing import Span, track_tick
from video.streams.stream_plan import counted

# The subtitle encoder of each muxer, by FFmpeg's names.
ENCODERS = {"mp4": "mov_text", "mov": "mov_text", "matroska": "subrip", "webm": "webvtt"}
_FIELDS_BEFORE_TEXT = 8
_LONGEST_MS = 2**32 - 1  # FFmpeg's value for a subtitle without an end
_SECONDS_WITHOUT_END = 5


def is_text(stream) -> bool:
    """Return whether the subtitles of a stream are text that can be decoded, not bitmaps."""
    return stream.codec_context is not None and stream.codec_context.codec.text_sub


def clipped(begin: Fraction, end: Fraction, span: Span) -> tuple[Fraction, Fraction] | None:
    """Return the part of a subtitle's time that is in the span, None if there is none."""
    begin = begin if span.start is None else max(begin, span.start)
    end = end if span.end is None else min(end, span.end)
    return (begin, end) if begin < end else None


class SubtitleWriter:
    """Transcoder of one track of text subtitles.

    Args:
        stream: of the source.
        output: gets the new stream immediately; its header is not written yet.
        encoder: FFmpeg's name of the subtitle encoder.
        span: the part that is kept; subtitles are clipped to it.

    Attributes:
        stream: the new stream.
        is_past_end: whether all further packets are after the span.

    Raises:
        MediaError: the subtitles are pictures, or there is no decoder.
        FFmpegError, ValueError: the container or the encoder refuses.
    """

    def __init__(self, stream: Any, output: av.container.OutputContainer, encoder: str, span: Span):
        if not is_text(stream):
            raise MediaError("the subtitles are not text")
        self._decoder, self._tick, self._span = stream.codec_context, fraction(stream.time_base), span
        self._decoder.open(strict=False)
        self.stream = cast(Any, output.add_stream(encoder))
        # FFmpeg reads the styles up to a null byte, which PyAV does not copy.
        self.stream.codec_context.subtitle_header = (self._decoder.subtitle_header or b"") + b"\0"
        self.stream.codec_context.time_base = self.stream.time_base = track_tick(self._tick)
        self.is_past_end, self._num_bad = False, 0

    @property
    def warnings(self) -> list[str]:
        """What failed, as the rest of a sentence about the stream."""
        if not self._num_bad:
            return []
        return [f"has {counted(self._num_bad, 'text')} that cannot be read; they are missing"]

    def push(self, packet: av.Packet) -> list[av.Packet]:
        """Take a packet of the source; return the packet of the new stream, if it contains text."""
        if not packet.size or packet.pts is None:
            return []
        begin = packet.pts * self._tick
        self.is_past_end = self._span.end is not None and begin >= self._span.end
        try:
            decoded = self._decoder.decode2(packet)
            text = _joined(decoded) if decoded else b""
            end = begin + _length(packet, decoded, self._tick) if text else begin
            shown = clipped(begin, end, self._span)
            return [self._encoded(text, *shown)] if shown else []
        except av.FFmpegError:
            self._num_bad += 1
            return []

    def finish(self) -> list[av.Packet]:
        """Return nothing: no packet is buffered."""
        return []

    def _encoded(self, text: bytes, begin: Fraction, end: Fraction) -> av.Packet:
        milliseconds = round((end - begin) * 1000)
        packet = self.stream.codec_context.encode_subtitle(SubtitleSet.create(text, 0, milliseconds))
        packet.stream, packet.time_base = self.stream, self._tick
        packet.pts = packet.dts = round((begin - self._span.origin) / self._tick)
        packet.duration = max(1, round((end - begin) / self._tick))
        return packet


def _joined(subtitles: Any) -> bytes:
    """Return one ASS line, its fields and then its text, for all texts shown at the same time."""
    lines = [rect.ass for rect in subtitles if rect.type in (b"ass", b"text") and rect.ass]
    if not lines:
        return b""
    texts = [line.split(b",", _FIELDS_BEFORE_TEXT)[-1] for line in lines]
    fields = lines[0].split(b",", _FIELDS_BEFORE_TEXT)[:-1]
    return b",".join([*fields, b"\\N".join(texts)]) if any(text.strip() for text in texts) else b""


def _length(packet: av.Packet, decoded: SubtitleSet, tick: Fraction) -> Fraction:
    if packet.duration:
        return packet.duration * tick
    if 0 < decoded.end_display_time < _LONGEST_MS:
        return Fraction(decoded.end_display_time, 1000)
    return Fraction(_SECONDS_WITHOUT_END)
