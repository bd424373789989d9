"""One still picture, from the bytes of its file to RGB."""

import zlib
from collections.abc import Iterator

import cv2
import imageio.v3 as imageio
import numpy as np

from video.core.frames import upright
from video.pictures.still_header import PNG_SIGNATURE, BadPicture, Header

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


def decode(data: bytes, header: Header) -> np.ndarray:
    """Decodes a whole file, upright.

    Args:
        data: the file.
        header: what `video.pictures.still_header.read_header` said of it.

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
    matrix = _MATRICES.get(header.orientation)
    if header.depth == 16:
        pixels = upright(_decode_16_bit(data, header), matrix)
    else:
        pixels = _decode_8_bit(data, "RGBA" if header.has_alpha else "RGB")
        # Pillow turns a TIFF itself.
        pixels = pixels if header.format == "TIFF" else upright(pixels, matrix)
    if pixels.shape[:2] != (header.height, header.width):
        height, width = pixels.shape[:2]
        raise BadPicture(f"expected {header.width}x{header.height}; found {width}x{height}")
    return pixels


def _decode_8_bit(data: bytes, mode: str) -> np.ndarray:
    try:
        return imageio.imread(data, plugin="pillow", index=0, mode=mode)
    except Exception as error:
        # Damaged files raise OSError, SyntaxError, ValueError, struct.error ... depending on the format.
        raise BadPicture(str(error).splitlines()[0] if str(error) else type(error).__name__) from error


def _decode_16_bit(data: bytes, header: Header) -> np.ndarray:
    if header.format == "TIFF":
        # Pillow keeps 8 of the 16 bits, but it notices damage without OpenCV's talk.
        _decode_8_bit(data, "RGB")
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if pixels is None or pixels.dtype != np.uint16:
        raise BadPicture(f"its 16-bit samples are of a kind of {header.format} that is not known")
    colour = pixels[..., None] if pixels.ndim == 2 else pixels
    has_alpha = colour.shape[2] in (2, 4)
    alpha = colour[..., -1:] if has_alpha else np.full_like(colour[..., :1], 65535)
    stored = colour[..., :-1] if has_alpha else colour
    rgb = np.repeat(stored, 3, axis=2) if stored.shape[2] == 1 else stored[..., ::-1]
    return np.concatenate([rgb, alpha], axis=2) if header.has_alpha else np.ascontiguousarray(rgb)


def png_chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yields (kind, content) of every chunk of a PNG; raises BadPicture at a checksum that is wrong.

    The decoders skip the checksums of the pixels, and do not miss the end.
    """
    position, kind = len(PNG_SIGNATURE), b""
    while kind != b"IEND":
        length, kind = int.from_bytes(data[position : position + 4]), data[position + 4 : position + 8]
        content = data[position + 8 : position + 8 + length]
        stored = data[position + 8 + length : position + 12 + length]
        if len(stored) < 4:
            raise BadPicture(f"its data end at byte {len(data)}")
        if zlib.crc32(kind + content) != int.from_bytes(stored):
            raise BadPicture(f"the checksum of its data at byte {position} is wrong")
        yield kind, content
        position += 12 + length
