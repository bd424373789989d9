"""Which frames are worked on together, so that a segment is the same whichever run makes it."""

from collections.abc import Container
from dataclasses import dataclass


@dataclass(frozen=True)
class Grouping:
    """The division of a clip's frames into segments, each with the frames that lead into it.

    Attributes:
        segment_frames: frames in a segment; frame n belongs to segment n // segment_frames.
        lead_frames: frames before each segment on which its first frames depend, fewer than a segment; they
            are translated again when a run begins with that segment.
    """

    segment_frames: int
    lead_frames: int = 0

    def segment(self, index: int) -> int:
        """Return the number of a frame's segment."""
        return index // self.segment_frames

    def segment_led_into(self, index: int) -> int:
        """Return the number of the latest segment that depends on a frame."""
        return (index + self.lead_frames) // self.segment_frames

    def group(self, index: int) -> tuple[int, int]:
        """Return an identity of the frames that may share a batch: no run needs some of them alone."""
        return self.segment(index), self.segment_led_into(index)

    def is_needed(self, index: int, finished: Container[int]) -> bool:
        """Tell whether a frame is needed for a segment that is not finished."""
        return self.segment(index) not in finished or self.segment_led_into(index) not in finished
