"""A decoded frame: what passes from the decoder to the conversion."""

from dataclasses import dataclass

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
        index: its position among the wanted frames, from 0.
    """

    frame: av.VideoFrame | None
    pts: int
    reason: str = ""
    matrix: tuple[int, int, int, int] | None = None
    index: int = 0

    @property
    def is_good(self) -> bool:
        """Whether it could be decoded."""
        return self.frame is not None

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) of a good frame when it is upright."""
        width, height = self.frame.width, self.frame.height
        return (height, width) if is_quarter_turn(self.matrix) else (width, height)
