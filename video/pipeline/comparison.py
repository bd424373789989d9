"""A comparison of the source and its translation in one picture."""

import math
from dataclasses import replace

import numpy as np

from video.core.frames import Clip, Frame, Picture

_SECONDS_OF_WIPE = 4.0
_BORDER_PIXELS = 2


def compared_clip(clip: Clip, compare: str | None) -> Clip:
    """Return the properties of the frames that also show the source."""
    return replace(clip, width=2 * clip.width) if compare == "side-by-side" else clip


def compared(before: Frame, after: Frame, compare: str | None, clip: Clip) -> Frame:
    """Return a frame that shows both.

    Args:
        before: the source's frame.
        after: the same frame, translated.
        compare: None returns `after`; 'side-by-side' puts the source at the left; 'wipe' shows the source to
            the left of a white border, which moves to the right and back in four seconds.
        clip: the properties of both frames.
    """
    if compare is None:
        return after
    if compare == "side-by-side":
        return replace(after, picture=_side_by_side(before.picture, after.picture))
    seconds = float(after.pts * clip.time_base)
    share = (1 - math.cos(2 * math.pi * seconds / _SECONDS_OF_WIPE)) / 2
    return replace(after, picture=_wiped(before.picture, after.picture, round(share * clip.width)))


def _side_by_side(before: Picture, after: Picture) -> Picture:
    def beside(one, other):
        return None if one is None else np.hstack([one, other])

    return Picture(
        beside(before.pixels, after.pixels),
        beside(before.alpha, after.alpha),
        beside(before.residual, after.residual),
    )


def _wiped(before: Picture, after: Picture, column: int) -> Picture:
    pixels = after.pixels.copy()
    pixels[:, :column] = before.pixels[:, :column]
    border = slice(max(0, column - _BORDER_PIXELS // 2), column + _BORDER_PIXELS // 2)
    pixels[:, border] = 255
    residual = after.residual
    if residual is not None:
        residual = residual.copy()
        residual[:, border] = 0
    return Picture(pixels, after.alpha, residual)
