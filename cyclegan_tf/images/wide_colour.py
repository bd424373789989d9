"""Colour pictures of 16 bits a channel, all of which count: Pillow would keep the high byte alone."""

from pathlib import Path

import numpy as np
from PIL import Image

from cyclegan_tf.images.levels import FULL_RANGE, to_levels
from cyclegan_tf.images.opening import orientation


def read_wide_colour(path: Path, picture: Image.Image, value_range: tuple[float, float]) -> np.ndarray:
    """Decode 16-bit RGB or RGBA, with alpha laid over white.

    Args:
        path: the file.
        picture: the same, opened and found in order, but not loaded.
        value_range: the values that become 0 and 255.

    Returns:
        uint8 RGB array (height, width, 3), upright.

    Raises:
        ValueError: as `decode_wide_colour`.
    """
    wide = decode_wide_colour(path, picture)
    rgb = to_levels(wide[..., :3], value_range)
    return _over_white(rgb, wide[..., 3:]) if wide.shape[-1] == 4 else rgb


def decode_wide_colour(path: Path, picture: Image.Image) -> np.ndarray:
    """Decode 16-bit RGB or RGBA as it is stored.

    Args:
        path: the file.
        picture: the same, opened and found in order, but not loaded.

    Returns:
        uint16 RGB or RGBA array (height, width, 3 or 4), upright.

    Raises:
        ValueError: another colour model, or damaged pixels.
    """
    # Slow to import, and rarely needed.
    import cv2

    wide = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_UNCHANGED)
    if wide is None or wide.dtype != np.uint16 or wide.ndim != 3:
        raise ValueError(f"16-bit {picture.mode} pixels, to which no range can be applied")
    places = [2, 1, 0, 3][: wide.shape[-1]]
    # OpenCV turns a TIFF itself; `orientation` leaves TIFF out for the same reason in Pillow.
    return np.ascontiguousarray(_upright(wide[..., places], orientation(picture)))


def _over_white(rgb: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    opacity = alpha / np.float32(FULL_RANGE[1])
    return np.rint(rgb * opacity + 255 * (1 - opacity)).astype(np.uint8)


def _upright(image: np.ndarray, number: int) -> np.ndarray:
    """Apply an EXIF orientation."""
    if number in (5, 6, 7, 8):
        image = image.swapaxes(0, 1)
    if number in (2, 3, 6, 7):
        image = image[:, ::-1]
    if number in (3, 4, 7, 8):
        image = image[::-1]
    return image
