"""Inspection of an animated picture with Pillow: every size is checked, and every frame is decoded once."""

import mmap
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import count, islice
from typing import BinaryIO, cast

from PIL import Image

from video.core.errors import MediaError
from video.core.limits import check_pixels, impossible_size
from video.pictures.still import png_chunks
from video.pictures.still_header import BadPicture, format_of

MAX_FRAMES = 100_000
_FORMATS = {"GIF": "GIF", "PNG": "APNG", "WebP": "WebP"}
_HEAD_BYTES, _PNG_BITS, _GREY = 32, slice(24, 26), 0
# An APNG's delay is a fraction of two 16-bit numbers, which Pillow returns as a float of milliseconds.
_MAX_DENOMINATOR = 65535


@dataclass(frozen=True)
class Survey:
    """The contents of an animated picture.

    Attributes:
        format: 'GIF', 'APNG' or 'WebP'.
        width: in pixels.
        height: in pixels.
        depth: bits per sample, 8 or 16.
        plays: how often it plays, 0 for ever.
        delays: seconds of every frame as stored; 0 where unspecified.
        lacks_end: whether a GIF has no trailer, or data after it.
        cut: why the frames end where the file is cut short or damaged; else empty.
        suits_ffmpeg: whether FFmpeg decodes it; Pillow decodes the others.
    """

    format: str
    width: int
    height: int
    depth: int
    plays: int
    delays: tuple[Fraction, ...]
    lacks_end: bool
    cut: str
    suits_ffmpeg: bool


def survey_animation(path: str | os.PathLike, *, may_be_cut: bool = False) -> Survey:
    """Inspect an animated picture. A file that does not change is decoded once for several calls.

    Args:
        path: a GIF, APNG or WebP file; a still has one frame without a delay.
        may_be_cut: whether the frames before the damage are enough, if there are two or more. A WebP that is
            cut short cannot be read at all.

    Raises:
        MediaError: the file is missing, not a regular file, not a GIF, APNG or WebP, too large, damaged, or
            has too many frames.
    """
    try:
        status = os.stat(path)
        # Opening a pipe would block.
        if not stat.S_ISREG(status.st_mode):
            raise MediaError(
                f"the animation is not a regular file: {path}",
                detail="expected a GIF, APNG or WebP file; found a folder, pipe, socket or device",
                fix="give the path of one file",
            )
        survey = _survey(os.path.abspath(path), status.st_mtime_ns, status.st_size)
    except OSError as error:
        raise MediaError(
            f"the animation cannot be read: {path}",
            detail=f"the system said: {error.strerror}",
            fix="check the path and the file's permissions",
        ) from error
    if survey.cut and (not may_be_cut or len(survey.delays) < 2):
        raise MediaError(
            f"the animation is cut short or damaged at frame {len(survey.delays)}: {path}",
            detail=survey.cut,
            fix="copy or download it again",
        )
    return survey


def one_picture(path: str | os.PathLike, kind: str) -> MediaError:
    """Return the error for a file that is not animated."""
    return MediaError(
        f"this is one picture, not a clip: {path}",
        detail=f"expected an animation of two frames or more; found one {kind} picture",
        fix="translate it as a picture: cyclegan-tf image",
    )


@lru_cache(maxsize=8)
def _survey(path: str, _changed: int, _num_bytes: int) -> Survey:
    with open(path, "rb") as file:
        head = file.read(_HEAD_BYTES)
        kind = format_of(head)
        if kind is None:
            raise MediaError(
                f"not an animated picture (GIF, APNG, WebP): {path}",
                detail=f"found: its first bytes are {head[:16]!r}" if head else "found: the file is empty",
                fix="give a GIF, APNG or WebP file",
            )
        if kind not in _FORMATS:
            raise one_picture(path, kind)
        bits, colour_type = head[_PNG_BITS] if kind == "PNG" and len(head) == _HEAD_BYTES else (8, None)
        intact, reason = _intact_frames(file) if kind == "PNG" else (None, "")
        delays, size, plays = [], (0, 0), 1
        try:
            with _decoder_errors(path), Image.open(file, formats=["GIF", "PNG", "WEBP"]) as image:
                check_pixels(*image.size, "the animation", path)
                size, plays = image.size, _plays(image)
                delays.extend(islice(_delays(image, path), intact))
        except BadPicture as error:
            reason = reason or str(error)
        lacks_end = kind == "GIF" and not _has_end(file)
    suits_ffmpeg = kind == "GIF" or kind == "PNG" and (bits >= 8 or colour_type != _GREY)
    return Survey(_FORMATS[kind], *size, max(8, bits), plays, tuple(delays), lacks_end, reason, suits_ffmpeg)


@contextmanager
def _decoder_errors(path: str) -> Iterator[None]:
    """Raise MediaError for a size that Pillow refuses, and BadPicture for damage."""
    try:
        yield
    except MediaError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise impossible_size("the animation", path, f"more than {Image.MAX_IMAGE_PIXELS}") from error
    except Exception as error:  # OSError, SyntaxError, ValueError, struct.error and others.
        text = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise BadPicture(f"the decoder said: {text}") from error


def _delays(image: Image.Image, path: str) -> Iterator[Fraction]:
    """Decode every frame, and yield its delay in seconds."""
    for _ in seek_all(image, path):
        check_pixels(*image.size, "the animation", path)
        image.load()
        milliseconds = Fraction(image.info.get("duration", 0))
        yield (milliseconds / 1000).limit_denominator(_MAX_DENOMINATOR)


def seek_all(image: Image.Image, path: str) -> Iterator[None]:
    """Move from frame to frame; yield at each.

    Raises:
        MediaError: there are too many frames.
        Exception: whatever Pillow raises where the file is damaged.
    """
    # A GIF does not declare the number of its frames.
    declared = None if image.format == "GIF" else getattr(image, "n_frames", 1)
    # The default picture of an APNG is not a frame: viewers without support for APNG show it.
    first = int(getattr(image, "default_image", False))
    for index in count(first):
        if index == declared:
            return
        if index - first == MAX_FRAMES:
            raise MediaError(
                f"the animation has too many frames: {path}",
                detail=f"expected at most {MAX_FRAMES}",
                fix="cut it into parts",
            )
        try:
            image.seek(index)
        except EOFError:
            if declared is None:
                return
            raise
        yield


def _intact_frames(file: BinaryIO) -> tuple[int | None, str]:
    """Return how many frames of a PNG are intact, and what is wrong after them; None and "" for all.

    Decoders do not verify the checksums of the pixels.
    """
    begun = 0
    with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        try:
            for kind, _ in png_chunks(cast(BinaryIO, data)):
                begun += kind == b"fcTL"
        except BadPicture as error:
            return max(0, begun - 1), str(error)
    return None, ""


def _has_end(file: BinaryIO) -> bool:
    """Tell whether Pillow stopped at the trailer of a GIF, and only zeros follow."""
    file.seek(max(0, file.tell() - 1))
    return file.read().rstrip(b"\0") == b";"


def _plays(image: Image.Image) -> int:
    said = image.info.get("loop")
    # A GIF stores the number of repeats, or nothing.
    return 1 if said is None else said + (image.format == "GIF" and said > 0)
