"""Conversion of decoded frames to upright pictures of one size."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from video.colour.conversion import ToPicture
from video.core.frames import Picture, letterboxed, upright
from video.reading.decoded_frame import DecodedFrame


class UprightPictures:
    """Converter of frames; a frame that is shown again right away is not converted again.

    Args:
        first: the frame that sets the size and the colours of all.
        hdr: 'tone-map' or 'keep'.

    Attributes:
        width: in pixels, upright.
        height: in pixels, upright.
        to_picture: the converter of pixels; it has the colour, depth and alpha of the result.
        num_letterboxed: frames of another size that were scaled into this one.
    """

    def __init__(self, first: DecodedFrame, hdr: str):
        self.width, self.height = first.size
        self.to_picture = ToPicture(first.frame, hdr)
        self.num_letterboxed = 0
        self._last: DecodedFrame | None = None
        self._picture: Picture | None = None

    def __call__(self, decoded: DecodedFrame) -> Picture:
        """Return the frame's picture; the same object for the same frame."""
        if decoded is not self._last:
            self._last, self._picture = decoded, self._converted(decoded)
        return self._picture

    def _converted(self, decoded: DecodedFrame) -> Picture:
        picture, matrix = self.to_picture(decoded.frame), decoded.matrix
        if matrix is not None:
            picture = _each_plane(picture, lambda plane: _turned(plane, matrix))
        if decoded.size == (self.width, self.height):
            return picture
        self.num_letterboxed += 1
        return _each_plane(picture, lambda plane: letterboxed(plane, self.width, self.height))


def _each_plane(picture: Picture, change: Callable[[np.ndarray], np.ndarray]) -> Picture:
    planes = {
        name: change(plane)
        for name in ("pixels", "alpha", "residual")
        if (plane := getattr(picture, name)) is not None
    }
    return replace(picture, **planes)


def _turned(plane: np.ndarray, matrix: tuple[int, int, int, int]) -> np.ndarray:
    if plane.ndim == 3:
        return upright(plane, matrix)
    return np.ascontiguousarray(upright(plane[:, :, None], matrix)[:, :, 0])
