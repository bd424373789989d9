"""Writing of frames as pictures in a folder, with a table of their times."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from video.core.disk import output_error
from video.core.errors import UsageError
from video.core.frames import Clip, Frame
from video.pictures.encoding import encode_jpeg, encode_png, encode_tiff, encode_webp
from video.pictures.names import numbered_name
from video.pictures.times import write_times
from video.pictures.values import with_alpha

_ENCODERS: dict[str, Callable[[np.ndarray, str], bytes]] = {
    ".png": encode_png,
    ".jpg": encode_jpeg,
    ".jpeg": encode_jpeg,
    ".webp": encode_webp,
    ".tif": encode_tiff,
    ".tiff": encode_tiff,
}
_DEEP, _TRANSPARENT = (".png", ".tif", ".tiff"), (".png", ".webp", ".tif", ".tiff")


def check_sequence(pattern: str, clip: Clip, quality: str) -> list[str]:
    """Check that pictures with this name can hold a clip.

    Args:
        pattern: a file's name with one %d or %05d.
        clip: what all frames share.
        quality: one of `video.core.options.QUALITIES`.

    Returns:
        Warnings about what they cannot hold, in whole sentences.

    Raises:
        UsageError: the name has no number or more than one, or an unknown suffix.
    """
    numbered_name(pattern)
    suffix = Path(pattern).suffix.lower()
    if suffix not in _ENCODERS:
        accepted = ", ".join(_ENCODERS)
        raise UsageError(
            f"the suffix does not name a kind of picture: {pattern}",
            detail=f"expected one of {accepted}; found {suffix or 'no suffix'}",
            fix="name the pictures like frame_%05d.png",
        )
    warnings = []
    if clip.depth > 8 and suffix not in _DEEP:
        warnings.append(f"Pictures in {suffix} have 8 bits per sample.")
    if clip.has_alpha and suffix not in _TRANSPARENT:
        warnings.append(f"Pictures in {suffix} cannot be transparent; they were composited on white.")
    if quality == "lossless" and suffix in (".jpg", ".jpeg"):
        warnings.append("A JPEG is not lossless; a .png is.")
    return warnings


def write_sequence(folder: Path, pattern: str, frames: Iterator[Frame], clip: Clip, *, quality: str) -> int:
    """Write every frame as a picture, numbered from 1, and `frames.csv` with the times in seconds.

    The pictures have 16 bits per sample if the clip keeps its depth and the format allows it.

    Args:
        folder: an existing, empty folder.
        pattern: the pictures' names, with one %d or %05d; the suffix decides the format: .png, .jpg,
            .webp or .tif.
        frames: in order; one is in memory at a time.
        clip: the properties that all share.
        quality: one of `video.core.options.QUALITIES`; PNG and TIFF are always lossless.

    Returns:
        The number of pictures.

    Raises:
        UsageError: as in `check_sequence`.
        OutputError: a picture cannot be written.
    """
    check_sequence(pattern, clip, quality)
    names, suffix = numbered_name(pattern), Path(pattern).suffix.lower()
    is_deep = clip.depth > 8 and suffix in _DEEP
    rows = []
    for number, frame in enumerate(frames, start=1):
        name = names.name(number)
        data = _ENCODERS[suffix](with_alpha(frame.picture, is_deep=is_deep), quality)
        rows.append((name, frame.pts * clip.time_base, frame.duration * clip.time_base))
        try:
            (folder / name).write_bytes(data)
        except OSError as error:
            raise output_error(error, folder / name) from error
    write_times(folder, rows)
    return len(rows)
