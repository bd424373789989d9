"""What was found out about an input before any work."""

from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True)
class SourceInfo:
    """A clip, an animated picture or a folder of pictures that was looked through once.

    Attributes:
        path: absolute path.
        kind: 'clip' (a container with streams), 'animation' (GIF, APNG, WebP) or 'sequence' (pictures).
        format: what it is, for people: 'mp4', 'matroska', 'GIF'.
        video_index: index of the stream to translate; None when there are no streams.
        frames_total: the number of frames to expect, before any trimming.
        start: seconds at which the clip's clock starts, on the time scale of its packets.
        duration: seconds from there to the end of the last frame or sound.
        warnings: what is odd about it, in whole sentences.
        is_cut_short: its end is missing, so what it says about its length is not true.
        is_damaged: packets may be missing without a trace but a gap in time.
    """

    path: str
    kind: str
    format: str
    video_index: int | None
    frames_total: int
    start: Fraction
    duration: Fraction
    warnings: tuple[str, ...] = ()
    is_cut_short: bool = False
    is_damaged: bool = False
