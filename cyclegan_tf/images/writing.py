"""Translated pictures as files, with alpha, EXIF and colour profile, written whole or not at all."""

import io
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import imageio.v3 as imageio
import numpy as np

from cyclegan_tf.errors import OutputError
from cyclegan_tf.images.tiff import tiff_bytes
from video.core.files import write_atomic
from video.core.pixels import over_white, to_8_bits, to_16_bits
from video.pictures.encoding import encode_png
from video.pictures.png import png_chunk

QUALITY = 95
_PNG_START = 33  # The signature and the IHDR chunk.
_JPEG_SEGMENT_BYTES = 2**16 - 3  # Two bytes of the segment are its length.
_CHUNK_BYTES = 2**31 - 1


@dataclass(frozen=True)
class Output:
    """A picture to be written.

    Attributes:
        pixels: (height, width, channels) of integers or floats.
        alpha: uint8 or uint16 (height, width), or None.
        profile: a colour profile (ICC) of grey or RGB, or None.
        exif: as of `exif.descriptive_exif`, or None.
    """

    pixels: np.ndarray
    alpha: np.ndarray | None = None
    profile: bytes | None = None
    exif: bytes | None = None


@dataclass(frozen=True)
class Format:
    """What a format holds.

    Attributes:
        encode: from an Output that fits the format to the bytes of a file.
        dtypes: number types it holds.
        has_alpha: whether it holds alpha.
        any_channels: whether it holds other pixels than grey and RGB.
        most_exif_bytes: how many bytes of EXIF it holds.
    """

    encode: Callable[[Output], bytes]
    dtypes: tuple = (np.uint8,)
    has_alpha: bool = False
    any_channels: bool = False
    most_exif_bytes: int = 0


def storable_dtype(suffix: str, dtype: np.dtype) -> np.dtype:
    """Return a number type if a format holds it, or else the nearest: uint16 or uint8."""
    dtypes = FORMATS[suffix].dtypes
    if dtype in dtypes:
        return np.dtype(dtype)
    return np.dtype(np.uint16 if np.uint16 in dtypes else np.uint8)


def fit(output: Output, suffix: str) -> tuple[Output, list[str]]:
    """Make a picture fit a format.

    Args:
        output: the picture, of a number type that is `storable_dtype`.
        suffix: of the format, one of FORMATS.

    Returns:
        The picture as it can be written, and what had to be left out.
    """
    kind, lost = FORMATS[suffix], []
    if output.alpha is not None and not kind.has_alpha:
        lost.append("alpha was composited on white")
        alpha = _as_levels(output.alpha, output.pixels.dtype)
        output = replace(output, pixels=over_white(output.pixels, alpha), alpha=None)
    if output.alpha is not None and output.pixels.shape[-1] == 1 and output.pixels.dtype != np.uint8:
        # Few programs read 16-bit grey with alpha.
        output = replace(output, pixels=np.repeat(output.pixels, 3, axis=-1))
    expected = {1: b"GRAY", 3: b"RGB "}.get(output.pixels.shape[-1])
    if output.profile and output.profile[16:20] != expected:
        lost.append("the colour profile was of another colour model")
        output = replace(output, profile=None)
    if output.exif and len(output.exif) > kind.most_exif_bytes:
        lost.append("EXIF was left out")
        output = replace(output, exif=None)
    return output, lost


def write_output(path: Path, output: Output) -> list[str]:
    """Write a picture in the format of the path's suffix, whole or not at all.

    Returns:
        What the format could not hold.

    Raises:
        OutputError: if it cannot be written.
    """
    fitting, lost = fit(output, path.suffix.lower())
    try:
        data = FORMATS[path.suffix.lower()].encode(fitting)
    except (ValueError, OSError, struct.error) as error:
        height, width, _ = output.pixels.shape
        raise OutputError(
            f"cannot write the picture: {path}",
            detail=f"{width}x{height} pixels as {path.suffix}: {error}",
            fix="choose another format with --format png or --format tif",
        ) from error
    with write_atomic(path, size_bytes=len(data)) as file:
        file.write(data)
    return lost


def _encode_png(output: Output) -> bytes:
    pixels = _with_alpha(output)
    if pixels.dtype == np.uint8 or pixels.shape[-1] == 1:
        return _encode_still(output, ".png")
    data = encode_png(pixels, "high")
    chunks = b""
    if output.profile:
        chunks += png_chunk(b"iCCP", b"ICC profile\0\0" + zlib.compress(output.profile))
    if output.exif:
        chunks += png_chunk(b"eXIf", output.exif.removeprefix(b"Exif\0\0"))
    return data[:_PNG_START] + chunks + data[_PNG_START:]


def _encode_tiff(output: Output) -> bytes:
    return tiff_bytes(_with_alpha(output), has_alpha=output.alpha is not None, profile=output.profile)


def _encode_npy(output: Output) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, output.pixels, allow_pickle=False)
    return buffer.getvalue()


def _encode_still(output: Output, suffix: str, **options: Any) -> bytes:
    pixels = _with_alpha(output)
    if output.exif:
        options["exif"] = output.exif
    pixels = pixels[..., 0] if pixels.shape[-1] == 1 else pixels
    return imageio.imwrite("<bytes>", pixels, extension=suffix, icc_profile=output.profile, **options)


def _with_alpha(output: Output) -> np.ndarray:
    if output.alpha is None:
        return output.pixels
    alpha = _as_levels(output.alpha, output.pixels.dtype)
    return np.concatenate([output.pixels, alpha[..., np.newaxis]], axis=-1)


def _as_levels(alpha: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """Return alpha of uint8 or uint16 in the number type of the pixels beside it."""
    if alpha.dtype == dtype:
        return alpha
    return to_8_bits(alpha) if dtype == np.uint8 else to_16_bits(alpha).astype(dtype)


# Chroma is not subsampled: the edges of a generated picture are sharper than a camera's.
_JPEG = Format(
    lambda output: _encode_still(output, ".jpg", quality=QUALITY, subsampling=0),
    most_exif_bytes=_JPEG_SEGMENT_BYTES,
)
_WEBP = Format(
    lambda output: _encode_still(output, ".webp", quality=QUALITY),
    has_alpha=True,
    most_exif_bytes=_CHUNK_BYTES,
)
_NUMBERS = (np.uint8, np.int8, np.uint16, np.int16, np.uint32, np.int32, np.float32, np.float64)
_TIFF = Format(_encode_tiff, _NUMBERS, has_alpha=True, any_channels=True)
FORMATS: dict[str, Format] = {
    ".png": Format(_encode_png, (np.uint8, np.uint16), has_alpha=True, most_exif_bytes=_CHUNK_BYTES),
    ".jpg": _JPEG,
    ".jpeg": _JPEG,
    ".webp": _WEBP,
    ".bmp": Format(lambda output: _encode_still(output, ".bmp")),
    ".tif": _TIFF,
    ".tiff": _TIFF,
    ".npy": Format(_encode_npy, (*_NUMBERS, np.float16), any_channels=True),
}
