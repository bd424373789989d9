"""Conversion between decoded pictures and the frames of a clip: transparency and high bit depth."""

import numpy as np

from video.core.colour_codes import LIMITED, Colour
from video.core.frames import Picture
from video.core.pixels import to_8_bits, to_16_bits, white_where_hidden

# Pictures are sRGB, which has the primaries of BT.709; RGB has no matrix, so BT.709 is used too.
PICTURE_COLOUR = Colour(1, LIMITED, 1, 1)


def as_picture(pixels: np.ndarray, *, has_alpha: bool, keeps_depth: bool) -> Picture:
    """Make a frame's picture of decoded pixels; fully transparent ones become white.

    Args:
        pixels: uint8 or uint16, (height, width, 3 or 4).
        has_alpha: whether the result has alpha; 255 everywhere when the pixels have none.
        keeps_depth: whether the result has a residual.
    """
    opaque = np.iinfo(pixels.dtype).max
    rgb, alpha = pixels[..., :3], pixels[..., 3] if pixels.shape[2] == 4 else None
    if alpha is not None:
        rgb = white_where_hidden(rgb, alpha)
    if alpha is None and has_alpha:
        alpha = np.full(pixels.shape[:2], opaque, pixels.dtype)
    eight = to_8_bits(rgb)
    residual = None
    if keeps_depth:
        exact = to_16_bits(rgb).astype(np.int32)
        residual = (exact - eight.astype(np.int32) * 257).astype(np.int16)
    return Picture(
        np.ascontiguousarray(eight),
        np.ascontiguousarray(to_8_bits(alpha)) if has_alpha else None,
        residual,
    )


def _in_16_bits(picture: Picture) -> np.ndarray:
    """Return a picture's RGB with its residual: uint16, (height, width, 3)."""
    exact = picture.pixels.astype(np.int32) * 257
    if picture.residual is not None:
        exact = np.clip(exact + picture.residual, 0, 65535)
    return exact.astype(np.uint16)


def with_alpha(picture: Picture, *, is_deep: bool) -> np.ndarray:
    """Return RGB, or RGBA when the picture has alpha: (height, width, 3 or 4), uint8, or uint16 if deep."""
    rgb = _in_16_bits(picture) if is_deep else picture.pixels
    if picture.alpha is None:
        return rgb
    alpha = to_16_bits(picture.alpha) if is_deep else picture.alpha
    return np.dstack([rgb, alpha])
