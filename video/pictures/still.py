"""Decoding of a still picture, from the bytes of its file to upright pixels."""

from io import BytesIO

import cv2
import numpy as np
from PIL import Image

from video.core.frames import upright
from video.pictures.png import BadPicture, png_chunks
from video.pictures.still_header import FORMATS, Header

# Orientation (EXIF 2.32, 4.6.4) -> display matrix as in `video.core.frames.upright`.
_MATRICES = {
    2: (-1, 0, 0, 1),
    3: (-1, 0, 0, -1),
    4: (1, 0, 0, -1),
    5: (0, 1, 1, 0),
    6: (0, 1, -1, 0),
    7: (0, -1, -1, 0),
    8: (0, -1, 1, 0),
}
_TO_RGB = {3: [2, 1, 0], 4: [2, 1, 0, 3]}


def decode(data: bytes, header: Header) -> np.ndarray:
    """Decode a whole file, upright.

    Args:
        data: the file.
        header: from `video.pictures.still_header.read_header`.

    Returns:
        RGB or, when the header has alpha, RGBA: (height, width, 3 or 4), uint8, or uint16 at 16 bits.

    Raises:
        BadPicture: the data are damaged.
    """
    if header.format == "PNG":
        for _ in png_chunks(data):
            pass
    if header.depth not in (8, 16):
        raise BadPicture(f"expected 8 or 16 bits a sample; found {header.depth}")
    if header.depth == 16:
        if header.format == "TIFF":
            # Pillow keeps 8 of the 16 bits, but it detects damage without printing as OpenCV does.
            _decode_8_bits(data, "RGB")
        pixels = _as_colour(decode_16_bits(data, header.orientation), has_alpha=header.has_alpha)
    else:
        stored = _decode_8_bits(data, "RGBA" if header.has_alpha else "RGB")
        pixels = upright(stored, _MATRICES.get(header.orientation))
    if pixels.shape[:2] != (header.height, header.width):
        height, width = pixels.shape[:2]
        raise BadPicture(f"expected {header.width}x{header.height}; found {width}x{height}")
    return pixels


def decode_16_bits(data: bytes, orientation: int) -> np.ndarray:
    """Decode all 16 bits per sample: Pillow keeps only the high byte of colour.

    Args:
        data: a whole PNG or TIFF.
        orientation: of EXIF, to apply.

    Returns:
        uint16 (height, width, channels), upright: grey or RGB, and alpha if there is any.

    Raises:
        BadPicture: other samples, or damaged ones.
    """
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if pixels is None or pixels.dtype != np.uint16:
        raise BadPicture("its 16-bit samples are of an unknown kind")
    pixels = pixels[..., np.newaxis] if pixels.ndim == 2 else pixels
    pixels = pixels[..., _TO_RGB.get(pixels.shape[-1], slice(None))]
    return np.ascontiguousarray(upright(pixels, _MATRICES.get(orientation)))


def _decode_8_bits(data: bytes, mode: str) -> np.ndarray:
    try:
        with Image.open(BytesIO(data), formats=FORMATS) as picture:
            return np.array(picture.convert(mode))
    except Exception as error:
        # Damaged files raise OSError, SyntaxError, ValueError, struct.error ... depending on the format.
        raise BadPicture(str(error).splitlines()[0] if str(error) else type(error).__name__) from error


def _as_colour(pixels: np.ndarray, *, has_alpha: bool) -> np.ndarray:
    stores_alpha = pixels.shape[2] in (2, 4)
    colour = pixels[..., :-1] if stores_alpha else pixels
    rgb = np.repeat(colour, 3, axis=2) if colour.shape[2] == 1 else colour
    alpha = pixels[..., -1:] if stores_alpha else np.full_like(pixels[..., :1], 65535)
    return np.concatenate([rgb, alpha], axis=2) if has_alpha else np.ascontiguousarray(rgb)
