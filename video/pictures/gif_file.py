"""Writing of GIF with FFmpeg's encoder: of every frame only the pixels that change."""

import struct
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import BinaryIO

import av
import cv2
import numpy as np

from video.core.frames import Clip, Picture
from video.pictures.palette import MAX_COLOURS, reduced

_HALF_OPAQUE = 128
# The number of colours, the dithering, and the largest change of a sample that is not drawn again: dithering
# would flicker where nothing moves.
_QUALITIES = {
    "lossless": (MAX_COLOURS, "sierra2_4a", 0),
    "high": (MAX_COLOURS, "sierra2_4a", 2),
    "good": (MAX_COLOURS, "sierra2_4a", 4),
    "small": (MAX_COLOURS // 2, "bayer:bayer_scale=4", 8),
}
# GIF89a specification, 17 and 23: the header, and in each frame the flags, whose bits 2 to 4 are the disposal
# method, and the delay.
_HEADER_BYTES, _FLAGS_BYTE, _DELAY_BYTES = 13, 3, slice(4, 6)
_DISPOSAL_BITS, _KEEP, _CLEAR = 0b11100, 1 << 2, 2 << 2
_MAX_REPEATS = 65535


def write_gif(
    file: BinaryIO, pictures: Iterator[Picture], ticks: Sequence[int], clip: Clip, quality: str, loop: int
) -> None:
    """Write a GIF; two pictures are in memory at a time.

    FFmpeg compresses the frames. Their headers are written here: FFmpeg's muxer needs the last delay in
    advance, and its encoder cannot keep the pixels under transparent ones.

    The arguments are those of `video.pictures.apng_file.write_apng`; `ticks` are hundredths of a second.
    """
    canvas = _Canvas(clip, quality)
    for number, ((picture, following), delay) in enumerate(zip(_with_following(pictures), ticks)):
        indices, palette, clears = canvas.draw(picture, following)
        header, frame = _encoded(indices, palette)
        frame[_FLAGS_BYTE] = frame[_FLAGS_BYTE] & ~_DISPOSAL_BITS | (_CLEAR if clears else _KEEP)
        frame[_DELAY_BYTES] = struct.pack("<H", delay)
        if number == 0:
            file.write(header + _loop(loop))
        file.write(frame)
    file.write(b";")


class _Canvas:
    """The canvas of a GIF: what it shows so far."""

    def __init__(self, clip: Clip, quality: str):
        *self._reduction, self._tolerance = _QUALITIES[quality]
        self._has_alpha = clip.has_alpha
        self._drawn = np.zeros((clip.height, clip.width, 3), np.uint8)
        self._is_shown = np.zeros((clip.height, clip.width), bool)
        self._is_exact = True

    def draw(self, picture: Picture, following: Picture | None) -> tuple[np.ndarray, np.ndarray, bool]:
        """Draw a picture; return (indices, palette, whether the frame is cleared after its delay)."""
        opaque = _is_opaque(picture)
        # Exact pixels stay exact: only dithering flickers.
        tolerance = 0 if self._is_exact else self._tolerance
        differs = cv2.absdiff(picture.pixels, self._drawn).max(axis=2) > tolerance
        # A GIF cannot make a pixel transparent again; it can only clear a whole frame after its delay.
        clears = following is not None and bool((opaque & ~_is_opaque(following)).any())
        drawn = opaque & (differs | ~self._is_shown | clears)
        indices, palette, is_exact = reduced(
            picture.pixels, drawn, *self._reduction, has_alpha=self._has_alpha
        )
        self._is_shown = np.zeros_like(opaque) if clears else self._is_shown | drawn
        self._drawn[drawn] = picture.pixels[drawn]
        self._is_exact = self._is_exact and is_exact
        return indices, palette, clears


def _encoded(indices: np.ndarray, palette: np.ndarray) -> tuple[bytes, bytearray]:
    """Return FFmpeg's header of a GIF and one frame, cropped to what is not transparent."""
    encoder = av.CodecContext.create("gif", "w")
    encoder.height, encoder.width = indices.shape
    encoder.pix_fmt, encoder.time_base = "pal8", Fraction(1, 100)
    encoder.options = {"global_palette": "0"}
    frame = av.VideoFrame.from_ndarray((indices, palette), format="pal8")
    frame.pts, frame.time_base = 0, encoder.time_base
    data = b"".join(bytes(packet) for packet in [*encoder.encode(frame), *encoder.encode(None)])
    return data[:_HEADER_BYTES], bytearray(data[_HEADER_BYTES:])


def _loop(loop: int) -> bytes:
    repeats = struct.pack("<H", min(max(0, loop - 1), _MAX_REPEATS))
    return b"" if loop == 1 else b"!\xff\x0bNETSCAPE2.0\x03\x01" + repeats + b"\0"


def _with_following(pictures: Iterator[Picture]) -> Iterator[tuple[Picture, Picture | None]]:
    def ended():
        yield from pictures
        yield None

    return pairwise(ended())


def _is_opaque(picture: Picture) -> np.ndarray:
    if picture.alpha is None:
        return np.ones(picture.pixels.shape[:2], bool)
    return picture.alpha >= _HALF_OPAQUE
