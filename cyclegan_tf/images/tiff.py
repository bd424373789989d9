"""TIFF files of any number of bands, 8 to 64 bits, by tifffile; Pillow reads up to four bands of 8 bits.

tifffile takes a fifth of a second to import, so functions import it. It fills in what a file lacks; such
files are refused here.
"""

import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from tifffile import TiffPage

MAGICS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_UNCOMPRESSED, _DEFLATE = 1, (8, 32946)
# Deflate expands a byte to at most 1032 bytes.
_EXPANSION, _HARMLESS_BYTES = 1032, 2**28


def tiff_shape(path: Path) -> tuple[int, int, int]:
    """Read the first directory of a TIFF, no pixel, and return (height, width, bands).

    Raises:
        ValueError: a directory that is damaged, or of an unsupported kind.
        OSError: the file cannot be read.
    """
    with _first_page(path) as page:
        return page.imagelength, page.imagewidth, page.samplesperpixel


def read_tiff(path: Path) -> np.ndarray:
    """Read the pixels of a TIFF whose `tiff_shape` has been found small enough.

    Deflate, PackBits and no compression are read; the others, such as LZW, if imagecodecs is installed.

    Returns:
        Array (height, width, bands) of the file's own number type.

    Raises:
        ValueError: missing or damaged pixels.
    """
    with _first_page(path) as page:
        if page.compression in _DEFLATE:
            _check_deflated(page)
        planes = page.asarray(squeeze=False, maxworkers=1)[:, 0]
        return np.moveaxis(planes, 0, 2).reshape(page.imagelength, page.imagewidth, -1)


def tiff_bytes(pixels: np.ndarray, *, has_alpha: bool = False, profile: bytes | None = None) -> bytes:
    """Encode a deflated TIFF; a BigTIFF if it needs more than 4 GiB.

    Args:
        pixels: (height, width, bands) of integers or floats of 8 to 64 bits.
        has_alpha: whether the last band is alpha, not premultiplied.
        profile: a colour profile (ICC).
    """
    import tifffile

    bands, buffer = pixels.shape[-1], io.BytesIO()
    is_rgb = bands - has_alpha == 3
    num_extra = bands - (3 if is_rgb else 1)
    tifffile.imwrite(
        buffer,
        pixels if bands > 1 else pixels[..., 0],
        photometric="rgb" if is_rgb else "minisblack",
        planarconfig="contig" if bands > 1 else None,
        extrasamples=["unspecified"] * (num_extra - has_alpha) + ["unassalpha"] * has_alpha,
        compression="zlib",
        iccprofile=profile,
        metadata=None,
        software=False,
    )
    return buffer.getvalue()


@contextmanager
def _first_page(path: Path) -> Iterator["TiffPage"]:
    import tifffile

    with tifffile.TiffFile(path) as file:
        if not file.pages:
            raise ValueError("a TIFF without a picture")
        page = file.pages.first
        _check_header(page)
        yield page


def _check_header(page: "TiffPage") -> None:
    """Refuse files that tifffile would misread: it fills missing blocks with arbitrary values."""
    height, width, bands = page.imagelength, page.imagewidth, page.samplesperpixel
    if min(height, width, bands) < 1 or page.imagedepth != 1:
        raise ValueError(f"a TIFF of {width} x {height} x {page.imagedepth} pixels and {bands} bands")
    if page.dtype is None or page.dtype.kind not in "uif" or page.bitspersample != 8 * page.dtype.itemsize:
        raise ValueError(
            f"a TIFF with {page.bitspersample} bits a value and sample format {page.sampleformat}"
        )
    expected, sizes = int(np.prod(page.chunked)), page.databytecounts
    if not len(page.dataoffsets) == len(sizes) == expected or 0 in page.dataoffsets or 0 in sizes:
        raise ValueError(f"a TIFF that lists {len(sizes)} blocks of pixels, where {expected} are needed")
    if page.compression == _UNCOMPRESSED and sum(sizes) < page.nbytes:
        raise ValueError(f"a truncated file: {sum(sizes)} of {page.nbytes} bytes of pixels")


def _check_deflated(page: "TiffPage") -> None:
    """Refuse a block that is longer than its pixels: tifffile would first expand all of it."""
    expected = int(np.prod(page.chunks)) * page.dtype.itemsize
    for offset, size in zip(page.dataoffsets, page.databytecounts):
        if size * _EXPANSION > max(_HARMLESS_BYTES, expected):
            page.parent.filehandle.seek(offset)
            inflater = zlib.decompressobj()
            inflater.decompress(page.parent.filehandle.read(min(size, 2 * expected)), expected + 1)
            if inflater.unconsumed_tail:
                raise ValueError(f"a block of more than the {expected} bytes of its pixels")
