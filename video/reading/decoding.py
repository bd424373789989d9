"""Decoding of packets to frames with definite timestamps; frames that are missing are reported."""

import math
from collections.abc import Iterator
from fractions import Fraction
from itertools import chain
from typing import Any

import av

from video.core.errors import MediaError
from video.core.frames import display_matrix, fraction
from video.core.limits import MAX_PIXELS
from video.core.source_info import SourceInfo
from video.core.timing import snapped_rate
from video.reading.decoded_frame import DecodedFrame
from video.reading.expected_frames import ExpectedFrames
from video.reading.opening import open_source
from video.reading.packets import MAX_FAILED_READS, demuxed
from video.reading.pixel_shape import PixelShape
from video.reading.stream_facts import stream_facts

# FFmpeg's own decoders of VP8 and VP9 drop alpha, which is stored beside the picture as a second one.
_WITH_ALPHA = {"vp9": "libvpx-vp9", "vp8": "libvpx"}
# Small steps back are errors of a muxer; larger ones mean another clip.
_LARGEST_STEP_BACK = Fraction(1)
# A transport stream has no index of keyframes. If they are further apart than any of these, decoding starts
# at the beginning.
_SECONDS_BACK = (0, 2, 12, 60)
# H.264 and later codecs reorder more frames than earlier ones, but no more than this.
_MAX_REORDERED = 16
# A recording of these can start anywhere, and their decoders then show grey ghosts.
_MAY_START_MID_GOP = ("mpegts", "mpeg", "mpegvideo")
_SEEKABLE = ("mov", "matroska", "mpegts")
# These store no shape of pixels beside the stream's own, which may change.
_STORES_NO_SHAPE = ("mpegts", "mpeg", "mpegvideo", "h264", "hevc")
_KNOWS_ITS_END = ("mov", "avi")


def decoder_for(stream: Any) -> str | None:
    """Return the name of the decoder that a video stream needs; None for FFmpeg's default."""
    tags = {key.lower(): value for key, value in stream.metadata.items()}
    return _WITH_ALPHA.get(stream.codec_context.name) if tags.get("alpha_mode") == "1" else None


def decoder(stream: Any) -> Any:
    """Return the decoder context for the packets of a video stream, with all threads.

    The demuxer's empty last packet drains it, and `flush_buffers` stops it early.
    """
    own, name = stream.codec_context, decoder_for(stream)
    if name is None:
        own.thread_type = "AUTO"
        return own
    context: Any = av.CodecContext.create(name, "r")
    # The container stores these, not the packets.
    for tag in ("color_primaries", "color_trc", "colorspace", "color_range"):
        setattr(context, tag, getattr(own, tag))
    return context


