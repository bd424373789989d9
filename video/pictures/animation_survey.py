"""Opens an animated picture and looks through its structure, with nothing decoded and every size judged."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from typing import BinaryIO

from video.core.errors import MediaError
from video.core.limits import MAX_PIXELS
from video.pictures.animation_parts import AnimationReader, DamagedFile
from video.pictures.apng_file import ApngReader
from video.pictures.gif_file import GifReader
from video.pictures.still_header import format_of
from video.pictures.webp_file import WebpReader

MAX_FRAMES = 100_000
_READERS = {"GIF": GifReader, "PNG": ApngReader, "WebP": WebpReader}
_HEAD_BYTES = 16


@dataclass(frozen=True)
class Survey:
    """What an animated picture says about itself.

    Attributes:
        format: 'GIF', 'APNG' or 'WebP'.
        width: in pixels.
        height: in pixels.
        depth: bits a sample, 8 or 16.
        plays: how often it is shown, 0 for ever.
        delays: seconds of every frame as stored; 0 where the file does not say.
        lacks_end: whether the file ends without saying so.
        cut: why there are no more frames, where the file is cut short or damaged; else empty.
    """

    format: str
    width: int
    height: int
    depth: int
    plays: int
    delays: tuple[Fraction, ...]
    lacks_end: bool
    cut: str


def survey_animation(path: str | os.PathLike, *, may_be_cut: bool = False) -> Survey:
    """Looks through an animated picture.

    Args:
        path: a GIF, APNG or WebP file.
        may_be_cut: whether the frames before a place that is damaged will do.

    Raises:
        MediaError: no animated picture, too large, too many frames, or cut short.
    """
    delays, cut = [], ""
    with open_animation(path) as reader:
        try:
            for layer in reader.layers():
                _check_size(layer.width, layer.height, path)
                delays.append(layer.delay)
                _check_number(len(delays), path)
        except DamagedFile as error:
            if not may_be_cut:
                raise
            cut = error.reason
        return Survey(
            *(reader.format, reader.width, reader.height, reader.depth, reader.plays),
            delays=tuple(delays),
            lacks_end=reader.lacks_end,
            cut=cut,
        )


@contextmanager
def open_animation(path: str | os.PathLike) -> Iterator[AnimationReader]:
    """Opens an animated picture and reads its header; damage that is found while it is open is explained.

    Raises:
        MediaError: the file is missing, not a regular file, a still, no picture, or too large.
    """
    with _open_file(path) as file:
        head = file.read(_HEAD_BYTES)
        kind = format_of(head)
        if kind is None:
            raise MediaError(
                f"not an animated picture (GIF, APNG, WebP): {path}",
                detail=f"found: its first bytes are {head!r}" if head else "found: the file is empty",
                fix="give a GIF, APNG or WebP file",
            )
        if kind not in _READERS:
            raise one_picture(path, kind)
        try:
            reader = _READERS[kind](file)
            if not reader.is_animated:
                raise one_picture(path, kind)
            _check_size(reader.width, reader.height, path)
            yield reader
        except DamagedFile as error:
            raise MediaError(
                f"the animation is cut short or damaged at frame {error.frame}: {path}",
                detail=error.reason,
                fix="copy or download it again",
            ) from error


def _open_file(path: str | os.PathLike) -> BinaryIO:
    try:
        # A pipe would block for ever.
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise MediaError(
                f"the animation is not a regular file: {path}",
                detail="expected a GIF, APNG or WebP file; found a folder, pipe, socket or device",
                fix="give the path of one file",
            )
        return open(path, "rb")
    except OSError as error:
        raise MediaError(
            f"the animation cannot be read: {path}",
            detail=f"the system said: {error.strerror}",
            fix="check the path and the file's permissions",
        ) from error


def one_picture(path: str | os.PathLike, kind: str) -> MediaError:
    """Returns the error for a file that does not move."""
    return MediaError(
        f"this is one picture, not a clip: {path}",
        detail=f"expected an animation of two frames or more; found one {kind} picture",
        fix="translate it as a picture: cyclegan-tf image",
    )


def _check_size(width: int, height: int, path: str | os.PathLike) -> None:
    if not 0 < width * height <= MAX_PIXELS:
        raise MediaError(
            f"the animation declares frames of an impossible size: {path}",
            detail=f"expected 1 to {MAX_PIXELS} pixels a frame; found {width}x{height}",
            fix="scale it down first, or copy it again if it is smaller than that",
        )


def _check_number(num_frames: int, path: str | os.PathLike) -> None:
    if num_frames > MAX_FRAMES:
        raise MediaError(
            f"the animation has too many frames: {path}",
            detail=f"expected at most {MAX_FRAMES}",
            fix="cut it into parts",
        )
