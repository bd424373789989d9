"""Closed captions (CEA-608 and CEA-708): bytes that each frame carries beside its picture.

PyAV can read them and cannot set them. But a filter hands them on, so a small copy of the source's frame
takes them to the encoder, where the translated picture is put into a copy of full size.
"""

from typing import Any, cast

import av
import numpy as np

from video.colour.subsampling import ScaleFilter

_SIDE_DATA = "A53_CC"
_PROPERTIES = ("colorspace", "color_range", "color_primaries", "color_trc")


def has_captions(frame: av.VideoFrame) -> bool:
    """Tell whether a decoded frame carries closed captions."""
    return cast(Any, frame.side_data).get(_SIDE_DATA) is not None


class CaptionTaker:
    """Taker of the captions of decoded frames."""

    def __init__(self):
        self._shrink = ScaleFilter("yuv420p", "w=16:h=16:flags=neighbor")

    def __call__(self, frame: av.VideoFrame) -> av.VideoFrame | None:
        """Return a tiny frame that carries the captions of this one; None if it has none."""
        return self._shrink(frame) if has_captions(frame) else None


class CaptionGiver:
    """Giver of captions to frames for an encoder.

    Args:
        width: of the frames in pixels.
        height: of the frames in pixels.
        pix_fmt: of the frames.
    """

    def __init__(self, width: int, height: int, pix_fmt: str):
        self._grow = ScaleFilter(pix_fmt, f"w={width}:h={height}:flags=neighbor")

    def __call__(self, frame: av.VideoFrame, captions: av.VideoFrame) -> av.VideoFrame:
        """Return the same picture in a frame with these captions."""
        result = self._grow(captions)
        for source, copy in zip(cast(Any, frame.planes), cast(Any, result.planes)):
            size = min(source.line_size, copy.line_size)
            new, old = (np.frombuffer(part, np.uint8).reshape(part.height, -1) for part in (copy, source))
            new[:, :size] = old[:, :size]
        for name in _PROPERTIES:
            setattr(result, name, getattr(frame, name))
        # The type of the source's frame would force keyframes.
        cast(Any, result).pict_type = 0
        return result
