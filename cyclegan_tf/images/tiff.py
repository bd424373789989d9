"""TIFF files of any number of bands, 8 to 64 bits, by tifffile: those that Pillow does not read.

tifffile takes a fifth of a second to import, so functions import it. It fills in what a file lacks; such
files are refused here.
"""

import io
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image, UnidentifiedImageError

from video.pictures.still_header import DNG_VERSION, TURNED, Animation, RawPixels

if TYPE_CHECKING:
    from tifffile import TiffPage

MAGICS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
BITS_PER_SAMPLE, SAMPLE_FORMAT, SIGNED = 258, 339, 2
_ORIENTATION = 274
# Other colours of one or three bands, as of a palette or CIELAB, are no levels of grey or RGB.
_BLACK_IS_ZERO, _RGB = 1, 2
_UNCOMPRESSED, _DEFLATE = 1, (8, 32946)
# Deflate expands a byte to at most 1032 bytes.
_EXPANSION, _HARMLESS_BYTES = 1032, 2**28


def is_beyond_pillow(path: Path) -> bool:
    """Tell whether Pillow knows no such TIFF, as RGB of floats, or misreads it, as it does signed bytes."""
    try:
        with Image.open(path, formats=("TIFF",)) as picture:
            tags = tags_of(picture)
            return tags.get(SAMPLE_FORMAT) == (SIGNED,) and tags.get(BITS_PER_SAMPLE) == (8,)
    except UnidentifiedImageError:
        return True
    except Image.DecompressionBombError:
        return False


def tags_of(picture: Image.Image) -> Mapping[int, Any]:
    """Return the tags of a TIFF that Pillow has opened, none of another picture."""
    return getattr(picture, "tag_v2", {})


def tiff_shape(path: Path) -> tuple[int, int, int]:
    """Read the first directory of a TIFF, no pixel, and return the upright (height, width, bands).

    Raises:
        ValueError: a directory that is damaged, or of an unsupported kind.
        Animation: grey or RGB of several pages.
        OSError: the file cannot be read.
    """
    with _first_page(path) as page:
        height, width = page.imagelength, page.imagewidth
        size = (width, height) if _orientation(page) in TURNED else (height, width)
        return *size, page.samplesperpixel


def tiff_profile(path: Path) -> bytes | None:
    """Return the colour profile (ICC) of a TIFF; errors as in `tiff_shape`."""
    with _first_page(path) as page:
        return page.iccprofile


def read_tiff(path: Path) -> np.ndarray:
    """Read the pixels of a TIFF whose `tiff_shape` has been found small enough.

    Deflate, PackBits and no compression are read; the others, such as LZW, if imagecodecs is installed.

    Returns:
        Array (height, width, bands) of the file's own number type, upright.

    Raises:
        ValueError: missing or damaged pixels.
    """
    with _first_page(path) as page:
        if page.compression in _DEFLATE:
            _check_deflated(page)
        planes = page.asarray(squeeze=False, maxworkers=1)[:, 0]
        stored = np.moveaxis(planes, 0, 2).reshape(page.imagelength, page.imagewidth, -1)
        return _upright(stored, _orientation(page))


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
        if page.samplesperpixel in (1, 3) and len(file.pages) > 1:
            raise Animation(f"a TIFF of {len(file.pages)} pages")
        yield page


def _check_header(page: "TiffPage") -> None:
    """Refuse files that tifffile would misread: it fills missing blocks with arbitrary values."""
    if DNG_VERSION in page.tags:
        raise RawPixels
    height, width, bands = page.imagelength, page.imagewidth, page.samplesperpixel
    if min(height, width, bands) < 1 or page.imagedepth != 1:
        raise ValueError(f"a TIFF of {width} x {height} x {page.imagedepth} pixels and {bands} bands")
    if page.dtype is None or page.dtype.kind not in "uif" or page.bitspersample != 8 * page.dtype.itemsize:
        raise ValueError(
            f"a TIFF with {page.bitspersample} bits a value and sample format {page.sampleformat}"
        )
    if bands in (1, 3) and page.photometric not in (_BLACK_IS_ZERO, _RGB):
        raise ValueError(f"a TIFF with {bands} bands of photometric interpretation {page.photometric}")
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


def _orientation(page: "TiffPage") -> int:
    return page.tags.valueof(_ORIENTATION, default=1)


def _upright(pixels: np.ndarray, orientation: int) -> np.ndarray:
    """Apply an orientation as EXIF 2.32, 4.6.4, numbers them."""
    pixels = pixels.swapaxes(0, 1) if orientation in TURNED else pixels
    pixels = pixels[::-1] if orientation in (3, 4, 7, 8) else pixels
    return pixels[:, ::-1] if orientation in (2, 3, 6, 7) else pixels
