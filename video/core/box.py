"""A part of a picture: a rectangle of whole pixels."""

from typing import NamedTuple

import cv2
import numpy as np


class Box(NamedTuple):
    """A rectangle of whole pixels; bottom and right are those after the last."""

    top: int
    left: int
    bottom: int
    right: int

    def of(self, picture: np.ndarray) -> np.ndarray:
        """Return a view of the part of a picture, (height, width, ...)."""
        return picture[self.top : self.bottom, self.left : self.right]


def differing_box(one: np.ndarray, other: np.ndarray, margin: int) -> Box:
    """Return a box outside of which two pictures are the same.

    Args:
        one: uint8 (height, width, channels).
        other: likewise, of the same shape.
        margin: pixels around what differs, as far as the picture goes; at least 1. So no box is empty.
    """
    height, width, channels = one.shape
    left, top, columns, rows = cv2.boundingRect(cv2.absdiff(one, other).reshape(height, -1))
    right = -(-(left + columns) // channels)
    left //= channels
    return Box(
        max(0, top - margin),
        max(0, left - margin),
        min(height, top + rows + margin),
        min(width, right + margin),
    )
