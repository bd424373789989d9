"""Writing of animated WebP with Pillow, whose encoder merges consecutive equal frames."""

from collections.abc import Iterator, Sequence
from typing import BinaryIO

import cv2
import numpy as np
from PIL import Image

from video.core.frames import Clip, Picture
from video.pictures.encoding import WEBP_OPTIONS
from video.pictures.values import with_alpha

# The largest change of a sample for which a square of pixels is not stored again: still areas would flicker.
_TOLERANCE = {"lossless": 0, "high": 2, "good": 4, "small": 8}
_BLOCK = 8
_METHOD = 4


def write_webp(
    file: BinaryIO, pictures: Iterator[Picture], ticks: Sequence[int], clip: Clip, quality: str, loop: int
) -> None:
    """Write a WebP; two pictures and the compressed file are in memory.

    Consecutive equal frames become one with the sum of their delays. A single picture, or a clip in which
    nothing changes, becomes a still.

    The arguments are those of `video.pictures.apng_file.write_apng`; `ticks` are milliseconds.
    """
    pixels: Iterator[np.ndarray] = (with_alpha(picture, is_deep=False) for picture in pictures)
    if _TOLERANCE[quality] and not clip.has_alpha:
        pixels = _stabilized(pixels, _TOLERANCE[quality])
    images = (Image.fromarray(np.ascontiguousarray(frame)) for frame in pixels)
    first, rest = next(images), [_Rest(images, len(ticks) - 1)] if len(ticks) > 1 else []
    # Keyframes store again what did not change, which flickers.
    options = {"kmin": 0, "kmax": 0, "method": _METHOD, **WEBP_OPTIONS[quality]}
    first.save(file, "WEBP", save_all=True, append_images=rest, duration=list(ticks), loop=loop, **options)


class _Rest:
    """An iterator of images that looks like one image with many frames to Pillow."""

    def __init__(self, images: Iterator[Image.Image], count: int):
        self._images, self.n_frames = images, count
        self._current: Image.Image

    def seek(self, _index: int) -> None:
        self._current = next(self._images)

    def __getattr__(self, name: str):
        return getattr(self._current, name)


def _stabilized(pixels: Iterator[np.ndarray], tolerance: int) -> Iterator[np.ndarray]:
    """Yield every frame; keep the previous pixels in squares that hardly change."""
    shown = None
    for frame in pixels:
        if shown is not None:
            changes = _changed_blocks(shown, frame, tolerance)[..., None]
            frame = np.where(changes, frame, shown)
        shown = frame
        yield frame


def _changed_blocks(before: np.ndarray, pixels: np.ndarray, tolerance: int) -> np.ndarray:
    """Return a bool mask (height, width) of the squares in which any sample changes by more."""
    height, width = pixels.shape[:2]
    differs = (cv2.absdiff(before, pixels).max(axis=2) > tolerance).astype(np.uint8)
    padded = np.pad(differs, ((0, -height % _BLOCK), (0, -width % _BLOCK)))
    blocks = padded.reshape(padded.shape[0] // _BLOCK, _BLOCK, -1, _BLOCK).max(axis=(1, 3))
    return np.kron(blocks, np.ones((_BLOCK, _BLOCK), np.uint8))[:height, :width].astype(bool)
