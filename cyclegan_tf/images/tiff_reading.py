"""TIFF files of any number of bands, as satellites and microscopes write them; Pillow reads up to four.

Read are strips and tiles, bands side by side or one after the other, uncompressed or deflated, with or
without horizontal differences (TIFF 6.0, sections 3, 14 and 15; deflate as in Adobe's TIFF Technical Notes of
2002).
"""

import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import TiffImagePlugin

MAGICS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")

_WIDTH, _HEIGHT, _BITS, _COMPRESSION, _BANDS = 256, 257, 258, 259, 277
_STRIPS, _ROWS_PER_STRIP, _STRIP_BYTES = 273, 278, 279
_TILE_WIDTH, _TILE_HEIGHT, _TILES, _TILE_BYTES = 322, 323, 324, 325
_PLANAR, _PREDICTOR, _SAMPLE_FORMAT = 284, 317, 339
_UNCOMPRESSED, _DEFLATE = 1, (8, 32946)
_SAMPLE_KINDS = {1: "u", 2: "i", 3: "f"}


@dataclass(frozen=True)
class TiffBands:
    """What the directory of a TIFF says about its pixels.

    Attributes:
        height: of the picture, in pixels.
        width: of the picture, in pixels.
        num_bands: values of a pixel.
        dtype: of a value, in the byte order of the file.
        block: (height, width) of a strip or tile, in pixels.
        places: (offset, size) of every block, in bytes.
        is_planar: whether a block holds one band instead of all.
        is_deflated: whether blocks are compressed.
        is_differenced: whether a value is stored as the difference to its left neighbour's.
    """

    height: int
    width: int
    num_bands: int
    dtype: np.dtype
    block: tuple[int, int]
    places: tuple[tuple[int, int], ...]
    is_planar: bool
    is_deflated: bool
    is_differenced: bool


def tiff_header(path: Path) -> TiffBands:
    """Read the first directory of a TIFF, and no pixel.

    Raises:
        ValueError: a directory that is damaged, or describes what is not read here.
        OSError: the file cannot be read.
    """
    with path.open("rb") as file:
        start = file.read(8)
        if start[:4] in MAGICS[2:]:
            start += file.read(8)
        tags = TiffImagePlugin.ImageFileDirectory_v2(start)
        file.seek(tags.next)
        tags.load(file)
    return _header(tags, "<" if start[:2] == b"II" else ">")


def read_tiff_bands(path: Path, header: TiffBands) -> np.ndarray:
    """Read the pixels that `tiff_header` found.

    Returns:
        Array (height, width, num_bands) of the file's own number type.

    Raises:
        ValueError: missing or damaged pixels.
    """
    block_height, block_width = header.block
    rows, columns = -(-header.height // block_height), -(-header.width // block_width)
    bands_per_block = 1 if header.is_planar else header.num_bands
    pixels = np.empty((header.height, header.width, header.num_bands), header.dtype.newbyteorder("="))
    with path.open("rb") as file:
        for number, place in enumerate(header.places):
            plane, position = divmod(number, rows * columns)
            top, left = (position // columns * block_height, position % columns * block_width)
            target = pixels[top : top + block_height, left : left + block_width]
            target = target[..., plane : plane + bands_per_block]
            # The last strip ends with the picture; tiles are always whole.
            is_strip = block_width == header.width
            height = target.shape[0] if is_strip else block_height
            block = _read_block(file, place, (height, block_width, bands_per_block), header)
            target[:] = block[: target.shape[0], : target.shape[1]]
    return pixels


def _read_block(file: BinaryIO, place: tuple[int, int], shape: tuple, header: TiffBands) -> np.ndarray:
    offset, size = place
    expected = int(np.prod(shape)) * header.dtype.itemsize
    file.seek(offset)
    # A block cannot be longer than its pixels by more than deflate's few bytes in 16 KiB.
    data = file.read(min(size, expected + expected // 1000 + 64))
    if header.is_deflated:
        data = zlib.decompressobj().decompress(data, expected)
    if len(data) < expected:
        raise ValueError(f"a truncated file: {len(data)} of {expected} bytes in the block at {offset}")
    block = np.frombuffer(data[:expected], header.dtype).reshape(shape).astype(header.dtype.newbyteorder("="))
    return np.cumsum(block, axis=1, dtype=block.dtype) if header.is_differenced else block


def _header(tags, byte_order: str) -> TiffBands:
    num_bands, is_planar = int(tags.get(_BANDS, 1)), tags.get(_PLANAR, 1) == 2
    height, width = (int(tags[tag]) for tag in (_HEIGHT, _WIDTH))
    dtype, compression, predictor = (
        _dtype(tags, byte_order),
        tags.get(_COMPRESSION, 1),
        tags.get(_PREDICTOR, 1),
    )
    if compression != _UNCOMPRESSED and compression not in _DEFLATE:
        raise ValueError(f"a TIFF with compression {compression}; read are uncompressed and deflated ones")
    if predictor not in (1, 2):
        raise ValueError(f"a TIFF with predictor {predictor}; read are 1 (none) and 2 (horizontal)")
    tiled = _TILES in tags
    offsets, sizes = (tags[_TILES], tags[_TILE_BYTES]) if tiled else (tags[_STRIPS], tags[_STRIP_BYTES])
    rows = min(int(tags.get(_ROWS_PER_STRIP, height)), height)
    block = (int(tags[_TILE_HEIGHT]), int(tags[_TILE_WIDTH])) if tiled else (rows, width)
    if min(height, width, num_bands, *block) < 1:
        raise ValueError(f"a TIFF of {width} x {height} pixels and {num_bands} bands")
    expected = -(-height // block[0]) * -(-width // block[1]) * (num_bands if is_planar else 1)
    if not len(offsets) == len(sizes) == expected:
        raise ValueError(f"a TIFF that lists {len(offsets)} blocks of pixels, where {expected} are needed")
    places = tuple((int(offset), int(size)) for offset, size in zip(offsets, sizes))
    return TiffBands(
        height, width, num_bands, dtype, block, places, is_planar, compression in _DEFLATE, predictor == 2
    )


def _dtype(tags, byte_order: str) -> np.dtype:
    bits, kinds = (set(tags.get(tag, default)) for tag, default in ((_BITS, (1,)), (_SAMPLE_FORMAT, (1,))))
    if len(bits) > 1 or len(kinds) > 1 or bits - {8, 16, 32, 64} or kinds - set(_SAMPLE_KINDS):
        raise ValueError(f"a TIFF with {sorted(bits)} bits a value and sample formats {sorted(kinds)}")
    return np.dtype(f"{byte_order}{_SAMPLE_KINDS[kinds.pop()]}{bits.pop() // 8}")
