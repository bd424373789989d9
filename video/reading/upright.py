"""Conversion of decoded frames to upright pictures of one size."""

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

import numpy as np

from video.colour.conversion import ToPicture
from video.core.frames import Picture, is_quarter_turn, letterboxed, upright
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
        num_letterboxed: frames of another size or shape of pixels that were scaled into this one.
    """

    def __init__(self, first: DecodedFrame, hdr: str):
        self.width, self.height = first.size
        self.to_picture = ToPicture(first.frame, hdr)
        self.num_letterboxed = 0
        self._shape = first.shape
        self._last: DecodedFrame | None = None
        self._picture: Picture | None = None

    def __call__(self, decoded: DecodedFrame) -> Picture:
        """Return the frame's picture; the same object for the same frame."""
        if decoded is not self._last:
            self._last, self._picture = decoded, self._converted(decoded)
        return self._picture

    def _converted(self, decoded: DecodedFrame) -> Picture:
        picture, matrix = self.to_picture(decoded.frame), decoded.matrix
        left, top, right, bottom = decoded.cut
        if any(decoded.cut):
            height, width = picture.pixels.shape[:2]
            part = slice(top, height - bottom), slice(left, width - right)
            picture = _each_plane(picture, lambda plane: np.ascontiguousarray(plane[part]))
        if matrix is not None:
            picture = _each_plane(picture, lambda plane: _turned(plane, matrix))
        stretch = decoded.shape / self._shape if decoded.shape and self._shape else Fraction(1)
        if is_quarter_turn(matrix):
            stretch = 1 / stretch
        if decoded.size == (self.width, self.height) and stretch == 1:
            return picture
        self.num_letterboxed += 1
        return _each_plane(picture, lambda plane: letterboxed(plane, self.width, self.height, stretch))


def crop_warning(first: DecodedFrame) -> list[str]:
    """Return a sentence if the container cuts the pictures; none if it does not."""
    left, top, right, bottom = first.cut
    if not any(first.cut):
        return []
    return [
        f"The container crops the picture to {first.size[0]}x{first.size[1]}, which is translated: "
        f"{left} columns at the left, {top} rows at the top, {right} at the right, {bottom} at the bottom go."
    ]


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
