"""The shape of a frame's pixels, which PyAV does not tell; FFmpeg's filter `scale` does, by a width."""

from fractions import Fraction

import av

from video.colour.subsampling import ScaleFilter

_UNIT = 4096
_LARGEST_TERM = 255


class PixelShape:
    """Reader of the width of a pixel over its height, from each decoded frame."""

    def __init__(self):
        options = f"w='clip(round({_UNIT}*sar),1,{8 * _UNIT})':h=2:flags=neighbor:eval=frame"
        self._scale = ScaleFilter("gray", options)

    def __call__(self, frame: av.VideoFrame) -> Fraction:
        """Return the ratio; 1 if the frame does not say."""
        return Fraction(self._scale(frame).width, _UNIT).limit_denominator(_LARGEST_TERM)
