"""Opening picture files: the header is checked before a pixel is decoded; every failure is a DataError."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image

from cyclegan_tf.errors import DataError, UserError
from cyclegan_tf.images.bands import is_tiff
from cyclegan_tf.images.kinds import RAW, RAW_SUFFIXES, Kind, more_formats, unread_kind
from video.pictures.png import BadPicture, png_chunks
from video.pictures.still_header import Animation, RawPixels, TooManyPixels, is_16_bit, open_still

_MODE_NAMES = {"1": "1-bit", "L": "grey", "P": "palette", "F": "float"}


class UnreadablePicture(DataError):
    """A file that is not a picture, or a damaged one."""


class UnreadKind(UnreadablePicture):
    """A picture of a kind that is not read here.

    Args:
        kind: what it is, and the way out.
        path: the file.
    """

    def __init__(self, kind: Kind, path: Path):
        super().__init__(f"{kind.name} is not read here: {path}", fix=kind.fix)
        self.kind = kind


class OversizedPicture(DataError):
    """A picture whose header claims too many pixels."""


class AnimatedPicture(DataError):
    """A picture of several frames or pages."""


@contextmanager
def as_data_errors(path: Path) -> Iterator[None]:
    """Turn whatever decoders raise about a file into a DataError that names it."""
    # open() would block on a FIFO.
    if not path.is_file():
        found = "something that is not a regular file" if path.exists() else "nothing"
        raise unreadable(path, f"expected a picture file; found {found}")
    try:
        # It is often a TIFF that begins with a thumbnail, which decoders would take for the picture.
        if path.suffix.lower() in RAW_SUFFIXES and is_tiff(path):
            raise RawPixels
        yield
    except (UserError, MemoryError):
        raise
    except RawPixels as error:
        raise UnreadKind(RAW, path) from error
    except TooManyPixels as error:
        raise _too_large(path, str(error)) from error
    except Animation as error:
        raise AnimatedPicture(
            f"more than one frame in the picture {path}",
            detail=f"expected a still; found: {error}",
            fix="extract its frames as stills, or remove it from the folder",
        ) from error
    except BadPicture as error:
        raise unreadable(path, f"expected a complete picture; found: {error}") from error
    except Exception as error:
        kind = _unread_kind(path)
        if kind is not None and isinstance(error, Image.UnidentifiedImageError):
            raise UnreadKind(kind, path) from error
        # Depending on the format, damaged files raise OSError, SyntaxError, ValueError, struct.error ...
        raise unreadable(path, f"expected a complete picture; found {_reason(path, error)}") from error


@contextmanager
def open_picture(path: Path, max_pixels: int, *, whole_file: bool = True) -> Iterator[Image.Image]:
    """Open a picture of a format that Pillow reads, with a valid header; errors as in `as_data_errors`."""
    with (
        as_data_errors(path),
        path.open("rb") as file,
        open_still(file, max_pixels, more_formats()) as picture,
    ):
        if whole_file and picture.format == "PNG":
            position = file.tell()
            for _ in png_chunks(file):
                pass
            file.seek(position)
        yield picture


def check_num_pixels(path: Path, size: tuple[int, int], max_pixels: int) -> None:
    """Refuse a (height, width) of more than max_pixels pixels."""
    height, width = size
    if width * height > max_pixels:
        found = f"{width}x{height} = {width * height:,} pixels"
        raise _too_large(path, f"expected at most {max_pixels:,} pixels; found {found}")


def mode_name(picture: Image.Image) -> str:
    """Name what a picture stores, before its pixels are loaded: RGB, grey, 16-bit, CMYK, alpha ..."""
    if is_16_bit(picture):
        return "16-bit"
    if picture.has_transparency_data:
        return "alpha"
    return _MODE_NAMES.get(picture.mode, picture.mode)


def _unread_kind(path: Path) -> Kind | None:
    try:
        with path.open("rb") as file:
            return unread_kind(file.read(64), path.suffix.lower())
    except OSError:
        return None


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
        return f"no known picture format (the first bytes are {start[:8].hex(' ')})"
    return str(error) or type(error).__name__


def unreadable(path: Path, detail: str) -> UnreadablePicture:
    """Make the error for a file that is not a picture or a damaged one."""
    return UnreadablePicture(
        f"cannot read the picture {path}", detail=detail, fix="replace the file or remove it"
    )


def _too_large(path: Path, detail: str) -> OversizedPicture:
    return OversizedPicture(
        f"too many pixels in the picture {path}",
        detail=detail,
        fix="shrink the picture, remove it, or raise max_pixels",
    )
