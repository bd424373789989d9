"""Conversion of frames by a filter: chroma at the positions of the written stream, side data that stay."""

from fractions import Fraction

import av
from av.filter import Graph

# Of JPEG and MPEG-1, whose chroma samples lie between four luma samples.
_CENTRED_CODECS = ("mjpeg", "mpeg1video")


def written_position(codec: str) -> str:
    """Return FFmpeg's name of the chroma position that players assume for a codec."""
    return "center" if codec in _CENTRED_CODECS else "left"


class ScaleFilter:
    """Converter of frames by FFmpeg's filter `scale`, which keeps their side data.

    PyAV's own reformatter cannot set the position of chroma samples, and then swscale takes the centre of two
    luma samples.

    Args:
        pix_fmt: of the result.
        options: of the filter, such as `out_chroma_loc`.
    """

    def __init__(self, pix_fmt: str, options: str):
        self._pix_fmt, self._options = pix_fmt, options
        self._shape: tuple[int, int, str] | None = None
        self._graph: Graph | None = None

    def __call__(self, frame: av.VideoFrame) -> av.VideoFrame:
        """Return the frame in the other format."""
        shape = frame.width, frame.height, frame.format.name
        if shape != self._shape:
            self._shape, self._graph = shape, self._opened(frame)
        self._graph.vpush(frame)
        return self._graph.vpull()

    def _opened(self, frame: av.VideoFrame) -> Graph:
        graph = Graph()
        parts = [
            graph.add_buffer(
                width=frame.width, height=frame.height, format=frame.format, time_base=Fraction(1, 25)
            ),
            graph.add("scale", self._options),
            graph.add("format", f"pix_fmts={self._pix_fmt}"),
            graph.add("buffersink"),
        ]
        for before, after in zip(parts, parts[1:]):
            before.link_to(after)
        graph.configure()
        return graph
