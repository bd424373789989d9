"""Optical flow between two frames, where to trust it, and pictures moved along it."""

from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np

from video.core.box import Box

_PRESETS = {
    "fast": cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST,
    "good": cv2.DISOPTICAL_FLOW_PRESET_MEDIUM,
}
# A round trip may miss by a tenth of the way, and by 0.7 pixels: Sundaram, Brox and Keutzer, ECCV 2010.
_TOLERANCE_OF_WAY, _TOLERANCE_PIXELS = 0.01, 0.5
# DIS crashes on some pictures with a side of 24 pixels; on none with sides from 32 to 4000 that were tried.
_MIN_SIDE_PIXELS = 32


@dataclass(frozen=True)
class Motion:
    """The way from a frame back to the one before it.

    Attributes:
        backward: float32 (height, width, 2): where each pixel of the later frame was, as (x, y) relative
            to its own place, in pixels.
        reliable: bool (height, width): the way back and forth again ends where it began, inside the frame.
    """

    backward: np.ndarray
    reliable: np.ndarray

    def warped(self, previous: np.ndarray) -> np.ndarray:
        """Return the earlier picture moved to where the later one has its things.

        Args:
            previous: (height, width) or (height, width, channels), of the flow's size; uint8 or float32.
        """
        return _moved(previous, _places(self.backward))

    def warped_part(self, previous: np.ndarray, begin: tuple[int, int], box: Box) -> np.ndarray:
        """Return what a box of the later picture shows of a part of the earlier one.

        Args:
            previous: the part; around it the earlier picture goes on as at the part's sides.
            begin: (row, column) of its first pixel.
            box: of the later picture.
        """
        places = _places(box.of(self.backward), (box.top - begin[0], box.left - begin[1]))
        return _moved(previous, places)

    def enlarged(self, size: tuple[int, int]) -> "Motion":
        """Return the same motion for frames of another (width, height)."""
        height, width = self.reliable.shape
        scale = np.array([size[0] / width, size[1] / height], np.float32)
        backward = cv2.resize(self.backward * scale, size, interpolation=cv2.INTER_LINEAR)
        reliable = cv2.resize(self.reliable.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST)
        return Motion(backward, reliable > 0)


class FlowFinder:
    """Finder of the motion between frames of one size, by OpenCV's DIS (Kroeger et al., ECCV 2016).

    Args:
        effort: 'fast' takes about a third of the time of 'good'.
    """

    def __init__(self, effort: Literal["fast", "good"]):
        self._dis = cv2.DISOpticalFlow.create(_PRESETS[effort])

    def motion(self, previous: np.ndarray, later: np.ndarray) -> Motion:
        """Return the motion between two frames, uint8 (height, width) of a size from `reduced_size`."""
        backward = self._dis.calc(later, previous, None)
        forward = self._dis.calc(previous, later, None)
        return Motion(backward, _reliable(forward, backward))


def reduced_size(width: int, height: int, max_side: int) -> tuple[int, int]:
    """Return (width, height) at which to find the motion of frames.

    Args:
        width: of the frames in pixels.
        height: of the frames in pixels.
        max_side: to which the longer side of larger frames is scaled down, in pixels.
    """
    scale = min(1.0, max_side / max(width, height))
    return max(_MIN_SIDE_PIXELS, round(width * scale)), max(_MIN_SIDE_PIXELS, round(height * scale))


def resized(picture: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Return a picture in another (width, height); the same object if it has that size."""
    if picture.shape[1::-1] == size:
        return picture
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA)


def grey(pixels: np.ndarray) -> np.ndarray:
    """Return uint8 (height, width) of uint8 RGB."""
    return cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)


def _places(flow: np.ndarray, begin: tuple[int, int] = (0, 0)) -> np.ndarray:
    """Return the place that each pixel's flow points to, float32 (height, width, 2).

    Args:
        flow: as (x, y), of the same shape.
        begin: (row, column) of the flow's first pixel.
    """
    height, width = flow.shape[:2]
    places = flow.astype(np.float32)
    places[..., 0] += np.arange(begin[1], begin[1] + width, dtype=np.float32)
    places[..., 1] += np.arange(begin[0], begin[0] + height, dtype=np.float32)[:, np.newaxis]
    return places


def _moved(picture: np.ndarray, places: np.ndarray) -> np.ndarray:
    return cv2.remap(picture, places, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def _reliable(forward: np.ndarray, backward: np.ndarray) -> np.ndarray:
    places = _places(backward)
    height, width = backward.shape[:2]
    there = _moved(forward, places)
    way = _squared_length(there) + _squared_length(backward)
    agrees = _squared_length(there + backward) < _TOLERANCE_OF_WAY * way + _TOLERANCE_PIXELS
    return agrees & (cv2.inRange(places, (0, 0), (width - 1, height - 1)) > 0)


def _squared_length(vectors: np.ndarray) -> np.ndarray:
    return vectors[..., 0] ** 2 + vectors[..., 1] ** 2
