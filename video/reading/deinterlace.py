"""Makes whole pictures of interlaced frames, which hold two moments in their odd and even lines."""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction

import av
from av.filter import Graph
from av.video.reformatter import VideoReformatter

from video.colour.yuv import FULL_RANGES, LIMITED_RANGES

# bwdif works on planes; these hold the same samples in planes.
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
_DEINT = {"auto": "interlaced", "on": "all"}


def interlace_warning(first: av.VideoFrame, mode: str) -> list[str]:
    """Returns a sentence about what becomes of an interlaced clip; none when it is not.

    Args:
        first: its first frame.
        mode: 'auto', 'on' or 'off'.
    """
    if mode == "on":
        return ["Every frame is deinterlaced (bwdif), as asked."]
    if not first.interlaced_frame:
        return []
    if mode == "off":
        return ["The source is interlaced; its fields are translated as they are, with their combs."]
    return ["The source is interlaced; each frame is deinterlaced (bwdif): as many frames, half the moments."]


def deinterlaced(frames: Iterable[av.VideoFrame], mode: str, time_base: Fraction) -> Iterator[av.VideoFrame]:
    """Yields every frame at its own time, deinterlaced where that is wanted.

    The filter looks at the frames before and after, so it holds one back.

    Args:
        frames: in order of display.
        mode: 'auto' deinterlaces the frames that say they are interlaced, 'on' all, 'off' none.
        time_base: seconds in one unit of their pts.

    Yields:
        As many frames as came in, with their pts, duration, side data and colour tags.
    """
    if mode == "off":
        yield from frames
        return
    filtering = None
    for frame in frames:
        if filtering is not None and not filtering.takes(frame):
            yield from filtering.drain()
            filtering = None
        if filtering is None and mode == "auto" and not frame.interlaced_frame:
            yield frame
            continue
        filtering = filtering or _Filtering(frame, mode, time_base)
        yield from filtering.push(frame)
    if filtering is not None:
        yield from filtering.drain()


@dataclass(frozen=True)
class _Kept:
    """What a filter may forget of a frame."""

    pts: int | None
    duration: int
    time_base: Fraction | None
    tags: tuple


_TAGS = ("colorspace", "color_range", "color_primaries", "color_trc")


class _Filtering:
    """One run of bwdif over frames of one size and format."""

    def __init__(self, first: av.VideoFrame, mode: str, time_base: Fraction):
        self._shape = self._shape_of(first)
        self._format = _PLANAR.get(first.format.name, first.format.name)
        self._kept, self._pushed, self._last = deque(), 0, None
        self._graph, self._reformatter = Graph(), VideoReformatter()
        source = self._graph.add_buffer(
            width=first.width, height=first.height, format=av.VideoFormat(self._format), time_base=time_base
        )
        bwdif = self._graph.add("bwdif", f"mode=send_frame:parity=auto:deint={_DEINT[mode]}")
        sink = self._graph.add("buffersink")
        source.link_to(bwdif)
        bwdif.link_to(sink)
        self._graph.configure()

    @staticmethod
    def _shape_of(frame: av.VideoFrame) -> tuple:
        return frame.width, frame.height, frame.format.name

    def takes(self, frame: av.VideoFrame) -> bool:
        return self._shape_of(frame) == self._shape

    def push(self, frame: av.VideoFrame) -> Iterator[av.VideoFrame]:
        """Yields the frames that are ready."""
        tags = tuple(getattr(frame, name) for name in _TAGS)
        self._kept.append(_Kept(frame.pts, frame.duration, frame.time_base, tags))
        if frame.format.name != self._format:
            ranges = FULL_RANGES if frame.format.is_rgb else LIMITED_RANGES
            frame = self._reformatter.reformat(frame, format=self._format, **ranges)
        self._send(frame)
        yield from self._ready()

    def _send(self, frame: av.VideoFrame) -> None:
        # The filter wants times that rise; the frame's own, which may be missing, come back with the tags.
        frame.pts = self._pushed
        self._pushed, self._last = self._pushed + 1, frame
        self._graph.vpush(frame)

    def drain(self) -> Iterator[av.VideoFrame]:
        """Yields the frames that are held back."""
        if self._pushed == 1:
            # A single frame is let through as it is; seen twice, it is filtered.
            self._send(self._last)
        self._graph.vpush(None)
        yield from self._ready()

    def _ready(self) -> Iterator[av.VideoFrame]:
        while self._kept:
            try:
                frame = self._graph.vpull()
            except (av.BlockingIOError, av.EOFError):
                return
            kept = self._kept.popleft()
            frame.pts, frame.duration, frame.time_base = kept.pts, kept.duration, kept.time_base
            for name, value in zip(_TAGS, kept.tags):
                setattr(frame, name, value)
            yield frame
