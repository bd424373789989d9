"""Writing of animated WebP with Pillow, whose encoder merges consecutive equal frames."""

from collections.abc import Iterator, Sequence
from typing import BinaryIO

import numpy as np
from PIL import Image

from video.core.frames import Clip, Picture
from video.pictures.encoding import WEBP_OPTIONS
from video.pictures.values import with_alpha

_METHOD = 4


def write_webp(
    file: BinaryIO, pictures: Iterator[Picture], ticks: Sequence[int], _clip: Clip, quality: str, loop: int
) -> None:
    """Write a WebP; two pictures and the compressed file are in memory.

    Consecutive equal frames become one with the sum of their delays. A single picture, or a clip in which
    nothing changes, becomes a still.

    The arguments are those of `video.pictures.apng_file.write_apng`; `ticks` are milliseconds.
    """
    pixels = (with_alpha(picture, is_deep=False) for picture in pictures)
    images = (Image.fromarray(np.ascontiguousarray(frame)) for frame in pixels)
    first, rest = next(images), [_Rest(images, len(ticks) - 1)] if len(ticks) > 1 else []
    # Still areas do not flicker: libwebp stores pixels of a lossy frame again only if they change visibly. A
    # keyframe would store all of them.
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
