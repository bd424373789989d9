"""What is known about an input before its frames are decoded."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Any


@dataclass(frozen=True)
class SourceInfo:
    """The properties of a clip, an animated picture or a folder of pictures.

    Attributes:
        path: absolute path.
        kind: 'clip' (a container with streams), 'animation' (GIF, APNG, WebP) or 'sequence' (pictures).
        format: its name for people: 'mp4', 'matroska', 'GIF'.
        video_index: index of the stream to translate; None when there are no streams.
        frames_total: the number of frames to expect, before any trimming.
        start: seconds at which the clip starts, on the time scale of its packets.
        duration: seconds from there to the end of the last frame or sound.
        video_start: seconds from there to the beginning of the first frame.
        video_end: seconds from there to the end of the last frame, which sound may outlast; None means
            `duration`.
        zero: the time on that scale that becomes 0 in the result. It is 0, and times stay unchanged, unless
            something begins before it, which no container can show, or a broadcast's clock is far from it.
        shortest_step: the shortest time between two frames in seconds; 0 if it is not known.
        longest_step: the longest one.
        joins: where recordings were joined whose times follow each other now (see `video.reading.joins`).
        warnings: what is unusual about it, in whole sentences.
        is_cut_short: its end is missing, so its declared duration is wrong.
        is_damaged: packets may be missing; only a gap in the timestamps shows it.
    """

    path: str
    kind: str
    format: str
    video_index: int | None
    frames_total: int
    start: Fraction
    duration: Fraction
    video_start: Fraction = Fraction(0)
    video_end: Fraction | None = None
    zero: Fraction = Fraction(0)
    shortest_step: Fraction = Fraction(0)
    longest_step: Fraction = Fraction(0)
    joins: tuple[Any, ...] = ()
    warnings: tuple[str, ...] = ()
    is_cut_short: bool = False
    is_damaged: bool = False
