"""A picture file together with the channels and the range of its domain."""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cyclegan_tf.images.reading import ImageHeader, image_header, read_image
from cyclegan_tf.images.sizes import MAX_PIXELS


@dataclass(frozen=True)
class PictureFile(os.PathLike):
    """A path, with the channels and the range of its domain; usable as a path.

    Attributes:
        path: of the file.
        channels: of the decoded picture; see `images.read_image`.
        value_range: what becomes 0 and 255 of 16-bit and float pixels; None is the full 16-bit range.
    """

    path: Path
    channels: int = 3
    value_range: tuple[float, float] | None = None

    def __fspath__(self) -> str:
        return str(self.path)

    def __str__(self) -> str:
        return str(self.path)

    def read(self, max_pixels: int = MAX_PIXELS) -> np.ndarray:
        """Decode to uint8 (height, width, channels); errors as in `images.read_image`."""
        return read_image(
            self.path, max_pixels=max_pixels, channels=self.channels, value_range=self.value_range
        )

    def header(self, max_pixels: int = MAX_PIXELS) -> ImageHeader:
        """Read the header alone; errors as in `images.image_header`."""
        return image_header(self.path, max_pixels=max_pixels, channels=self.channels)


def identity(item: os.PathLike | np.ndarray) -> str:
    """Return what tells a picture from others without reading it: name and size of a file, or a digest."""
    if isinstance(item, np.ndarray):
        return hashlib.sha256(np.ascontiguousarray(item).data).hexdigest()
    return f"{Path(item).name} {os.path.getsize(item)}"
