"""Where to crop a picture so that its subject is in the crop, from near and from afar."""

import numpy as np

from video.core.box import Box

# So many times the side of a subject is left to it, where the crop can be so large.
_ROOM = 1.1


def square_around(
    subject: Box, size: tuple[int, int], sides: tuple[int, int], generator: np.random.Generator
) -> Box:
    """Draw a square of a picture that holds its subject, or lies within it where the subject is too large.

    Args:
        subject: what holds it.
        size: (height, width) of the picture in pixels.
        sides: the least and the largest side of the square, in pixels.
        generator: the random numbers.
    """
    smallest, largest = sides
    longer = max(subject.bottom - subject.top, subject.right - subject.left)
    side = int(generator.integers(min(largest, max(smallest, round(_ROOM * longer))), largest + 1))
    top = _begin(subject.top, subject.bottom, side, size[0], generator)
    left = _begin(subject.left, subject.right, side, size[1], generator)
    return Box(top, left, top + side, left + side)


def _begin(first: int, stop: int, side: int, length: int, generator: np.random.Generator) -> int:
    """Draw where a stretch begins that holds [first, stop), or that lies within it if it is shorter."""
    ends = sorted((stop - side, first))
    return int(generator.integers(max(0, ends[0]), min(length - side, ends[1]) + 1))
