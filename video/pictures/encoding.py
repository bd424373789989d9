"""Encoding of pixels as PNG, JPEG, WebP or TIFF.

Every function takes RGB or RGBA, (height, width, 3 or 4), uint8 or, for PNG and TIFF, also uint16; and one of
`video.core.options.QUALITIES`. PNG and TIFF are always lossless; their quality only decides how long a
smaller file may take.
"""

import io
from typing import Any

import numpy as np
from PIL import Image

from video.core.pixels import over_white

_PNG_EFFORT, _PNG_EFFORT_SMALL = 6, 9
_TIFF_LZW, _TIFF_DEFLATE = 5, 8
_JPEG_QUALITY = {"lossless": 100, "high": 95, "good": 88, "small": 75}
WEBP_OPTIONS: dict[str, dict[str, Any]] = {
    "lossless": {"lossless": True, "exact": True},
    "high": {"quality": 92},
    "good": {"quality": 80},
    "small": {"quality": 60},
}


def encode_png(pixels: np.ndarray, quality: str) -> bytes:
    """Return a PNG."""
    effort = _PNG_EFFORT_SMALL if quality == "small" else _PNG_EFFORT
    return _encode_by_opencv(".png", pixels, "PNG_COMPRESSION", effort)


def encode_tiff(pixels: np.ndarray, quality: str) -> bytes:
    """Return a TIFF."""
    kind = _TIFF_DEFLATE if quality == "small" else _TIFF_LZW
    return _encode_by_opencv(".tiff", pixels, "TIFF_COMPRESSION", kind)


def encode_webp(pixels: np.ndarray, quality: str) -> bytes:
    """Return a WebP, lossless when the quality says so."""
    return encode_by_pillow(pixels, "WEBP", **WEBP_OPTIONS[quality])


def encode_jpeg(pixels: np.ndarray, quality: str) -> bytes:
    """Return a JPEG; transparent pixels are composited on white."""
    if pixels.shape[2] == 4:
        pixels = over_white(pixels[..., :3], pixels[..., 3])
    # Subsampled chroma is visible at colour edges before other artefacts are.
    sampling = "4:2:0" if quality in ("good", "small") else "4:4:4"
    return encode_by_pillow(pixels, "JPEG", quality=_JPEG_QUALITY[quality], subsampling=sampling)


def encode_by_pillow(pixels: np.ndarray, kind: str, **options) -> bytes:
    """Return grey, RGB or RGBA of 8 bits as a file of any kind that Pillow writes.

    Args:
        pixels: uint8 (height, width, 1, 3 or 4), or uint16 (height, width, 1) for PNG.
        kind: Pillow's name of the format.
        options: as of Pillow's `save`.
    """
    buffer = io.BytesIO()
    Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels).save(buffer, kind, **options)
    return buffer.getvalue()


def _encode_by_opencv(suffix: str, pixels: np.ndarray, option: str, value: int) -> bytes:
    # Slow to import. It writes 16-bit colour, which Pillow does not.
    import cv2

    order = cv2.COLOR_RGBA2BGRA if pixels.shape[2] == 4 else cv2.COLOR_RGB2BGR
    options = (getattr(cv2, f"IMWRITE_{option}"), value)
    return cv2.imencode(suffix, cv2.cvtColor(pixels, order), options)[1].tobytes()
