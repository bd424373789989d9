"""Writing of animated PNG with FFmpeg's encoder; always lossless."""

from collections.abc import Iterator, Sequence
from typing import BinaryIO

import av
import numpy as np

from video.core.frames import Clip, Picture
from video.pictures.values import with_alpha

MAX_DELAY_PART = 65535
_EFFORT, _EFFORT_SMALL = "6", "9"
# By (whether it has 16 bits a sample, whether it has alpha).
_FORMATS = {
    (False, False): "rgb24",
    (False, True): "rgba",
    (True, False): "rgb48be",
    (True, True): "rgba64be",
}


def write_apng(
    file: BinaryIO, pictures: Iterator[Picture], ticks: Sequence[int], clip: Clip, quality: str, loop: int
) -> None:
    """Write an APNG, one picture at a time; a single picture becomes a still PNG.

    Args:
        file: opened for writing, seekable: the number of frames is in the header.
        pictures: in order.
        ticks: how long each is shown, in units of the clip's time base.
        clip: what all of them share.
        quality: one of `video.core.options.QUALITIES`; 'small' takes longer for a smaller file.
        loop: how often it plays, 0 for ever.
    """
    is_deep = clip.depth > 8
    format = _FORMATS[is_deep, clip.has_alpha]
    last = (ticks[-1] * clip.time_base).limit_denominator(MAX_DELAY_PART)
    options = {"plays": str(loop), "final_delay": f"{last.numerator}/{last.denominator}"}
    with av.open(file, "w", format="apng", options=options) as container:
        effort = _EFFORT_SMALL if quality == "small" else _EFFORT
        stream = container.add_stream("apng", options={"compression_level": effort, "pred": "mixed"})
        stream.width, stream.height, stream.pix_fmt = clip.width, clip.height, format
        stream.codec_context.time_base = clip.time_base
        pts = 0
        for picture, duration in zip(pictures, ticks):
            pixels = np.ascontiguousarray(with_alpha(picture, is_deep=is_deep))
            frame = av.VideoFrame.from_ndarray(pixels, format=format)
            frame.pts, frame.time_base = pts, clip.time_base
            container.mux(stream.encode(frame))
            pts += duration
        container.mux(stream.encode(None))
