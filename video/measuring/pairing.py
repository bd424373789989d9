"""The frames of a clip beside those of its translation, matched by their times."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from video.core.errors import MediaError
from video.core.frames import FrameSource

# GIF keeps hundredths of a second, and times may be rounded twice.
_TOLERANCE_SECONDS = Fraction(1, 100)
_FIX = "give the clip that the output was made from, with the --start, --end and --fps that made it"


@dataclass(frozen=True)
class Pair:
    """A frame before and after its translation.

    Attributes:
        index: its number among the frames that are compared, from 0.
        seconds: when the whole input shows it, also where a part of it was translated.
        before: uint8 RGB (height, width, 3) of the input.
        after: the same of the output.
    """

    index: int
    seconds: float
    before: np.ndarray
    after: np.ndarray


@dataclass(frozen=True)
class _Shown:
    """A frame and its times in seconds: `begin` and `end` from the first frame on, `seconds` by its clip."""

    pixels: np.ndarray
    begin: Fraction
    end: Fraction
    seconds: Fraction


def check_sizes(source: FrameSource, result: FrameSource) -> None:
    """Raise MediaError unless both clips have frames of one size.

    An output may have one row and one column more: some codecs take even sides only.
    """
    (width, height), (found_width, found_height) = (
        (frames.clip.width, frames.clip.height) for frames in (source, result)
    )
    if found_width - width in (0, width % 2) and found_height - height in (0, height % 2):
        return
    is_beside = (found_width, found_height) == (2 * width, height)
    raise MediaError(
        "the frames of the two clips have different sizes",
        detail=f"expected {width}x{height} as in the input; found {found_width}x{found_height}",
        fix="translate without --compare, and measure that" if is_beside else _FIX,
    )


def paired(source: FrameSource, result: FrameSource, origin: Fraction = Fraction(0)) -> Iterator[Pair]:
    """Yield every frame of the input with the frame of the output that is shown at its time.

    Times are compared from the first frame of each. A frame of the output may stand for several equal frames
    of the input, as in a WebP.

    Args:
        source: of the input, open; one frame of each clip is in memory at a time.
        result: of the output.
        origin: seconds of the input at which a part of it begins, whose own times begin at 0.

    Raises:
        MediaError: a frame of either clip has no counterpart.
    """
    outputs = _shown(result)
    before: _Shown | None = None
    after: _Shown | None = None
    upcoming = next(outputs, None)
    for index, frame in enumerate(_shown(source, origin)):
        tolerance = max(_TOLERANCE_SECONDS, (frame.end - frame.begin) / 2)
        if upcoming is not None and abs(upcoming.begin - frame.begin) <= tolerance:
            after, upcoming = upcoming, next(outputs, None)
        elif after is None or after.end <= frame.begin or not np.array_equal(before.pixels, frame.pixels):
            raise _unmatched("input", frame, source, result)
        before = frame
        height, width = frame.pixels.shape[:2]
        # Without the row and column that make sides even.
        yield Pair(index, float(frame.seconds), frame.pixels, after.pixels[:height, :width])
    if upcoming is not None:
        raise _unmatched("output", upcoming, source, result)


def _shown(frames: FrameSource, origin: Fraction = Fraction(0)) -> Iterator[_Shown]:
    unit, first = frames.clip.time_base, None
    for frame in frames.frames(lambda _: True):
        first = frame.pts if first is None else first
        begin, seconds = (frame.pts - first) * unit, frame.pts * unit + origin
        yield _Shown(frame.picture.pixels, begin, begin + frame.duration * unit, seconds)


def _unmatched(clip: str, frame: _Shown, source: FrameSource, result: FrameSource) -> MediaError:
    other = "output" if clip == "input" else "input"
    return MediaError(
        f"the frames of the two clips do not fit: at {float(frame.seconds):.2f} s of the {clip} "
        f"the {other} has no frame",
        detail=f"expected a frame for each; until there {source.frames_read} of the input and "
        f"{result.frames_read} of the output were read",
        fix=_FIX,
    )
