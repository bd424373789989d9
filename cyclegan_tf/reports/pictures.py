"""Pictures inside a page: small JPEG as data URIs, so that the page is one file of bounded size."""

import base64
import io
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np
from PIL import Image

from cyclegan_tf.errors import DataError
from cyclegan_tf.images.grid import displayable
from cyclegan_tf.images.reading import read_image

QUALITY = 82
_SHRINK = 0.7
_SMALLEST_SIDE = 32
Item = TypeVar("Item")


def data_uri(pixels: np.ndarray, *, most_side: int, most_bytes: int) -> str:
    """Return a picture as a data URI of JPEG.

    Args:
        pixels: uint8 (height, width, channels).
        most_side: the longer side in pixels; a larger picture is shrunk.
        most_bytes: of the JPEG; the picture is shrunk until it fits.
    """
    picture = Image.fromarray(displayable(pixels))
    picture.thumbnail((most_side, most_side), Image.Resampling.LANCZOS)
    while True:
        buffer = io.BytesIO()
        picture.save(buffer, "JPEG", quality=QUALITY)
        if buffer.tell() <= most_bytes or max(picture.size) <= _SMALLEST_SIDE:
            return f"data:image/jpeg;base64,{base64.b64encode(buffer.getvalue()).decode()}"
        picture = picture.resize([max(1, round(side * _SHRINK)) for side in picture.size])


def file_uri(path: Path, *, most_side: int, most_bytes: int) -> str | None:
    """Return a picture file as `data_uri`; None if it is missing or damaged."""
    try:
        return data_uri(read_image(path), most_side=most_side, most_bytes=most_bytes)
    except DataError:
        return None


def spread(items: Sequence[Item], most: int) -> list[Item]:
    """Choose at most so many items, evenly, with the first and the last; most is at least 2."""
    if len(items) <= most:
        return list(items)
    return [items[round(place)] for place in np.linspace(0, len(items) - 1, most)]
