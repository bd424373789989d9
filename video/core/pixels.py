"""Conversion of pixels between 8 and 16 bits, and compositing on white."""

import numpy as np


def to_8_bits(values: np.ndarray) -> np.ndarray:
    """Return uint8 of uint8 or of integers in [0, 65535], rounded to the nearest level; any shape."""
    if values.dtype == np.uint8:
        return values
    # 65535 / 255 = 257, so this is division with rounding.
    return ((values.astype(np.uint32) + 128) // 257).astype(np.uint8)


def to_16_bits(values: np.ndarray) -> np.ndarray:
    """Return uint16 of uint8 or uint16, so that white stays white; any shape."""
    return values if values.dtype == np.uint16 else values.astype(np.uint16) * np.uint16(257)


def over_white(pixels: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """Composite pixels on white.

    Args:
        pixels: (height, width, channels), unsigned integers.
        alpha: (height, width), of the same type; its largest value is opaque.

    Returns:
        Pixels of the same shape and type.
    """
    white = np.iinfo(pixels.dtype).max
    opacity = alpha[..., np.newaxis] / np.float32(white)
    return np.rint(pixels * opacity + white * (1 - opacity)).astype(pixels.dtype)


def white_where_hidden(pixels: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """Return the pixels, white where alpha is 0.

    A file may hold any colour in transparent pixels. White is what a page shows there, and spares a network
    garbage.

    Args:
        pixels: (height, width, channels), unsigned integers.
        alpha: (height, width), of the same type.
    """
    if alpha.all():
        return pixels
    return np.where(alpha[..., np.newaxis] == 0, pixels.dtype.type(np.iinfo(pixels.dtype).max), pixels)
