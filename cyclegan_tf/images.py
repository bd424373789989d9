"""The one way in and out for pictures: training, evaluation and translation all decode here.

Pixels are uint8 RGB in [0, 255], shape (height, width, 3), unless a name says otherwise; networks see float32
in [-1, 1].
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from cyclegan_tf.errors import CycleGANError, DataError, DivergedError, OutputError, UsageError
from cyclegan_tf.image_folders import IMAGE_SUFFIXES, list_images
from cyclegan_tf.image_grid import image_grid

__all__ = [
    "IMAGE_SUFFIXES",
    "image_grid",
    "image_size",
    "list_images",
    "read_image",
    "to_uint8",
    "to_unit",
    "write_image",
]

MAX_PIXELS = 100_000_000
# Pillow knows more formats, some of which start other programs (EPS); these are the ones that photographs
# come in.
_FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "TIFF", "GIF")
_WRITERS = {
    ".png": {},
    ".jpg": {"quality": 95},
    ".jpeg": {"quality": 95},
    ".webp": {"quality": 95},
    ".bmp": {},
}
_EXIF_ORIENTATION = 0x0112


def read_image(path: str | Path, *, max_pixels: int = MAX_PIXELS) -> np.ndarray:
    """Decode a still picture, whatever its colour model, to upright RGB.

    The EXIF orientation is applied; alpha is laid over white; 16-bit grey is scaled so that 65535 becomes 255
    (Pillow itself reduces 16-bit colour to its high byte, at most one level lower). The content decides the
    format, not the suffix.

    Args:
        path: a JPEG, PNG, WebP, BMP, TIFF or single-frame GIF file.
        max_pixels: width times height above which the file is refused before a pixel is decoded. Pillow adds
            its own limit of 178,956,970.

    Returns:
        uint8 array (height, width, 3).

    Raises:
        DataError: the file is missing, not a picture, damaged, animated or too large.
    """
    with _open(Path(path), max_pixels) as picture:
        picture.load()
        return _to_rgb(ImageOps.exif_transpose(picture))


def image_size(path: str | Path, *, max_pixels: int = MAX_PIXELS) -> tuple[int, int]:
    """Read the header alone and return (height, width) of the upright picture, in pixels.

    A PNG that states its orientation after the pixels is measured as stored: the header does not know.

    Raises:
        DataError: as `read_image`, for everything that the header shows.
    """
    with _open(Path(path), max_pixels, whole_file=False) as picture:
        width, height = picture.size
        return (width, height) if _stored_on_its_side(picture) else (height, width)


def write_image(path: str | Path, array: np.ndarray) -> None:
    """Write a picture; the suffix chooses PNG, JPEG (quality 95), WebP (quality 95) or BMP.

    Args:
        path: the file to write; its folder must exist.
        array: uint8 RGB (height, width, 3).

    Raises:
        UsageError: the suffix names no format that can be written.
        OutputError: the folder is missing or the file cannot be written.
        ValueError: the array is of another type or shape.
    """
    path = Path(path)
    if array.dtype != np.uint8 or array.ndim != 3 or array.shape[-1] != 3:
        raise ValueError(
            f"`array` should be uint8 (height, width, 3). Received: {array.dtype} of shape {array.shape}"
        )
    if path.suffix.lower() not in _WRITERS:
        raise UsageError(
            f"unknown picture suffix {path.suffix!r} of the output {path}",
            detail=f"expected one of {', '.join(sorted(_WRITERS))}",
            fix="end the file name in .png or .jpg",
        )
    import imageio.v3 as imageio

    try:
        imageio.imwrite(path, array, plugin="pillow", **_WRITERS[path.suffix.lower()])
    except OSError as error:
        raise OutputError(
            f"cannot write the picture {path}",
            detail=f"expected a writable folder {path.parent}; found: {error.strerror or error}",
            fix="create the folder or choose another output",
        ) from error


def to_unit(array: np.ndarray) -> np.ndarray:
    """Map uint8 pixels in [0, 255] to float32 in [-1, 1], the range of a generator's tanh; any shape."""
    return array.astype(np.float32) / np.float32(127.5) - np.float32(1.0)


def to_uint8(array: np.ndarray) -> np.ndarray:
    """Map float pixels in [-1, 1] to the nearest uint8 level; values outside are clipped; any shape.

    Raises:
        DivergedError: a pixel is not a number, which would otherwise turn into an arbitrary level.
    """
    levels = (np.asarray(array, np.float32) + np.float32(1.0)) * np.float32(127.5)
    if np.isnan(levels).any():
        raise DivergedError(
            "the network gave pixels that are not numbers",
            detail=f"expected values in [-1, 1]; found {int(np.isnan(levels).sum())} NaN of {levels.size}",
            fix="use an earlier checkpoint",
        )
    return np.clip(np.rint(levels), 0, 255).astype(np.uint8)


def _to_rgb(picture: Image.Image) -> np.ndarray:
    if picture.mode.startswith("I"):
        grey = _grey_from_16_bit(np.asarray(picture))
        return np.repeat(grey[..., np.newaxis], 3, axis=-1)
    if picture.mode == "F":
        raise ValueError("floating-point pixels, whose range is not stated")
    if picture.has_transparency_data:
        rgba = picture.convert("RGBA")
        picture = Image.alpha_composite(Image.new("RGBA", rgba.size, "white"), rgba)
    return np.array(picture.convert("RGB"))


def _grey_from_16_bit(levels: np.ndarray) -> np.ndarray:
    wide = levels.astype(np.int64)
    if wide.min() < 0 or wide.max() > 65535:
        raise ValueError(f"integer pixels outside the 16-bit range: {wide.min()} to {wide.max()}")
    # 65535 / 255 = 257, so this is division with rounding.
    return ((wide + 128) // 257).astype(np.uint8)


