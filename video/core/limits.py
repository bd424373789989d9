"""Limits of an input: more is refused before memory or hours are spent on it."""

import os
from fractions import Fraction

from video.core.errors import MediaError

MAX_PIXELS = 8192 * 8192
MAX_DURATION_SECONDS = 6 * 3600
MAX_STREAMS = 100


def check_duration(
    seconds: Fraction, what: str, path: str | os.PathLike, *, fix: str = "cut it into parts"
) -> None:
    """Raise MediaError if `what` ("the clip") lasts longer than MAX_DURATION_SECONDS."""
    if seconds > MAX_DURATION_SECONDS:
        raise MediaError(
            f"{what} is too long: {path}",
            detail=f"expected at most {MAX_DURATION_SECONDS // 3600} h; found {float(seconds / 3600):.1f} h",
            fix=fix,
        )


def check_pixels(width: int, height: int, what: str, path: str | os.PathLike) -> None:
    """Raise MediaError if frames have no pixels, or more than MAX_PIXELS."""
    if not 0 < width * height <= MAX_PIXELS:
        raise impossible_size(what, path, f"{width}x{height}")


def impossible_size(what: str, path: str | os.PathLike, found: str) -> MediaError:
    """Return the error for frames that declare an impossible size."""
    return MediaError(
        f"{what} declares frames of an impossible size: {path}",
        detail=f"expected 1 to {MAX_PIXELS} pixels per frame; found {found}",
        fix="scale it down first, or copy it again if it is smaller than that",
    )