class Decoder:
    """Decoder of a clip's video; it keeps the file open until it is closed.

    Args:
        source: the result of `video.probe.inspect_source`.
        threads: 'AUTO', or 'SLICE', which finds exactly the damaged frames but is slower.

    Attributes:
        stream: the video stream.
        time_base: seconds per tick.
        rate: nominal frames per second.
        step: ticks per frame at that rate.
        may_start_mid_gop: whether the clip may be a part of a broadcast, which has a constant frame rate.
        facts: what FFmpeg knows about the stream and PyAV does not tell.
        num_moved: frames that were not later than the one before.
    """

    def __init__(self, source: SourceInfo, threads: str):
        self._path, self._container = source.path, open_source(source.path)
        self.stream: Any = self._container.streams[source.video_index]
        self.time_base = fraction(self.stream.time_base)
        self.rate = _nominal_rate(self.stream, source)
        self.step = max(1, round(1 / self.rate / self.time_base))
        self._codec = self.stream.codec_context.name
        self._context = decoder(self.stream)
        self._context.thread_type = threads
        # The size may also grow within the stream. Decoders know the position only where packets state it.
        self.facts = stream_facts(self.stream)
        position = self.facts.chroma_position
        self._context.options = {"max_pixels": str(MAX_PIXELS), "chroma_sample_location": position}
        self._family = self._container.format.name.partition(",")[0]
        self._shape_of = PixelShape() if self._family in _STORES_NO_SHAPE else None
        self.may_start_mid_gop, self._dts_only = self._family in _MAY_START_MID_GOP, self._family == "avi"
        self._expected = ExpectedFrames(may_start_mid_gop=self.may_start_mid_gop, dts_only=self._dts_only)
        self._reason, self._joins = "", source.joins
        self._last: int | None = None
        self._last_duration, self.num_moved = 0, 0

    @property
    def num_leading(self) -> int:
        """Frames that refer to frames before the first keyframe, which no player shows."""
        return self._expected.num_leading

    @property
    def is_seekable(self) -> bool:
        """Whether PTS are known everywhere, and not only from the beginning."""
        return self._family in _SEEKABLE and not self._joins

    @property
    def end(self) -> int | None:
        """The tick at which the last frame ends, None if the container does not store it reliably."""
        if self._family not in _KNOWS_ITS_END or self.stream.duration is None:
            return None
        return (self.stream.start_time or 0) + self.stream.duration

    def close(self) -> None:
        """Close the file, also within the stream: FFmpeg's threads hang unless the decoder is flushed."""
        if self._context.is_open:
            self._context.flush_buffers()
        self._container.close()

    def frames_before(self, seconds: Fraction, seconds_back: int) -> Iterator[DecodedFrame] | None:
        """Seek to a position before a time and decode from there.

        Returns:
            The frames from a keyframe that is shown at `seconds` or earlier. If none was found: None, and
            the decoder cannot be used any more.
        """
        latest = math.floor(seconds / self.time_base)
        try:
            self._container.seek(math.floor((seconds - seconds_back) / self.time_base), stream=self.stream)
            frames = self.frames()
            first = next(frames, None)
        except av.FFmpegError:
            return None
        key_time = self._expected.first_key_time
        if first is None or first.pts > latest or key_time is None or key_time > latest:
            return None
        return chain([first], frames)

    def frames(self) -> Iterator[DecodedFrame]:
        """Yield every frame, good or bad, in display order.

        Raises:
            MediaError: the file cannot be read, or its timestamps jump back.
        """
        failures: list[str] = []
        for packet in demuxed(self._container, failures, self.stream, joins=self._joins):
            self._expected.add(packet, self._codec)
            if self._dts_only:
                packet.pts = packet.dts
            yield from self._decoded(packet)
        if len(failures) >= MAX_FAILED_READS:
            raise MediaError(
                f"the clip cannot be read: {self._path}",
                detail=f"the system said: {failures[0]}",
                fix="copy or download the clip again",
            )
        yield from self._decoded(None)
        yield from self._missing(self._expected.remaining())

    def _decoded(self, packet: av.Packet | None) -> Iterator[DecodedFrame]:
        """Yield the frames that a packet completes; without a packet, drain the decoder."""
        try:
            frames = self._context.decode(packet)
        except (av.FFmpegError, ValueError) as error:
            # PyAV 19 says only once why a decoder does not open; after that it raises a plain ValueError.
            self._reason = getattr(error, "strerror", self._reason)
            if packet is not None and not self._expected.reject(packet):
                yield self._timed(None, None)
            return
        for frame in frames:
            yield from self._with_missing(frame)

    def _with_missing(self, frame: av.VideoFrame) -> Iterator[DecodedFrame]:
        missed, pts = self._expected.match(frame, self._num_reordered())
        yield from self._missing(missed)
        is_leading = self._expected.is_leading(pts)
        if is_leading and (frame.is_corrupt or self.may_start_mid_gop):
            return
        self._expected.num_leading -= is_leading
        if frame.is_corrupt:
            self._reason = "the decoder marked it as corrupt"
        yield self._timed(None if frame.is_corrupt else frame, pts)

    def _num_reordered(self) -> int:
        """Return how many frames may be stored before a frame and shown after it."""
        if not self._context.has_b_frames:
            return 0
        return 1 if self._codec == "mpeg4" else _MAX_REORDERED

    def _missing(self, times: list[int]) -> Iterator[DecodedFrame]:
        return (self._timed(None, pts) for pts in times)

    def _timed(self, frame: av.VideoFrame | None, pts: int | None) -> DecodedFrame:
        pts = self._definite(pts)
        self._last, self._last_duration = pts, frame.duration if frame else 0
        if frame is None:
            return DecodedFrame(None, pts, self._reason or "no picture came out of its data")
        frame.pts, frame.time_base = pts, self.time_base
        shape = self._shape_of(frame) if self._shape_of else None
        return DecodedFrame(frame, pts, matrix=display_matrix(frame), crop=self.facts.crop, shape=shape)

    def _definite(self, pts: int | None) -> int:
        """Return a PTS that is later than the one before; some clips lack PTS or step back."""
        if self._last is None:
            return pts if pts is not None else self.stream.start_time or 0
        if pts is None:
            return self._last + (self._last_duration or self.step)
        if pts > self._last:
            return pts
        before, after = self._last * self.time_base, pts * self.time_base
        if before - after > _LARGEST_STEP_BACK:
            raise MediaError(
                f"the timestamps jump back: {self._path}",
                detail=f"from {float(before):.2f} s to {float(after):.2f} s",
                fix="several clips are in one file: let each follow the one before (--on-time-jump close)",
            )
        self.num_moved += 1
        return self._last + 1


def decode_from(
    source: SourceInfo, start: Fraction | None, threads: str
) -> tuple[Decoder, Iterator[DecodedFrame]]:
    """Open a decoder and decode all frames from a time on.

    Args:
        source: the result of `video.probe.inspect_source`.
        start: seconds on the time scale of the packets; None for the beginning.
        threads: see `Decoder`.

    Returns:
        The decoder, which the caller closes, and its frames; the first ones may be before `start`.
    """
    for seconds_back in _SECONDS_BACK:
        opened = Decoder(source, threads)
        if start is None or start - seconds_back <= source.start or not opened.is_seekable:
            return opened, opened.frames()
        frames = opened.frames_before(start, seconds_back)
        if frames is not None:
            return opened, frames
        opened.close()
    opened = Decoder(source, threads)
    return opened, opened.frames()


def _nominal_rate(stream: Any, source: SourceInfo) -> Fraction:
    """Return the clip's declared frame rate if it is close to the counted one, otherwise the counted one."""
    counted = source.frames_total / source.duration
    for declared in (fraction(stream.average_rate), fraction(stream.guessed_rate)):
        if declared and counted * Fraction(2, 3) <= declared <= counted * Fraction(3, 2):
            return snapped_rate(declared)
    return snapped_rate(counted.limit_denominator(1001) or counted)
