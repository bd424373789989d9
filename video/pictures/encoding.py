"""Pixels to the bytes of a PNG, JPEG, WebP or TIFF.

Every function takes RGB or RGBA, (height, width, 3 or 4), uint8 or, for PNG and TIFF, also uint16; and one of
`video.core.options.QUALITIES`. PNG and TIFF are always lossless; their quality only decides how much time a
smaller file may take.
"""

import cv2
import imageio.v3 as imageio
import numpy as np

_PNG_EFFORT, _PNG_EFFORT_SMALL = 6, 9
_TIFF_LZW, _TIFF_DEFLATE = 5, 8
_JPEG_QUALITY = {"lossless": 100, "high": 95, "good": 88, "small": 75}
_WEBP_OPTIONS = {
    "lossless": {"lossless": True, "exact": True},
    "high": {"quality": 92},
    "good": {"quality": 80},
    "small": {"quality": 60},
}
_WHITE = 255


def encode_png(pixels: np.ndarray, quality: str) -> bytes:
    """Returns a PNG."""
    effort = _PNG_EFFORT_SMALL if quality == "small" else _PNG_EFFORT
    return _encoded(".png", pixels, cv2.IMWRITE_PNG_COMPRESSION, effort)


def encode_tiff(pixels: np.ndarray, quality: str) -> bytes:
    """Returns a TIFF."""
    kind = _TIFF_DEFLATE if quality == "small" else _TIFF_LZW
    return _encoded(".tiff", pixels, cv2.IMWRITE_TIFF_COMPRESSION, kind)


def encode_webp(pixels: np.ndarray, quality: str) -> bytes:
    """Returns a WebP, lossless when the quality says so."""
    return imageio.imwrite("<bytes>", pixels, extension=".webp", plugin="pillow", **_WEBP_OPTIONS[quality])


def encode_jpeg(pixels: np.ndarray, quality: str) -> bytes:
    """Returns a JPEG; what is transparent is laid over white."""
    if pixels.shape[2] == 4:
        weight = pixels[..., 3:].astype(np.float32) / 255
        pixels = np.rint(pixels[..., :3] * weight + _WHITE * (1 - weight)).astype(np.uint8)
    # Halved chroma shows at edges of colour long before the rest of the compression does.
    sampling = cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444
    if quality in ("good", "small"):
        sampling = cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420
    options = (cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY[quality], cv2.IMWRITE_JPEG_SAMPLING_FACTOR, sampling)
    return _encoded(".jpg", pixels, *options)


def _encoded(suffix: str, pixels: np.ndarray, *options: int) -> bytes:
    order = cv2.COLOR_RGBA2BGRA if pixels.shape[2] == 4 else cv2.COLOR_RGB2BGR
    return cv2.imencode(suffix, cv2.cvtColor(pixels, order), options)[1].tobytes()
