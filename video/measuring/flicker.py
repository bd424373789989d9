"""The change from one pair of frames to the next: warping errors and mean colours."""

from dataclasses import dataclass

import cv2
import numpy as np

from video.measuring.pairing import Pair
from video.motion.flow import FlowFinder, grey, reduced_size, resized

MAX_SIDE_PIXELS = 456


@dataclass(frozen=True)
class Change:
    """The change from one pair of frames to the next.

    Attributes:
        warping_error: of the output along the input's motion, in squared grey levels; None where no motion
            is known.
        input_warping_error: of the input.
        reliable_share: share of pixels whose motion is known.
        colour_flicker: change of the output's mean colour beyond the input's, in grey levels, at least 0.
        input_colour_flicker: change of the input's mean colour.
    """

    warping_error: float | None
    input_warping_error: float | None
    reliable_share: float
    colour_flicker: float
    input_colour_flicker: float


class ChangeMeter:
    """Measures the change from each pair of frames to the next.

    Args:
        height: of the frames.
        width: of the frames.

    Attributes:
        size: (width, height) at which changes are measured.
    """

    def __init__(self, height: int, width: int):
        self.size = reduced_size(width, height, MAX_SIDE_PIXELS)
        self._flow = FlowFinder("good")
        self._previous: tuple[np.ndarray, np.ndarray] | None = None

    def change(self, pair: Pair, *, begins_shot: bool) -> Change | None:
        """Return the change from the pair before to this one; None where a shot begins."""
        before, after = (resized(pixels, self.size) for pixels in (pair.before, pair.after))
        previous, self._previous = self._previous, (before, after)
        if begins_shot or previous is None:
            return None
        motion = self._flow.motion(grey(previous[0]), grey(before))
        input_flicker = _mean_change(previous[0], before)
        flicker = max(0.0, _mean_change(previous[1], after) - input_flicker)
        errors = [
            _error(motion.warped(one.astype(np.float32)), other, motion.reliable)
            for one, other in zip(previous, (before, after))
        ]
        return Change(errors[1], errors[0], float(motion.reliable.mean()), flicker, input_flicker)


def sharpness(pixels: np.ndarray) -> float:
    """Return the variance of the Laplacian of a frame's grey levels."""
    _, deviation = cv2.meanStdDev(cv2.Laplacian(grey(pixels), cv2.CV_32F))
    return float(deviation[0, 0] ** 2)


def _error(moved: np.ndarray, pixels: np.ndarray, reliable: np.ndarray) -> float | None:
    if not reliable.any():
        return None
    difference = cv2.subtract(moved, pixels, dtype=cv2.CV_32F)
    return float(np.mean(cv2.mean(cv2.multiply(difference, difference), reliable.astype(np.uint8))[:3]))


def _mean_change(one: np.ndarray, other: np.ndarray) -> float:
    means = [np.array(cv2.mean(pixels)[:3]) for pixels in (one, other)]
    return float(np.abs(means[1] - means[0]).mean())
