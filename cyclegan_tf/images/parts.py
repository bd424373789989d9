"""Pictures with what bypasses the network: alpha, EXIF, the colour profile, the number type of the pixels."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageOps

from cyclegan_tf.images.bands import bands_profile, bands_size, read_values
from cyclegan_tf.images.exif import descriptive_exif
from cyclegan_tf.images.levels import Range, to_wide
from cyclegan_tf.images.opening import as_data_errors, check_num_pixels, open_picture
from cyclegan_tf.images.profiles import Profile, as_srgb, foreign, foreign_profile, srgb_profile
from cyclegan_tf.images.reading import (
    decode_bands,
    decode_picture,
    decode_wide_colour,
    decode_wide_grey,
    has_bands,
    key_alpha,
)
from cyclegan_tf.images.sizes import MAX_PIXELS
from video.core.pixels import to_8_bits, white_where_hidden
from video.pictures.still_header import is_16_bit

_LUMINANCE = (0.299, 0.587, 0.114)


@dataclass(frozen=True)
class PictureParts:
    """A decoded picture.

    Attributes:
        pixels: upright, as the network takes them: uint8 or uint16 (height, width, channels).
        alpha: (height, width) of the same type, or None where all is opaque.
        profile: the colour profile (ICC), or None.
        exif: what describes the picture, or None; see `descriptive_exif`.
        dtype: what the file stores, such as uint8, uint16 or float32.
    """

    pixels: np.ndarray
    alpha: np.ndarray | None
    profile: bytes | None
    dtype: np.dtype
    exif: bytes | None = None
    lost: tuple[str, ...] = ()


def read_parts(
    path: Path,
    *,
    channels: int = 3,
    value_range: Range | None = None,
    keep_depth: bool = True,
    max_pixels: int = MAX_PIXELS,
) -> PictureParts:
    """Decode a picture for a translation.

    As `images.read_image`, but alpha is not composited on white: it is kept, colours stay as they are, and
    the network sees white where a pixel is fully transparent. 8-bit colours of another profile become sRGB,
    and the profile that of sRGB.

    Args:
        path: the file.
        channels: of the network's input.
        value_range: the values of 16-bit and float pixels that become black and white.
        keep_depth: give pixels wider than 8 bits as uint16, else as uint8.
        max_pixels: see `read_image`.

    Raises:
        DataError: as `read_image`.
    """
    with as_data_errors(path):
        bands = has_bands(path, channels)
    if bands:
        parts = _bands_parts(path, channels, value_range, max_pixels)
        return parts if keep_depth else _in_8_bits(parts)
    with open_picture(path, max_pixels) as picture:
        lost, exif = tuple(_lost(picture, path)), descriptive_exif(picture)
        parts = replace(_parts(path, picture, channels, value_range), exif=exif)
        parts = replace(parts, lost=(*lost, *parts.lost))
        return parts if keep_depth else _in_8_bits(parts)


def _parts(path: Path, picture: Image.Image, channels: int, value_range: Range | None) -> PictureParts:
    other, profile = foreign_profile(picture), picture.info.get("icc_profile")
    if channels not in (1, 3):
        values = decode_bands(picture, path, channels)
        return PictureParts(_levels(values, value_range), None, profile, values.dtype)
    if (is_16_bit(picture) or picture.mode == "F") and picture.mode != "CMYK":
        return _taken_as_srgb(_wide_parts(path, picture, channels, value_range), other)
    if other is not None:
        profile = srgb_profile()
    if picture.has_transparency_data:
        upright = as_srgb(ImageOps.exif_transpose(picture))
        rgb, alpha = _visible(np.array(upright.convert("RGBA")))
        return PictureParts(_as_channels(rgb, channels), alpha, profile, rgb.dtype)
    pixels = decode_picture(picture, path, channels, value_range)
    return PictureParts(pixels, None, profile, pixels.dtype)


def _lost(picture: Any, path: Path) -> Iterator[str]:
    """Yield what a file holds beside the picture that is read."""
    if picture.format == "MPO" and picture.n_frames > 1:
        yield f"the first of the file's {picture.n_frames} pictures was taken"
    if picture.format == "BMP" and any(tile.args[0] == "BGRX" for tile in picture.tile):
        tile = picture.tile[0]
        width, height = picture.size
        # Rows of four bytes a pixel have no padding.
        fourth = np.memmap(path, np.uint8, "r", tile.offset, (height, width, 4))[..., 3]
        if fourth.min() != fourth.max():
            yield "the fourth byte of the pixels, which BMP does not define as alpha, was left out"


def _bands_parts(path: Path, channels: int, value_range: Range | None, max_pixels: int) -> PictureParts:
    with as_data_errors(path):
        check_num_pixels(path, bands_size(path, channels), max_pixels)
        # A copy, so that a mapped file is closed.
        values, profile = np.array(read_values(path, channels)), bands_profile(path)
        parts = PictureParts(_levels(values, value_range), None, profile, values.dtype)
    return _taken_as_srgb(parts, foreign(profile)) if channels == 3 else parts


def _wide_parts(path: Path, picture: Image.Image, channels: int, value_range: Range | None) -> PictureParts:
    profile = picture.info.get("icc_profile")
    if picture.mode in ("RGB", "RGBA", "LA"):
        rgb, alpha = _visible(decode_wide_colour(picture, path))
        pixels = _as_channels(to_wide(rgb, value_range), channels)
        return PictureParts(pixels, alpha, profile, rgb.dtype)
    values = decode_wide_grey(picture)
    grey, alpha = to_wide(values, value_range)[..., np.newaxis], key_alpha(picture, values)
    if alpha is not None:
        grey = white_where_hidden(grey, alpha)
    return PictureParts(np.repeat(grey, channels, axis=-1), alpha, profile, values.dtype)


def _levels(values: np.ndarray, value_range: Range | None) -> np.ndarray:
    return values if values.dtype == np.uint8 else to_wide(values, value_range)


def _taken_as_srgb(parts: PictureParts, other: Profile | None) -> PictureParts:
    if other is None:
        return parts
    depth = "float" if parts.dtype.kind == "f" else f"{8 * parts.dtype.itemsize}-bit"
    return replace(parts, lost=(f"{depth} colours of {other.name} were taken as those of sRGB",))


def _in_8_bits(parts: PictureParts) -> PictureParts:
    alpha = None if parts.alpha is None else to_8_bits(parts.alpha)
    return replace(parts, pixels=to_8_bits(parts.pixels), alpha=alpha)


def _visible(rgba: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
    """Return the colours, white where fully transparent, and alpha if there is any."""
    rgb, alpha = rgba[..., :3], rgba[..., 3:]
    if (alpha == np.iinfo(rgba.dtype).max).all():
        return rgb, None
    return white_where_hidden(rgb, alpha[..., 0]), alpha[..., 0]


def _as_channels(rgb: np.ndarray, channels: int) -> np.ndarray:
    """Return RGB, or its luminance (ITU-R BT.601) if one channel is asked for."""
    if channels == 3:
        return np.ascontiguousarray(rgb)
    return np.rint(rgb @ np.array(_LUMINANCE)).astype(rgb.dtype)[..., np.newaxis]
