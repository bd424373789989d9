"""Clips without files: sources of frames for what reads two of them."""

from fractions import Fraction

import cv2
import numpy as np
import pytest

from video.core.colour_codes import default_colour
from video.core.frames import Clip, Frame, Picture


class Frames:
    """A source of the given pictures, each shown for a tick of 1/100 s or for the given ticks."""

    def __init__(self, pictures, times):
        height, width = pictures[0].shape[:2]
        self.clip = Clip(width, height, Fraction(1, 100), Fraction(25), None, default_colour(height))
        self.frames_read, self._shown = 0, list(zip(pictures, times, times[1:]))

    def frames(self, wanted):
        for index, (picture, pts, end) in enumerate(self._shown):
            self.frames_read += 1
            yield Frame(index, Picture(picture), pts, end - pts)


@pytest.fixture
def source_of():
    """A function from pictures, and the ticks when they are shown with the end, to a source of frames."""
    return lambda pictures, times=None: Frames(pictures, times or range(0, 4 * len(pictures) + 4, 4))


@pytest.fixture
def pan():
    """A function that draws a shot: a texture that moves two pixels from frame to frame."""

    def draw(count, seed=0, height=64, width=96):
        coarse = np.random.default_rng(seed).integers(0, 256, (height // 4, 60, 3), dtype=np.uint8)
        scene = cv2.resize(coarse, (240, height), interpolation=cv2.INTER_CUBIC)
        return [np.ascontiguousarray(scene[:, 2 * place : width + 2 * place]) for place in range(count)]

    return draw
