"""Opening a picture file: the header is judged before a pixel is decoded; every failure is a DataError."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image

from cyclegan_tf.errors import CycleGANError, DataError
from cyclegan_tf.images.tiff import MAGICS

# Pillow knows more formats, some of which start other programs (EPS); these are the ones that photographs
# come in.
_FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "TIFF", "GIF")
_EXIF_ORIENTATION = 0x0112
_MODE_NAMES = {"1": "1-bit", "L": "grey", "P": "palette", "F": "float"}


class UnreadablePicture(DataError):
    """A file that is no picture, or a damaged one."""


class OversizedPicture(DataError):
    """A picture whose header claims too many pixels."""


class AnimatedPicture(DataError):
    """A picture of several frames or pages."""


@contextmanager
def as_data_errors(path: Path, max_pixels: int) -> Iterator[None]:
    """Turn whatever decoders raise about a file into a DataError that names it."""
    # A FIFO would block in open() for ever.
    if not path.is_file():
        found = "something that is not a regular file" if path.exists() else "nothing"
        raise unreadable(path, f"expected a picture file; found {found}")
    try:
        yield
    except (CycleGANError, MemoryError):
        raise
    except Image.DecompressionBombError as error:
        raise _too_large(path, max_pixels, str(error)) from error
    except Exception as error:
        # Damaged files raise OSError, SyntaxError, ValueError, struct.error, IndexError ... depending on the
        # format.
        raise unreadable(path, f"expected a complete picture; found {_reason(path, error)}") from error


@contextmanager
def open_picture(path: Path, max_pixels: int, *, whole_file: bool = True) -> Iterator[Image.Image]:
    """Open a picture that Pillow knows and whose header is in order; errors as in `as_data_errors`."""
    with as_data_errors(path, max_pixels), Image.open(path, formats=_FORMATS) as picture:
        _check_header(picture, path, max_pixels)
        if whole_file and picture.format == "PNG":
            _check_png_checksums(path)
        yield picture


def check_num_pixels(path: Path, size: tuple[int, int], max_pixels: int) -> None:
    """Refuse a (height, width) of more than max_pixels pixels."""
    height, width = size
    if width * height > max_pixels:
        raise _too_large(path, max_pixels, f"{width} x {height} = {width * height:,} pixels")


def _check_header(picture: Image.Image, path: Path, max_pixels: int) -> None:
    width, height = picture.size
    check_num_pixels(path, (height, width), max_pixels)
    # MPO is a JPEG with a second view behind it, as many telephones write.
    if picture.format != "MPO" and getattr(picture, "is_animated", False):
        raise AnimatedPicture(
            f"more than one frame in the picture {path}",
            detail=f"expected a still; found an animated or multi-page {picture.format}",
            fix="extract its frames as stills, or remove it from the folder",
        )
    num_bytes = path.stat().st_size
    # Huffman coding spends at least one bit on every block of 8 x 8 pixels. libjpeg fills what is missing
    # with grey and calls it a warning, so a header that lies about its size would decode "successfully".
    if picture.format in ("JPEG", "MPO") and width * height > num_bytes * 8 * 64:
        found = f"{num_bytes:,} bytes, which cannot hold the {width} x {height} pixels that the header claims"
        raise unreadable(path, f"expected a complete picture; found {found}")


def orientation(picture: Image.Image) -> int:
    """Read the EXIF orientation, 1 to 8, as far as the header knows it."""
    # Pillow's TIFF reader turns the picture itself.
    # For PNG, getexif() would decode all pixels to find a late block.
    if picture.format == "TIFF" or (picture.format == "PNG" and "exif" not in picture.info):
        return 1
    return picture.getexif().get(_EXIF_ORIENTATION, 1)


def is_16_bit(picture: Image.Image) -> bool:
    """Tell whether a picture whose pixels are not loaded yet stores integers wider than a byte."""
    return picture.mode.startswith("I") or ";16" in str(picture.tile)


def mode_name(picture: Image.Image) -> str:
    """Name what a picture whose pixels are not loaded yet stores: RGB, grey, 16-bit, CMYK, alpha ..."""
    if is_16_bit(picture):
        return "16-bit"
    if picture.has_transparency_data:
        return "alpha"
    return _MODE_NAMES.get(picture.mode, picture.mode)


def _check_png_checksums(path: Path) -> None:
    """Check every chunk's CRC: Pillow's decoder skips those of the pixels and does not miss the end chunk."""
    with Image.open(path, formats=("PNG",)) as picture:
        picture.verify()


def _reason(path: Path, error: Exception) -> str:
    try:
        with path.open("rb") as file:
            start = file.read(64)
    except OSError as refusal:
        return f"a file that cannot be opened: {refusal.strerror or refusal}"
    if not start:
        return "an empty file (0 bytes)"
    if start.lstrip().startswith(b"<"):
        return "an HTML or XML text, perhaps a failed download"
    if isinstance(error, Image.UnidentifiedImageError):
        if start.startswith(MAGICS):
            return "a TIFF of an unusual kind; one of several bands needs data.channels_a or data.channels_b"
        return f"no known picture format (the first bytes are {start[:8].hex(' ')})"
    return str(error) or type(error).__name__


def unreadable(path: Path, detail: str) -> UnreadablePicture:
    """Make the error for a file that is no picture or a damaged one."""
    return UnreadablePicture(
        f"cannot read the picture {path}", detail=detail, fix="replace the file or remove it"
    )


def _too_large(path: Path, max_pixels: int, found: str) -> OversizedPicture:
    return OversizedPicture(
        f"too many pixels in the picture {path}",
        detail=f"expected at most {max_pixels:,} pixels; found {found}",
        fix="shrink the picture, remove it, or raise max_pixels",
    )
