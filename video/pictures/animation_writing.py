"""Writes animated pictures: GIF, APNG and WebP, one frame after the other, each with its own delay.

A frame is stored as the rectangle that differs from the frame before. The structure of the files is ours,
because the libraries' own writers merge frames that are alike, round delays, or hold all frames at once.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

from video.core.disk import output_error
from video.core.errors import OutputError, UsageError
from video.core.frames import Clip, Frame, Picture
from video.pictures import apng_file, gif_file, webp_file
from video.pictures.animation_encoders import ApngEncoder, GifEncoder, WebpEncoder

_ENCODERS = {"gif": GifEncoder, "apng": ApngEncoder, "webp": WebpEncoder}
_NAMES = {"gif": "GIF", "apng": "APNG", "webp": "WebP"}
_MAX_SIDES = {"gif": gif_file.MAX_SIDE, "apng": apng_file.MAX_SIDE, "webp": webp_file.MAX_SIDE}

# Browsers show a GIF's frame of 0.01 s for 0.1 s, and 0.01 s is the shortest there is.
_MAX_GIF_RATE, _MAX_SMOOTH_GIF_RATE = 100, 50


def check_animation(format: str, clip: Clip) -> list[str]:
    """Checks that a clip fits into a kind of animated picture.

    Args:
        format: 'gif', 'apng' or 'webp'.
        clip: what all frames share.

    Returns:
        What it cannot hold, in whole sentences.

    Raises:
        UsageError: the pictures are too large, or too many a second.
    """
    side = max(clip.width, clip.height)
    if side > _MAX_SIDES[format]:
        raise UsageError(
            f"the pictures are too large for a {_NAMES[format]}: {clip.width}x{clip.height}",
            detail=f"expected at most {_MAX_SIDES[format]} pixels a side",
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
        warnings.append(f"A {_NAMES[format]} has 8 bits a sample.")
    return warnings


def write_animation(
    path: Path, frames: Iterator[Frame], clip: Clip, *, format: str, quality: str, loop: int
) -> None:
    """Writes frames as an animated picture; holds two at a time.

    Every frame is kept, with the delay up to the next one's time: exactly in APNG, in milliseconds in
    WebP, in hundredths of a second in GIF. Roundings do not add up: the whole keeps its length. The first
    frame is shown at once, whatever its time.

    Args:
        path: the file to write; its suffix does not matter.
        frames: in order of their times.
        clip: what all frames share.
        format: 'gif', 'apng' or 'webp'.
        quality: one of `video.core.options.QUALITIES`. An APNG is always lossless; a GIF is wherever what
            changes from frame to frame has at most 255 colours.
        loop: how often it is shown, 0 for ever.

    Raises:
        UsageError: the clip does not fit into this kind of picture.
        OutputError: the file cannot be written, or a frame is shown for longer than the format can say.
    """
    check_animation(format, clip)
    with _failures_explained(path), open(path, "wb") as file:
        encoder = _ENCODERS[format](file, clip, quality, loop)
        timed = _with_delays(frames, clip.time_base, encoder.storable)
        while True:
            with _as_they_are():
                item = next(timed, None)
            if item is None:
                break
            frame, following, delay, due = item
            if due > encoder.max_delay:
                raise _too_long(path, _NAMES[format], frame, due, encoder.max_delay)
            encoder.add(frame.picture, following, delay)
        encoder.finish()


def _with_delays(
    frames: Iterator[Frame], time_base: Fraction, storable: Callable[[Fraction], Fraction]
) -> Iterator[tuple[Frame, Picture | None, Fraction, Fraction]]:
    """Yields (frame, the picture after it, its delay as it is stored, the delay that is due)."""
    held, start, shown = None, None, Fraction(0)

    def timed(end: int):
        nonlocal shown
        due = (end - start) * time_base - shown
        stored = storable(due)
        shown += stored
        return stored, due

    for frame in frames:
        if held is None:
            start = frame.pts
        else:
            yield held, frame.picture, *timed(frame.pts)
        held = frame
    if held is not None:
        yield held, None, *timed(held.pts + held.duration)


def _too_long(path: Path, name: str, frame: Frame, due: Fraction, longest: Fraction) -> OutputError:
    return OutputError(
        f"frame {frame.index} is shown for too long for a {name}: {path}",
        detail=f"expected at most {float(longest):.2f} s; found {float(due):.2f} s",
        fix="write a .webp, an .apng or a video, or choose a rate with --fps",
    )


class _FromSource(Exception):
    """Carries an error of the frames' own past the explanations of writing."""


@contextmanager
def _as_they_are():
    try:
        yield
    except OSError as error:
        raise _FromSource from error


@contextmanager
def _failures_explained(path: Path):
    try:
        yield
    except _FromSource as error:
        raise error.__cause__ from error.__cause__.__cause__
    except OSError as error:
        raise output_error(error, path) from error
