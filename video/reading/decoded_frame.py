"""A decoded frame: what passes from the decoder to the conversion."""

from dataclasses import dataclass
from fractions import Fraction

import av

from video.core.frames import is_quarter_turn


@dataclass(frozen=True)
class DecodedFrame:
    """A decoded frame of a clip, or why there is none.

    Attributes:
        frame: as it is stored; None when it could not be decoded.
        pts: in the stream's time base; always later than the one before.
        reason: why the frame cannot be decoded; empty for a good frame.
        matrix: (a, b, c, d) of its display matrix, None when it has none.
        crop: pixels to cut off the stored picture: left, top, right, bottom.
        shape: width of a pixel over its height; None where the container decides.
        index: its position among the wanted frames, from 0.
    """

    frame: av.VideoFrame | None
    pts: int
    reason: str = ""
    matrix: tuple[int, int, int, int] | None = None
    crop: tuple[int, int, int, int] = (0, 0, 0, 0)
    shape: Fraction | None = None
    index: int = 0

    @property
    def is_good(self) -> bool:
        """Whether it could be decoded."""
        return self.frame is not None

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) of a good frame when it is cropped and upright."""
        left, top, right, bottom = self.cut
        width, height = self.frame.width - left - right, self.frame.height - top - bottom
        return (height, width) if is_quarter_turn(self.matrix) else (width, height)

    @property
    def cut(self) -> tuple[int, int, int, int]:
        """The pixels that are cut off a good frame; none if nothing would be left."""
        left, top, right, bottom = self.crop
        is_possible = left + right < self.frame.width and top + bottom < self.frame.height
        return self.crop if is_possible else (0, 0, 0, 0)
