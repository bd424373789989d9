"""Deinterlacing with FFmpeg's bwdif: the two fields of a frame, its odd and even lines, are two moments."""

from collections import deque
from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Any

import av
from av.filter import Graph
from av.video.reformatter import VideoReformatter

from video.colour.yuv import FULL_RANGES, LIMITED_RANGES

# bwdif only takes planar formats; these are the planar ones with the same samples.
_PLANAR = {
    "nv12": "yuv420p",
    "nv16": "yuv422p",
    "nv21": "yuv420p",
    "nv24": "yuv444p",
    "p010le": "yuv420p10le",
    "p210le": "yuv422p10le",
    "y210le": "yuv422p10le",
    "uyvy422": "yuv422p",
    "yuyv422": "yuv422p",
    "yvyu422": "yuv422p",
    "uyyvyy411": "yuv411p",
    "bgr24": "gbrp",
    "rgb24": "gbrp",
    "bgr0": "gbrp",
    "rgb0": "gbrp",
    "bgra": "gbrap",
    "rgba": "gbrap",
    "rgb48le": "gbrp16le",
    "rgba64le": "gbrap16le",
}
# What the filter may lose.
_PROPERTIES = ("pts", "duration", "time_base", "colorspace", "color_range", "color_primaries", "color_trc")
_DEINT = {"auto": "interlaced", "on": "all"}


def interlace_warning(first: av.VideoFrame, mode: str) -> list[str]:
    """Return a sentence about what happens to an interlaced clip; none if it is progressive.

    Args:
        first: its first frame.
        mode: 'auto', 'on' or 'off'.
    """
    if mode == "on":
        return ["Every frame is deinterlaced (bwdif), as asked."]
    if not first.interlaced_frame:
        return []
    if mode == "off":
        return ["The source is interlaced; its fields are translated as they are, with combing."]
    return ["The source is interlaced; every frame is deinterlaced (bwdif), at half the temporal resolution."]


def deinterlaced(frames: Iterable[av.VideoFrame], mode: str, time_base: Fraction) -> Iterator[av.VideoFrame]:
    """Yield every frame with its own PTS, deinterlaced where that is wanted.

    The filter uses the previous and the next frame, so it delays its output by one.

    Args:
        frames: in display order.
        mode: 'auto' deinterlaces the frames that are flagged as interlaced, 'on' all, 'off' none.
        time_base: seconds per tick of their PTS.

    Yields:
        The same number of frames, with their PTS, duration, side data and colour tags.
    """
    if mode == "off":
        yield from frames
        return
    filtering: _Bwdif | None = None
    for frame in frames:
        if filtering is not None and not filtering.takes(frame):
            yield from filtering.drain()
            filtering = None
        if filtering is None and mode == "auto" and not frame.interlaced_frame:
            yield frame
            continue
        filtering = filtering or _Bwdif(frame, mode, time_base)
        yield from filtering.push(frame)
    if filtering is not None:
        yield from filtering.drain()


class _Bwdif:
    """One run of the filter over frames of one size and format."""

    def __init__(self, first: av.VideoFrame, mode: str, time_base: Fraction):
        self._shape = self._shape_of(first)
        self._format = _PLANAR.get(first.format.name, first.format.name)
        self._properties: deque[dict[str, Any]] = deque()
        self._pushed = 0
        self._last: av.VideoFrame | None = None
        self._graph, self._reformatter = Graph(), VideoReformatter()
        source = self._graph.add_buffer(
            width=first.width, height=first.height, format=av.VideoFormat(self._format), time_base=time_base
        )
        bwdif = self._graph.add("bwdif", f"mode=send_frame:parity=auto:deint={_DEINT[mode]}")
        sink = self._graph.add("buffersink")
        if self._format == first.format.name:
            source.link_to(bwdif)
        else:
            # The conversion to planes loses where the chroma samples lie.
            placed = self._graph.add("setparams", "chroma_location=left")
            source.link_to(placed)
            placed.link_to(bwdif)
        bwdif.link_to(sink)
        self._graph.configure()

    @staticmethod
    def _shape_of(frame: av.VideoFrame) -> tuple:
        return frame.width, frame.height, frame.format.name

    def takes(self, frame: av.VideoFrame) -> bool:
        return self._shape_of(frame) == self._shape

    def push(self, frame: av.VideoFrame) -> Iterator[av.VideoFrame]:
        """Yield the frames that are ready."""
        self._properties.append({name: getattr(frame, name) for name in _PROPERTIES})
        if frame.format.name != self._format:
            ranges = FULL_RANGES if frame.format.is_rgb else LIMITED_RANGES
            frame = self._reformatter.reformat(frame, format=self._format, **ranges)
        self._send(frame)
        yield from self._ready()

    def _send(self, frame: av.VideoFrame) -> None:
        # The filter needs increasing PTS. The frame's own, which may be missing, are restored afterwards.
        frame.pts = self._pushed
        self._pushed, self._last = self._pushed + 1, frame
        self._graph.vpush(frame)

    def drain(self) -> Iterator[av.VideoFrame]:
        """Yield the frames that are still in the filter."""
        if self._pushed == 1:
            # The filter passes a single frame through; the same frame twice is filtered.
            self._send(self._last)
        self._graph.vpush(None)
        yield from self._ready()

    def _ready(self) -> Iterator[av.VideoFrame]:
        while self._properties:
            try:
                frame = self._graph.vpull()
            except (av.BlockingIOError, av.EOFError):
                return
            for name, value in self._properties.popleft().items():
                setattr(frame, name, value)
            yield frame
