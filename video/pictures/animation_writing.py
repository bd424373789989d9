"""Writes animated pictures: GIF, APNG and WebP, each frame with its own delay."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

from video.core.disk import output_error
from video.core.errors import OutputError, UsageError
from video.core.frames import Clip, Picture
from video.pictures.apng_file import MAX_DELAY_PART, write_apng
from video.pictures.gif_file import write_gif
from video.pictures.webp_file import write_webp


@dataclass(frozen=True)
class _Kind:
    """A kind of animated picture; its sides are in pixels, its delays in seconds."""

    name: str
    max_side: int
    tick: Fraction | None  # None: the clip's own time base.
    max_delay: Fraction
    write: Callable


_KINDS = {
    "gif": _Kind("GIF", 65535, Fraction(1, 100), Fraction(65535, 100), write_gif),
    "apng": _Kind("APNG", 2**31 - 1, None, Fraction(MAX_DELAY_PART), write_apng),
    "webp": _Kind("WebP", 16383, Fraction(1, 1000), Fraction(2**24 - 1, 1000), write_webp),
}
# Browsers show a GIF's frame of 0.01 s for 0.1 s, and 0.01 s is the shortest there is.
_MAX_GIF_RATE, _MAX_SMOOTH_GIF_RATE = 100, 50


@dataclass(frozen=True)
class Animation:
    """How an animated picture is written.

    Attributes:
        format: 'gif', 'apng' or 'webp'.
        quality: one of `video.core.options.QUALITIES`. An APNG is always lossless; a GIF is wherever what
            changes from frame to frame has at most 255 colours.
        loop: how often it is shown, 0 for ever.
    """

    format: str
    quality: str
    loop: int


def check_animation(format: str, clip: Clip) -> list[str]:
    """Check that a clip fits into a kind of animated picture.

    Args:
        format: 'gif', 'apng' or 'webp'.
        clip: what all frames share.

    Returns:
        What it cannot hold, in whole sentences.

    Raises:
        UsageError: the pictures are too large, or too many a second.
    """
    kind, side = _KINDS[format], max(clip.width, clip.height)
    if side > kind.max_side:
        raise UsageError(
            f"the pictures are too large for a {kind.name}: {clip.width}x{clip.height}",
            detail=f"expected at most {kind.max_side} pixels a side",
            fix="write an .apng or a video",
        )
    if format == "gif" and clip.rate > _MAX_GIF_RATE:
        raise UsageError(
            "a GIF cannot show that many frames a second",
            detail=f"expected at most {_MAX_GIF_RATE}; found {float(clip.rate):g}",
            fix="write a .webp or .apng, or choose a rate: --fps 50",
        )
    warnings = []
    if format == "gif":
        warnings.append("A GIF has at most 256 colours a frame; what has more is dithered.")
        if clip.rate > _MAX_SMOOTH_GIF_RATE:
            warnings.append(
                "Browsers show frames of a GIF that are shorter than 0.02 s too slowly; --fps 50 plays right."
            )
        if clip.has_alpha:
            warnings.append("A GIF is opaque or transparent; half-transparent pixels became one of the two.")
    if clip.depth > 8 and format != "apng":
        warnings.append(f"A {kind.name} has 8 bits a sample.")
    return warnings


def write_animation(
    path: Path,
    pictures: Iterator[Picture],
    times: Sequence[int],
    clip: Clip,
    how: Animation,
) -> None:
    """Write an animated picture; hold two of its frames at a time, and of a WebP the compressed file.

    Every frame is shown until the next one's time: exactly in APNG, in milliseconds in WebP, in hundredths
    of a second in GIF. Roundings do not add up: the whole keeps its length. The first frame is shown at
    once, whatever its time.

    Args:
        path: the file to write; its suffix does not matter.
        pictures: in order.
        times: when each is shown, in the clip's time base, rising; and last, when the clip ends.
        clip: what all pictures share.
        how: the format and what it depends on.

    Raises:
        UsageError: the clip does not fit into this kind of picture.
        OutputError: the file cannot be written, or a frame is shown for longer than the format can say.
    """
    check_animation(how.format, clip)
    kind = _KINDS[how.format]
    tick = kind.tick or clip.time_base
    ticks = list(_ticks(times, clip.time_base / tick))
    longest = max(range(len(ticks)), key=ticks.__getitem__)
    if (delay := ticks[longest] * tick) > kind.max_delay:
        raise OutputError(
            f"frame {longest} is shown for too long for a {kind.name}: {path}",
            detail=f"expected at most {float(kind.max_delay):.2f} s; found {float(delay):.2f} s",
            fix="write a .webp, an .apng or a video, or choose a rate with --fps",
        )
    with _failures_explained(path), open(path, "wb") as file:
        kind.write(file, _as_they_are(pictures), ticks, clip, how.quality, how.loop)


def _ticks(times: Sequence[int], scale: Fraction) -> Iterator[int]:
    """Yield how many units each picture is shown for, at least 1, so that roundings do not add up."""
    shown = 0
    for _, following in pairwise(times):
        end = max(shown + 1, round((following - times[0]) * scale))
        yield end - shown
        shown = end


class _FromSource(Exception):
    """Carries an error of the pictures' own past the explanations of writing."""


def _as_they_are(pictures: Iterator[Picture]) -> Iterator[Picture]:
    try:
        yield from pictures
    except OSError as error:
        raise _FromSource from error


@contextmanager
def _failures_explained(path: Path) -> Iterator[None]:
    try:
        yield
    except _FromSource as error:
        raise error.__cause__ from error.__cause__.__cause__
    except OSError as error:
        raise output_error(error, path) from error
