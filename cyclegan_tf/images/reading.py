"""The one way in and out for pictures: training, evaluation and translation all decode here.

Pixels are uint8 in [0, 255], shape (height, width, channels), RGB unless a name says otherwise; networks see
float32 in [-1, 1].
"""

from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageOps

from cyclegan_tf.errors import DivergedError, OutputError, UsageError
from cyclegan_tf.images.bands import bands_shape, is_npy, is_tiff, read_bands
from cyclegan_tf.images.levels import to_levels
from cyclegan_tf.images.opening import (
    as_data_errors,
    check_num_pixels,
    is_16_bit,
    mode_name,
    open_picture,
    orientation,
)
from cyclegan_tf.images.wide_colour import read_wide_colour

MAX_PIXELS = 100_000_000
_WRITERS = {
    ".png": {},
    ".jpg": {"quality": 95},
    ".jpeg": {"quality": 95},
    ".webp": {"quality": 95},
    ".bmp": {},
}


class ImageHeader(NamedTuple):
    """What a picture is before its pixels are decoded.

    Attributes:
        size: (height, width) of the upright picture, in pixels.
        mode: what it stores: RGB, grey, 16-bit, CMYK, palette, alpha, 1-bit, float, or a number of channels.
    """

    size: tuple[int, int]
    mode: str


def read_image(
    path: str | Path,
    *,
    max_pixels: int = MAX_PIXELS,
    channels: int = 3,
    value_range: tuple[float, float] | None = None,
) -> np.ndarray:
    """Decode a still picture to upright pixels of the asked channels.

    The EXIF orientation is applied. One channel is the luminance (ITU-R BT.601), three are RGB: whatever the
    file's colour model, with alpha laid over white. Any other number comes from a file that has just so many:
    a TIFF, a NumPy array (height, width, channels), or a PNG with alpha, which is then a channel like the
    others. 16-bit grey is scaled so that 65535 becomes 255 (16-bit colour is reduced to its high byte, at
    most one level lower), or by the stated range. The content decides the format, not the suffix.

    Args:
        path: a JPEG, PNG, WebP, BMP, TIFF, single-frame GIF or .npy file.
        max_pixels: width times height above which the file is refused before a pixel is decoded. Pillow adds
            its own limit of 178,956,970.
        channels: of the result.
        value_range: the values of 16-bit and float pixels that become 0 and 255; 8-bit pixels stay as they
            are.

    Returns:
        uint8 array (height, width, channels).

    Raises:
        DataError: the file is missing, not a picture, damaged, animated, too large, of other channels, or of
            floats whose range is not stated.
    """
    path = Path(path)
    with as_data_errors(path, max_pixels):
        if _is_bands(path, channels):
            check_num_pixels(path, bands_shape(path)[:2], max_pixels)
            return read_bands(path, channels, value_range)
    with open_picture(path, max_pixels) as picture:
        if channels not in (1, 3):
            return _own_bands(picture, channels)
        rgb = _to_rgb(picture, path, value_range)
    # Pillow's luminance of equal channels is just that channel.
    return rgb if channels == 3 else np.array(Image.fromarray(rgb).convert("L"))[..., np.newaxis]


def image_header(path: str | Path, *, max_pixels: int = MAX_PIXELS, channels: int = 3) -> ImageHeader:
    """Read the header alone.

    A PNG that states its orientation after the pixels is measured as stored: the header does not know.

    Raises:
        DataError: as `read_image`, for everything that the header shows.
    """
    path = Path(path)
    with as_data_errors(path, max_pixels):
        if _is_bands(path, channels):
            height, width, found = bands_shape(path)
            check_num_pixels(path, (height, width), max_pixels)
            return ImageHeader((height, width), f"{found} channel{'s' * (found != 1)}")
    with open_picture(path, max_pixels, whole_file=False) as picture:
        width, height = picture.size
        on_its_side = orientation(picture) in (5, 6, 7, 8)
        return ImageHeader((width, height) if on_its_side else (height, width), mode_name(picture))


def image_size(path: str | Path, *, max_pixels: int = MAX_PIXELS, channels: int = 3) -> tuple[int, int]:
    """Read the header alone and return (height, width) of the upright picture, in pixels.

    Raises:
        DataError: as `image_header`.
    """
    return image_header(path, max_pixels=max_pixels, channels=channels).size


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


def _is_bands(path: Path, channels: int) -> bool:
    return is_npy(path) or (channels not in (1, 3) and is_tiff(path))


def _own_bands(picture: Image.Image, channels: int) -> np.ndarray:
    found = len(picture.getbands())
    if found != channels or picture.mode == "P" or is_16_bit(picture):
        raise ValueError(
            f"{mode_name(picture)} pixels of {found} channels where {channels} are configured; "
            "set data.channels_a or data.channels_b"
        )
    return np.array(ImageOps.exif_transpose(picture))


def _to_rgb(picture: Image.Image, path: Path, value_range: tuple[float, float] | None) -> np.ndarray:
    is_colour = picture.mode in ("RGB", "RGBA", "LA", "CMYK")
    if value_range is not None and is_colour and is_16_bit(picture):
        return read_wide_colour(path, picture, value_range)
    picture.load()
    picture = ImageOps.exif_transpose(picture)
    if picture.mode.startswith("I") or picture.mode == "F":
        grey = to_levels(np.asarray(picture), value_range)
        return np.repeat(grey[..., np.newaxis], 3, axis=-1)
    if picture.has_transparency_data:
        rgba = picture.convert("RGBA")
        picture = Image.alpha_composite(Image.new("RGBA", rgba.size, "white"), rgba)
    return np.array(picture.convert("RGB"))
