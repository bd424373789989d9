"""Writing of animated pictures: GIF, APNG and WebP, each frame with its own delay."""

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
# Browsers show a GIF's frame of 0.01 s, the shortest delay, for 0.1 s.
_MAX_GIF_RATE, _MAX_SMOOTH_GIF_RATE = 100, 50


@dataclass(frozen=True)
class Animation:
    """How an animated picture is written.

    Attributes:
        format: 'gif', 'apng' or 'webp'.
        quality: one of `video.core.options.QUALITIES`. An APNG is always lossless; a GIF is where the
            changes between frames have at most 255 colours.
        loop: how often it plays, 0 for ever.
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
        Warnings about what it cannot hold, in whole sentences.

    Raises:
        UsageError: the pictures are too large, or the rate is too high.
    """
    kind, side = _KINDS[format], max(clip.width, clip.height)
    if side > kind.max_side:
        raise UsageError(
            f"the pictures are too large for a {kind.name}: {clip.width}x{clip.height}",
            detail=f"expected at most {kind.max_side} pixels per side",
            fix="write an .apng or a video",
        )
    if format == "gif" and clip.rate > _MAX_GIF_RATE:
        raise UsageError(
            "a GIF cannot show that many frames per second",
            detail=f"expected at most {_MAX_GIF_RATE}; found {float(clip.rate):g}",
            fix="write a .webp or .apng, or choose a rate: --fps 50",
        )
    warnings = []
    if format == "gif":
        warnings.append("A GIF has at most 256 colours per frame; frames with more are dithered.")
        if clip.rate > _MAX_SMOOTH_GIF_RATE:
            warnings.append(
                "Browsers show frames of a GIF that are shorter than 0.02 s too slowly; --fps 50 plays right."
            )
        if clip.has_alpha:
            warnings.append("A GIF is opaque or transparent; half-transparent pixels became one of the two.")
    if clip.depth > 8 and format != "apng":
        warnings.append(f"A {kind.name} has 8 bits per sample.")
    return warnings


def write_animation(
    path: Path,
    pictures: Iterator[Picture],
    times: Sequence[int],
    clip: Clip,
    how: Animation,
) -> None:
    """Write an animated picture; two frames are in memory at a time, and of a WebP the compressed file.

    Every frame is shown until the next one: exact in APNG, in milliseconds in WebP, in hundredths of a
    second in GIF. Rounding errors do not add up, so the duration is kept. The first frame is shown at once,
    whatever its time.

    Args:
        path: the file to write; its suffix does not matter.
        pictures: in order.
        times: when each is shown, in the clip's time base, ascending; and the end of the clip.
        clip: what all pictures share.
        how: the format and its options.

    Raises:
        UsageError: the clip does not fit into this kind of picture.
        OutputError: the file cannot be written, or a frame is shown for longer than the format can store.
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
    with _explained_errors(path), open(path, "wb") as file:
        kind.write(file, _marked(pictures), ticks, clip, how.quality, how.loop)


def _ticks(times: Sequence[int], scale: Fraction) -> Iterator[int]:
    """Yield how many units each picture is shown, at least 1; rounding errors do not add up."""
    shown = 0
    for _, following in pairwise(times):
        end = max(shown + 1, round((following - times[0]) * scale))
        yield end - shown
        shown = end


class _SourceError(Exception):
    """A wrapper that carries an error of the source past the handler of write errors."""


def _marked(pictures: Iterator[Picture]) -> Iterator[Picture]:
    try:
        yield from pictures
    except OSError as error:
        raise _SourceError from error


@contextmanager
def _explained_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except _SourceError as error:
        raise error.__cause__ from error.__cause__.__cause__
    except OSError as error:
        raise output_error(error, path) from error
