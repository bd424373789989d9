"""The header of a still picture, read and checked before a pixel is decoded."""

import contextlib
import os
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from PIL import ExifTags, Image

from video.core.limits import MAX_PIXELS
from video.pictures.png import PNG_SIGNATURE, BadPicture, find_chunks

# Pillow knows more formats, some of which start other programs (EPS); these are the formats of photographs.
FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "TIFF", "GIF")
TURNED = (5, 6, 7, 8)
DNG_VERSION = 50706
# Errors that Pillow raises for damaged EXIF, which is common and does not make a picture unusable.
BAD_EXIF = (OSError, SyntaxError, ValueError, KeyError, TypeError, struct.error)
_MAGICS = {
    PNG_SIGNATURE: "PNG",
    b"\xff\xd8\xff": "JPEG",
    b"GIF87a": "GIF",
    b"GIF89a": "GIF",
    b"BM": "BMP",
    b"II*\0": "TIFF",
    b"MM\0*": "TIFF",
}
_HEAD_BYTES = 16
_MAX_EXIF_BYTES = 2**16


class Animation(BadPicture):
    """A picture of several frames or pages."""


class TooManyPixels(BadPicture):
    """A picture whose header claims too many pixels."""


class RawPixels(BadPicture):
    """A TIFF in which a camera keeps its raw pixels; decoders would take its thumbnail for the picture."""

    def __init__(self):
        super().__init__("a camera's raw pixels (DNG)")


@dataclass(frozen=True)
class Header:
    """The properties of a picture, from its file's header.

    Attributes:
        format: 'PNG', 'JPEG', 'WebP', 'BMP', 'TIFF' or 'GIF'.
        width: upright width in pixels.
        height: upright height in pixels.
        depth: bits per sample, at least 8.
        has_alpha: whether pixels can be transparent.
        orientation: of EXIF, 1 to 8, not applied yet.
    """

    format: str
    width: int
    height: int
    depth: int
    has_alpha: bool
    orientation: int


def format_of(head: bytes) -> str | None:
    """Return the format of a picture that starts with these bytes, None if it is not one."""
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "WebP"
    return next((name for magic, name in _MAGICS.items() if head.startswith(magic)), None)


def read_header(file: BinaryIO) -> Header:
    """Read a picture's header and decode nothing.

    Args:
        file: opened for reading.

    Raises:
        BadPicture: not a known picture, an animation, truncated, or too many pixels.
    """
    file.seek(0)
    head = file.read(_HEAD_BYTES)
    kind = format_of(head)
    if kind is None:
        raise BadPicture(f"its first bytes are {head!r}" if head else "the file is empty")
    late = _png_orientation(file) if kind == "PNG" else None
    file.seek(0)
    try:
        with open_still(file) as picture:
            number = late or orientation(picture)
            width, height = picture.size[::-1] if number in TURNED else picture.size
            return Header(kind, width, height, _depth(picture), picture.has_transparency_data, number)
    except BadPicture:
        raise
    except Exception as error:
        # Damaged files raise OSError, SyntaxError, ValueError, struct.error ... depending on the format.
        raise BadPicture(f"it is not a complete {kind} file") from error


@contextlib.contextmanager
def open_still(
    file: str | os.PathLike | BinaryIO, max_pixels: int = MAX_PIXELS, more_formats: Sequence[str] = ()
) -> Iterator[Image.Image]:
    """Open a still picture and check its header; decode nothing.

    Args:
        file: a path, or a file opened for reading at its start.
        max_pixels: the largest accepted product of width and height.
        more_formats: Pillow's names of formats to accept beside FORMATS.

    Raises:
        BadPicture: an animation, raw pixels, too many pixels, or too few bytes for its pixels.
        Exception: what Pillow raises for a damaged file, of many kinds.
    """
    try:
        picture = Image.open(file, formats=(*FORMATS, *more_formats))
    except Image.DecompressionBombError as error:
        raise TooManyPixels(f"expected at most {max_pixels:,} pixels; found: {error}") from error
    with picture:
        _check(picture, max_pixels)
        yield picture


def orientation(picture: Image.Image) -> int:
    """Return the EXIF orientation, 1 to 8, that is not applied yet, as far as the header shows it."""
    # Both Pillow and OpenCV rotate a TIFF themselves.
    # For PNG, getexif() would decode all pixels to find a late block.
    if picture.format == "TIFF" or (picture.format == "PNG" and "exif" not in picture.info):
        return 1
    with contextlib.suppress(*BAD_EXIF):
        return _valid(picture.getexif())
    return 1


def is_16_bit(picture: Image.Image) -> bool:
    """Tell whether a picture whose pixels are not loaded yet stores integers wider than a byte."""
    return picture.mode.startswith("I") or ";16" in str(picture.tile)


def _check(picture: Image.Image, max_pixels: int) -> None:
    width, height = picture.size
    if width * height > max_pixels:
        raise TooManyPixels(
            f"expected at most {max_pixels:,} pixels; found {width}x{height} = {width * height:,} pixels"
        )
    if DNG_VERSION in getattr(picture, "tag_v2", {}):
        raise RawPixels
    # MPO is a JPEG with a second view after it, as many telephones write.
    if picture.format != "MPO" and getattr(picture, "is_animated", False):
        raise Animation(f"it is an animation of {picture.n_frames} frames")
    if picture.format in ("JPEG", "MPO"):
        _check_jpeg(picture, width, height)


def _check_jpeg(picture: Image.Image, width: int, height: int) -> None:
    """Refuse a JPEG with a false size: the decoder fills missing pixels with grey and only warns."""
    position = picture.fp.tell()
    num_bytes = picture.fp.seek(0, os.SEEK_END)
    picture.fp.seek(position)
    # Huffman coding needs at least one bit per block of 8 x 8.
    if width * height > num_bytes * 8 * 64:
        raise BadPicture(f"its {num_bytes:,} bytes cannot hold the {width}x{height} pixels of its header")


def _depth(picture: Image.Image) -> int:
    if picture.format == "TIFF":
        return max(8, *picture.tag_v2.get(ExifTags.Base.BitsPerSample, (8,)))
    return 16 if is_16_bit(picture) else 8


def _png_orientation(file: BinaryIO) -> int:
    """Return the orientation of a PNG, whose EXIF may follow its pixels."""
    exif = Image.Exif()
    for kind, start, length in find_chunks(file):
        if kind == b"eXIf":
            file.seek(start)
            with contextlib.suppress(*BAD_EXIF):
                exif.load(file.read(min(length, _MAX_EXIF_BYTES)))
    return _valid(exif)


def _valid(exif: Image.Exif) -> int:
    number = exif.get(ExifTags.Base.Orientation, 1)
    return number if number in range(1, 9) else 1
