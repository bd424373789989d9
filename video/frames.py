"""One frame and the clip it belongs to: plain values that travel from reader to writer."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from video.colour import Colour


@dataclass(frozen=True)
class Frame:
    """One upright picture at its own time.

    Attributes:
        pixels: uint8 RGB, full range, (height, width, 3), C-contiguous.
        pts: when it is shown, in units of the clip's time base.
        duration: for how long, in the same units; at least 1.
    """

    pixels: np.ndarray
    pts: int
    duration: int


@dataclass(frozen=True)
class Clip:
    """What all frames of a clip share.

    Attributes:
        width: upright width in pixels.
        height: upright height in pixels.
        time_base: seconds in one unit of `Frame.pts`.
        rate: nominal frames a second; a hint for the encoder, never a clock.
        sample_aspect_ratio: width of a pixel over its height, upright; None when the clip does not say.
        colour: how the written clip stores its pixels.
    """

    width: int
    height: int
    time_base: Fraction
    rate: Fraction
    sample_aspect_ratio: Fraction | None
    colour: Colour


def fraction(rational) -> Fraction | None:
    """Returns PyAV's rational as a Fraction, None when unset; PyAV 18 and 19 have different types."""
    return Fraction(rational.numerator, rational.denominator) if rational else None


def display_matrix(frame) -> tuple[int, int, int, int] | None:
    """Returns (a, b, c, d) of a decoded frame's display matrix, None when it has none.

    A pixel (x, y) is shown at (a x + c y, b x + d y), y pointing down, in 16.16 fixed point.
    """
    side_data = frame.side_data.get("DISPLAYMATRIX")
    if side_data is None:
        return None
    a, b, _, c, d, *_ = struct.unpack("=9i", bytes(side_data))
    return a, b, c, d


def is_quarter_turn(matrix: Sequence[int] | None) -> bool:
    """Returns whether the matrix swaps width and height."""
    return matrix is not None and abs(matrix[1]) > abs(matrix[0])


def upright(pixels: np.ndarray, matrix: Sequence[int] | None) -> np.ndarray:
    """Turns and mirrors stored pixels into the picture a player shows.

    Args:
        pixels: (height, width, 3).
        matrix: (a, b, c, d) of the display matrix; None leaves the picture as it is. All eight
            right-angled positions are exact; any other angle counts as the nearest of them.

    Returns:
        The upright picture, C-contiguous; height and width are swapped by a quarter turn.
    """
    if matrix is None:
        return pixels
    a, b, c, d = matrix
    across, down = (c, b) if is_quarter_turn(matrix) else (a, d)
    turned = pixels.transpose(1, 0, 2) if is_quarter_turn(matrix) else pixels
    turned = turned[:, ::-1] if across < 0 else turned
    turned = turned[::-1] if down < 0 else turned
    return np.ascontiguousarray(turned)


def padded_to_even(pixels: np.ndarray) -> np.ndarray:
    """Repeats the last column and row where needed, so that both sides are even.

    Args:
        pixels: (height, width, 3).

    Returns:
        The same picture, at most one pixel wider and one higher; never rescaled.
    """
    height, width = pixels.shape[:2]
    if height % 2 == 0 and width % 2 == 0:
        return pixels
    return np.pad(pixels, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
