"""From pictures to the stored frames of a GIF, APNG or WebP: each only the rectangle that changes."""

from dataclasses import dataclass
from fractions import Fraction
from typing import BinaryIO

import cv2
import numpy as np

from video.core.frames import Clip, Picture
from video.pictures import gif_file, webp_file
from video.pictures.animation_parts import CLEAR, KEEP
from video.pictures.apng_file import MAX_DELAY, ApngWriter, storable_delay
from video.pictures.encoding import encode_png, encode_webp
from video.pictures.gif_file import GifWriter
from video.pictures.palette import Reduction, reduced
from video.pictures.values import with_alpha
from video.pictures.webp_file import WebpWriter

_HALF_OPAQUE = 128


@dataclass(frozen=True)
class _GifLook:
    """How a GIF looks.

    Attributes:
        reduction: to few colours.
        tolerance: the change of a sample that is too small to draw a pixel again. What is not drawn again
            does not flicker, and takes no room.
    """

    reduction: Reduction
    tolerance: int


_GIF_LOOKS = {
    "lossless": _GifLook(Reduction(256, "sierra2_4a"), 0),
    "high": _GifLook(Reduction(256, "sierra2_4a"), 2),
    "good": _GifLook(Reduction(256, "sierra2_4a"), 4),
    "small": _GifLook(Reduction(128, "bayer:bayer_scale=4"), 8),
}


# The same for a WebP, but by squares of pixels; 0 stores all that changes.
_WEBP_TOLERANCE = {"lossless": 0, "high": 2, "good": 4, "small": 8}
_BLOCK = 8


class GifEncoder:
    """Frames of a GIF.

    Args:
        file: opened for writing.
        clip: what all frames share.
        quality: one of `video.core.options.QUALITIES`.
        loop: how often it is shown, 0 for ever.

    Attributes:
        max_delay: the longest time that a frame can be shown for, in seconds.
    """

    max_delay = gif_file.MAX_DELAY_TICKS * gif_file.TICK

    def __init__(self, file: BinaryIO, clip: Clip, quality: str, loop: int):
        self._writer = GifWriter(file, (clip.width, clip.height), clip.has_alpha, loop)
        self._has_alpha = clip.has_alpha
        self._look = _GIF_LOOKS[quality]
        self._drawn = np.zeros((clip.height, clip.width, 3), np.uint8)
        self._is_shown = np.zeros((clip.height, clip.width), bool)
        self._is_first, self._is_exact = True, True

    @staticmethod
    def storable(delay: Fraction) -> Fraction:
        """Returns the delay nearest to this one that a frame can have."""
        return max(1, round(delay / gif_file.TICK)) * gif_file.TICK

    def add(self, picture: Picture, following: Picture | None, delay: Fraction) -> None:
        """Writes a frame; `following` is the one after it, None after the last."""
        opaque = _is_opaque(picture)
        # Exact pixels stay exact: only the patterns of dithering have anything to hold still.
        tolerance = 0 if self._is_exact else self._look.tolerance
        differs = cv2.absdiff(picture.pixels, self._drawn).max(axis=2) > tolerance
        drawn = opaque & (differs | ~self._is_shown)
        # A GIF cannot make a pixel transparent again; it can only clear a whole frame after its time.
        clears = following is not None and bool((opaque & ~_is_opaque(following)).any())
        rows, columns = _bounds(np.ones_like(drawn) if self._is_first else drawn | (opaque & clears))
        inside, look = picture.pixels[rows, columns], self._look.reduction
        indices, colours, is_exact = reduced(inside, drawn[rows, columns], look, has_alpha=self._has_alpha)
        place = (columns.start, rows.start)
        self._writer.add(place, indices, colours, int(delay / gif_file.TICK), CLEAR if clears else KEEP)
        self._is_shown = np.zeros_like(opaque) if clears else self._is_shown | drawn
        self._drawn[drawn] = picture.pixels[drawn]
        self._is_first, self._is_exact = False, self._is_exact and is_exact

    def finish(self) -> None:
        """Writes the end."""
        self._writer.finish()


