"""What the header of a picture's file says, before a pixel is decoded."""

import os
import struct
from dataclasses import dataclass
from typing import BinaryIO

import imageio.v3 as imageio
import numpy as np

from video.core.limits import MAX_PIXELS

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
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
_ALPHA_MODES = ("RGBA", "LA", "PA", "RGBa", "La")
_ALPHA_COLOUR_TYPES = (4, 6)
_TURNED = (5, 6, 7, 8)
_ORIENTATION = 0x0112
_MAX_EXIF_BYTES = 2**16


class BadPicture(Exception):
    """A file that is no picture, or a damaged one; the text says what is wrong with it."""


@dataclass(frozen=True)
class Header:
    """What a picture's file says about it.

    Attributes:
        format: 'PNG', 'JPEG', 'WebP', 'BMP', 'TIFF' or 'GIF'.
        width: upright width in pixels.
        height: upright height in pixels.
        depth: bits a sample, at least 8.
        has_alpha: whether pixels can be transparent.
        orientation: of EXIF, 1 to 8.
    """

    format: str
    width: int
    height: int
    depth: int
    has_alpha: bool
    orientation: int


def format_of(head: bytes) -> str | None:
    """Returns the kind of picture that starts with these bytes, None when it is none."""
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "WebP"
    return next((name for magic, name in _MAGICS.items() if head.startswith(magic)), None)


def read_header(file: BinaryIO) -> Header:
    """Reads a picture's header and decodes nothing.

    Args:
        file: opened for reading.

    Raises:
        BadPicture: no known picture, an animation, cut short, or too many pixels.
    """
    num_bytes = file.seek(0, os.SEEK_END)
    file.seek(0)
    head = file.read(_HEAD_BYTES)
    kind = format_of(head)
    if kind is None:
        raise BadPicture(f"its first bytes are {head!r}" if head else "the file is empty")
    header = _png_header(file, num_bytes) if kind == "PNG" else _other_header(file, kind)
    if not 0 < header.width * header.height <= MAX_PIXELS:
        raise BadPicture(f"expected 1 to {MAX_PIXELS} pixels; found {header.width}x{header.height}")
    # Huffman coding spends at least a bit on a block of 8 x 8; what is missing would be filled with grey.
    if kind == "JPEG" and header.width * header.height > num_bytes * 8 * 64:
        size = f"{header.width}x{header.height}"
        raise BadPicture(f"its {num_bytes} bytes cannot hold the {size} pixels of its header")
    return header


def _png_header(file: BinaryIO, num_bytes: int) -> Header:
    """Walks through the chunks of a PNG: Pillow decodes all its pixels to find out how it is turned."""
    position, kind, found, num_frames = len(PNG_SIGNATURE), b"", {}, 1
    while kind != b"IEND":
        file.seek(position)
        length, kind = struct.unpack(">I4s", file.read(8).ljust(8, b"\xff"))
        if position + length + 12 > num_bytes:
            raise BadPicture(f"its data end at byte {num_bytes}")
        if kind in (b"IHDR", b"tRNS", b"eXIf"):
            found[kind] = file.read(min(length, _MAX_EXIF_BYTES))
        if kind == b"acTL" and b"IDAT" not in found and length >= 4:
            num_frames = int.from_bytes(file.read(4))
        found.setdefault(kind, b"")
        position += length + 12
    if num_frames > 1:
        raise BadPicture(f"it is an animation of {num_frames} frames")
    if len(found.get(b"IHDR", b"")) != 13:
        raise BadPicture("it has no header of a PNG")
    width, height, depth, colour_type = struct.unpack_from(">IIBB", found[b"IHDR"])
    has_alpha = colour_type in _ALPHA_COLOUR_TYPES or b"tRNS" in found
    orientation = _exif_orientation(found.get(b"eXIf", b""))
    if orientation in _TURNED:
        width, height = height, width
    return Header("PNG", width, height, max(8, depth), has_alpha, orientation)


def _exif_orientation(exif: bytes) -> int:
    """Returns the orientation in a block of EXIF (CIPA DC-008, 4.6), 1 where it says nothing."""
    order = {b"II": "<", b"MM": ">"}.get(exif[:2])
    if order is None:
        return 1
    try:
        (start,) = struct.unpack_from(order + "I", exif, 4)
        (count,) = struct.unpack_from(order + "H", exif, start)
        for place in range(start + 2, start + 2 + 12 * count, 12):
            tag, value = struct.unpack_from(order + "H6xH", exif, place)
            if tag == _ORIENTATION:
                return value if 1 <= value <= 8 else 1
    except struct.error:
        pass
    return 1


def _other_header(file: BinaryIO, kind: str) -> Header:
    file.seek(0)
    try:
        with imageio.imopen(file, "r", plugin="pillow") as picture:
            height, width = picture.properties(index=0).shape[:2]
            said = picture.metadata(index=0, exclude_applied=False)
            num_frames = picture.properties(index=...).n_images if kind == "WebP" else 1
    except Exception as error:
        # Damaged files raise OSError, SyntaxError, ValueError, struct.error ... depending on the format.
        raise BadPicture(f"it is no complete {kind} file") from error
    if num_frames > 1:
        raise BadPicture(f"it is an animation of {num_frames} frames")
    orientation = said.get("Orientation", 1)
    orientation = orientation if orientation in range(1, 9) else 1
    # Pillow has turned a TIFF's size already.
    if kind != "TIFF" and orientation in _TURNED:
        width, height = height, width
    depth = int(np.max(said.get("BitsPerSample", 8))) if kind == "TIFF" else 8
    has_alpha = said["mode"] in _ALPHA_MODES or "transparency" in said
    return Header(kind, width, height, max(8, depth), has_alpha, orientation)
