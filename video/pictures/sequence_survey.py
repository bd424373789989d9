"""Inspection of a sequence of pictures: their headers, and when each of them is shown."""

import os
from dataclasses import dataclass
from fractions import Fraction
from typing import BinaryIO

from video.core.errors import MediaError
from video.core.frames import Clip
from video.core.limits import check_duration
from video.core.options import Options
from video.core.source_info import SourceInfo
from video.core.targets import TIMES_FILE
from video.core.timing import snapped_rate
from video.pictures.names import Listing, list_pictures
from video.pictures.png import BadPicture
from video.pictures.still_header import Header, read_header
from video.pictures.times import read_times
from video.pictures.values import PICTURE_COLOUR
from video.reading.bad_frames import BadFrames

MAX_PICTURES = 1_000_000
_DEFAULT_RATE = Fraction(25)
_MICROSECOND = Fraction(1, 1_000_000)
_MAX_RATE_DENOMINATOR = 1001


@dataclass(frozen=True)
class SequenceInfo(SourceInfo):
    """The properties of a sequence of pictures.

    Attributes:
        files: absolute paths, in order.
        times: (pts, duration) of each, in the clip's time base; the first is shown at 0.
        clip: the properties that all share.
    """

    files: tuple[str, ...] = ()
    times: tuple[tuple[int, int], ...] = ()
    clip: Clip | None = None


def probe_sequence(path: str | os.PathLike, options: Options) -> SequenceInfo:
    """Read the header of every picture; decode none.

    The times are those of a `frames.csv` beside the pictures, as `write_sequence` writes it. With
    `options.fps`, or without such a table, the rate is constant.

    Args:
        path: a folder of pictures, or a pattern as in `video.pictures.names.list_pictures`.
        options: `fps`, `hdr`, `on_bad_frame` and `on_size_change` are used.

    Raises:
        UsageError: the pattern is not valid.
        MediaError: no picture, a damaged one, one of another size, or too many.
    """
    listing = list_pictures(path)
    warnings = list(listing.warnings)
    files = tuple(os.path.abspath(listing.folder / name) for name in listing.names)
    _check_number(len(files), path)
    headers = _headers(files, path, options)
    times, time_base, rate = _times(listing, warnings, options)
    duration = sum(times[-1]) * time_base
    check_duration(duration, "the sequence", path, fix="translate it in parts, or give a rate with --fps")
    return SequenceInfo(
        path=os.path.abspath(path),
        kind="sequence",
        format=", ".join(sorted({header.format for header in headers if header})),
        video_index=None,
        frames_total=len(files),
        start=Fraction(0),
        duration=duration,
        clip=_clip(headers, time_base, rate, warnings, options),
        warnings=tuple(warnings),
        files=files,
        times=tuple(times),
    )


def check_size(found: tuple[int, int], expected: tuple[int, int], index: int, file: str) -> None:
    """Raise MediaError if a picture's (width, height) is not the expected one."""
    if found != expected:
        raise MediaError(
            f"the size changes at frame {index}: {file}",
            detail=f"expected {expected[0]}x{expected[1]}; found {found[0]}x{found[1]}",
            fix="remove it, or fit it in (--on-size-change letterbox)",
        )


def open_picture(file: str) -> BinaryIO:
    """Open a picture's file; raise BadPicture if that fails."""
    try:
        return open(file, "rb")
    except OSError as error:
        raise BadPicture(f"the system said: {error.strerror}") from error


def _headers(files: tuple[str, ...], asked: str | os.PathLike, options: Options) -> list[Header | None]:
    """Return the header of every picture; None for a damaged one, if `on_bad_frame` allows it."""
    headers = []
    for index, file in enumerate(files):
        try:
            with open_picture(file) as data:
                headers.append(read_header(data))
        except BadPicture as error:
            if options.on_bad_frame == "stop":
                BadFrames(file, len(files), "stop").add(index, str(error), has_picture=False)
            headers.append(None)
    first = next(filter(None, headers), None)
    if first is None:
        raise MediaError(
            f"0 of {len(files)} pictures can be read: {asked}",
            detail=f"the first is {files[0]}",
            fix="copy them again",
        )
    for index, header in enumerate(headers):
        if header and options.on_size_change == "stop":
            check_size((header.width, header.height), (first.width, first.height), index, files[index])
    return headers


def _clip(
    headers: list[Header | None], time_base: Fraction, rate: Fraction, warnings: list[str], options: Options
) -> Clip:
    """Return the properties that the pictures share; add warnings about what is not kept."""
    good = [header for header in headers if header]
    width, height = good[0].width, good[0].height
    others = sum((header.width, header.height) != (width, height) for header in good)
    if others:
        warnings.append(f"Of another size, fitted into {width}x{height}: {others} of {len(good)} pictures.")
    is_deep = any(header.depth == 16 for header in good)
    if is_deep and options.hdr != "keep":
        warnings.append("The pictures have 16 bits per sample; the result has 8.")
    return Clip(
        width=width,
        height=height,
        time_base=time_base,
        rate=rate,
        sample_aspect_ratio=None,
        colour=PICTURE_COLOUR,
        depth=16 if is_deep and options.hdr == "keep" else 8,
        has_alpha=any(header.has_alpha for header in good),
        is_rgb=True,
    )


def _times(
    listing: Listing, warnings: list[str], options: Options
) -> tuple[list[tuple[int, int]], Fraction, Fraction]:
    """Return (pts, duration) of every picture, their time base, and the rate."""
    found = None
    if options.fps is None:
        try:
            found = read_times(listing.folder, list(listing.names))
        except (ValueError, OSError) as error:
            warnings.append(f"{TIMES_FILE} was ignored: {error}.")
    if found is not None:
        return _of_table(found)
    rate = _DEFAULT_RATE if options.fps is None else snapped_rate(options.fps)
    if options.fps is None:
        warnings.append(f"Pictures have no times: {rate} per second were assumed (--fps).")
    return [(index, 1) for index in range(len(listing.names))], 1 / rate, rate


def _of_table(found: list[tuple[Fraction, Fraction]]) -> tuple[list[tuple[int, int]], Fraction, Fraction]:
    """Return the same for the (start, duration) of a table, in seconds rounded to microseconds."""
    first = found[0][0]
    starts = [start - first for start, _ in found]
    ends = [*starts[1:], starts[-1] + found[-1][1]]
    rate = snapped_rate((len(found) / ends[-1]).limit_denominator(_MAX_RATE_DENOMINATOR))
    if all(abs(end - number / rate) <= 2 * _MICROSECOND for number, end in enumerate(ends, start=1)):
        return [(index, 1) for index in range(len(found))], 1 / rate, rate
    ticks = [round(seconds / _MICROSECOND) for seconds in (Fraction(0), *ends)]
    return [(start, end - start) for start, end in zip(ticks, ticks[1:])], _MICROSECOND, rate


def _check_number(num_pictures: int, path: str | os.PathLike) -> None:
    if num_pictures > MAX_PICTURES:
        raise MediaError(
            f"there are too many pictures: {path}",
            detail=f"expected at most {MAX_PICTURES}; found {num_pictures}",
            fix="translate them in parts",
        )