class ApngEncoder:
    """Frames of an animated PNG, always lossless; arguments and attributes as in `GifEncoder`."""

    max_delay = MAX_DELAY
    storable = staticmethod(storable_delay)

    def __init__(self, file: BinaryIO, clip: Clip, quality: str, loop: int):
        size = (clip.width, clip.height)
        self._is_deep = clip.depth > 8
        self._writer = ApngWriter(file, size, 16 if self._is_deep else 8, clip.has_alpha, loop)
        self._quality, self._before = quality, None

    def add(self, picture: Picture, following: Picture | None, delay: Fraction) -> None:
        """Writes a frame."""
        pixels = with_alpha(picture, is_deep=self._is_deep)
        rows, columns = _changed(self._before, pixels)
        inside = pixels[rows, columns]
        self._writer.add(
            (columns.start, rows.start), inside.shape[1::-1], encode_png(inside, self._quality), delay
        )
        self._before = pixels

    def finish(self) -> None:
        """Writes the end."""
        self._writer.finish()


class WebpEncoder:
    """Frames of an animated WebP; arguments and attributes as in `GifEncoder`."""

    max_delay = webp_file.MAX_DELAY_TICKS * webp_file.TICK

    def __init__(self, file: BinaryIO, clip: Clip, quality: str, loop: int):
        self._quality, self._tolerance = quality, _WEBP_TOLERANCE[quality]
        # In a clip without alpha, holes in a frame can keep what is there.
        self._has_holes = self._tolerance > 0 and not clip.has_alpha
        size, has_alpha = (clip.width, clip.height), clip.has_alpha or self._has_holes
        self._writer = WebpWriter(file, size, has_alpha, loop)
        self._drawn = None

    @staticmethod
    def storable(delay: Fraction) -> Fraction:
        """Returns the delay nearest to this one that a frame can have."""
        return max(1, round(delay / webp_file.TICK)) * webp_file.TICK

    def add(self, picture: Picture, following: Picture | None, delay: Fraction) -> None:
        """Writes a frame."""
        pixels, blends = with_alpha(picture, is_deep=False), False
        if self._drawn is None:
            rows, columns = _changed(None, pixels)
            self._drawn = pixels.copy()
        elif self._has_holes:
            drawn = _blocks_that_change(self._drawn, pixels, self._tolerance)
            rows, columns = _bounds(drawn, step=2)
            self._drawn[drawn] = pixels[drawn]
            pixels, blends = np.dstack([pixels, drawn * np.uint8(255)]), True
        else:
            rows, columns = _changed(self._drawn, pixels, step=2)
            self._drawn = pixels
        inside = np.ascontiguousarray(pixels[rows, columns])
        still = encode_webp(inside, self._quality)
        place, size = (columns.start, rows.start), inside.shape[1::-1]
        self._writer.add(place, size, still, int(delay / webp_file.TICK), blends=blends)

    def finish(self) -> None:
        """Writes the end."""
        self._writer.finish()


def _blocks_that_change(before: np.ndarray, pixels: np.ndarray, tolerance: int) -> np.ndarray:
    """Returns bool (height, width), in squares: those in which any sample changes by more."""
    height, width = pixels.shape[:2]
    differs = (cv2.absdiff(before, pixels).max(axis=2) > tolerance).astype(np.uint8)
    padded = np.pad(differs, ((0, -height % _BLOCK), (0, -width % _BLOCK)))
    blocks = padded.reshape(padded.shape[0] // _BLOCK, _BLOCK, -1, _BLOCK).max(axis=(1, 3))
    whole = np.repeat(np.repeat(blocks, _BLOCK, axis=0), _BLOCK, axis=1)
    return whole[:height, :width].astype(bool)


def _is_opaque(picture: Picture) -> np.ndarray:
    if picture.alpha is None:
        return np.ones(picture.pixels.shape[:2], bool)
    return picture.alpha >= _HALF_OPAQUE


def _changed(before: np.ndarray | None, pixels: np.ndarray, step: int = 1) -> tuple[slice, slice]:
    if before is None:
        return slice(0, pixels.shape[0]), slice(0, pixels.shape[1])
    return _bounds((before != pixels).any(axis=2), step)


def _bounds(mask: np.ndarray, step: int = 1) -> tuple[slice, slice]:
    """Returns the rows and columns around all that is set, beginning at multiples of `step`.

    A frame cannot be empty: where nothing is set, it is the first pixel.
    """
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not len(rows):
        return slice(0, 1), slice(0, 1)
    return tuple(slice(int(found[0]) // step * step, int(found[-1]) + 1) for found in (rows, columns))
