"""Decoded frames to upright pictures of one size."""

from dataclasses import replace

import numpy as np

from video.colour.conversion import ToPicture
from video.core.frames import Picture, is_quarter_turn, letterboxed, upright
from video.reading.decoding import Shot


class UprightPictures:
    """Converts frames; a frame that is shown again right away is not converted again.

    Args:
        first: the frame that decides the size and the colours of all.
        hdr: 'tone-map' or 'keep'.

    Attributes:
        width: in pixels, upright.
        height: in pixels, upright.
        to_picture: what converts pixels, and knows colour, depth and alpha.
        num_letterboxed: frames of another size that were scaled into this one.
    """

    def __init__(self, first: Shot, hdr: str):
        self.width, self.height = size_of(first)
        self.to_picture = ToPicture(first.frame, hdr)
        self.num_letterboxed = 0
        self._shot, self._picture = None, None

    def __call__(self, shot: Shot) -> Picture:
        """Returns the frame's picture; for the same shot the same object."""
        if shot is not self._shot:
            self._shot, self._picture = shot, self._converted(shot)
        return self._picture

    def _converted(self, shot: Shot) -> Picture:
        picture = self.to_picture(shot.frame)
        if shot.matrix is not None:
            picture = _each_plane(picture, lambda plane: _turned(plane, shot.matrix))
        if size_of(shot) == (self.width, self.height):
            return picture
        self.num_letterboxed += 1
        return _each_plane(picture, lambda plane: letterboxed(plane, self.width, self.height))


def size_of(shot: Shot) -> tuple[int, int]:
    """Returns (width, height) of a frame when it stands upright."""
    width, height = shot.frame.width, shot.frame.height
    return (height, width) if is_quarter_turn(shot.matrix) else (width, height)


def _each_plane(picture: Picture, change) -> Picture:
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
