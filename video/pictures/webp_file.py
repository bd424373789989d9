"""Writes an animated WebP with Pillow, whose encoder merges frames in a row that are equal."""

from collections.abc import Iterator, Sequence
from typing import BinaryIO

import cv2
import numpy as np
from PIL import Image

from video.core.frames import Clip, Picture
from video.pictures.values import with_alpha

_OPTIONS = {
    "lossless": {"lossless": True},
    "high": {"quality": 92},
    "good": {"quality": 80},
    "small": {"quality": 60},
}
# The change of a sample that is too small to store a square of pixels again: what does not move would
# flicker.
_TOLERANCE = {"lossless": 0, "high": 2, "good": 4, "small": 8}
_BLOCK = 8
_METHOD = 4


def write_webp(
    file: BinaryIO, pictures: Iterator[Picture], ticks: Sequence[int], clip: Clip, quality: str, loop: int
) -> None:
    """Write a WebP; hold two pictures and the compressed file.

    Frames in a row that are equal become one that is shown as long. A single picture, or a clip in which
    nothing changes, becomes a still.

    Args:
        file: opened for writing.
        pictures: in order.
        ticks: milliseconds that each is shown for.
        clip: what all of them share.
        quality: one of `video.core.options.QUALITIES`.
        loop: how often it is shown, 0 for ever.
    """
    pixels = (with_alpha(picture, is_deep=False) for picture in pictures)
    if _TOLERANCE[quality] and not clip.has_alpha:
        pixels = _held(pixels, _TOLERANCE[quality])
    images = (Image.fromarray(np.ascontiguousarray(frame)) for frame in pixels)
    first, rest = next(images), [_Rest(images, len(ticks) - 1)] if len(ticks) > 1 else []
    # A key frame stores anew what did not change, which flickers.
    options = {"kmin": 0, "kmax": 0, "method": _METHOD, **_OPTIONS[quality]}
    first.save(file, "WEBP", save_all=True, append_images=rest, duration=list(ticks), loop=loop, **options)


class _Rest:
    """Images that Pillow takes for one with many frames, so that it asks for one after the other."""

    def __init__(self, images: Iterator[Image.Image], count: int):
        self._images, self._current, self.n_frames = images, None, count

    def seek(self, _index: int) -> None:
        self._current = next(self._images)

    def __getattr__(self, name: str):
        return getattr(self._current, name)


def _held(pixels: Iterator[np.ndarray], tolerance: int) -> Iterator[np.ndarray]:
    """Yield every frame with what hardly changes as it was, by squares of pixels."""
    shown = None
    for frame in pixels:
        if shown is not None:
            changes = _blocks_that_change(shown, frame, tolerance)[..., None]
            frame = np.where(changes, frame, shown)
        shown = frame
        yield frame


def _blocks_that_change(before: np.ndarray, pixels: np.ndarray, tolerance: int) -> np.ndarray:
    """Return bool (height, width), in squares: those in which any sample changes by more."""
    height, width = pixels.shape[:2]
    differs = (cv2.absdiff(before, pixels).max(axis=2) > tolerance).astype(np.uint8)
    padded = np.pad(differs, ((0, -height % _BLOCK), (0, -width % _BLOCK)))
    blocks = padded.reshape(padded.shape[0] // _BLOCK, _BLOCK, -1, _BLOCK).max(axis=(1, 3))
    return np.kron(blocks, np.ones((_BLOCK, _BLOCK), np.uint8))[:height, :width].astype(bool)
