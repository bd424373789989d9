"""Kinds of pictures beyond those that are always read: what they are called, and how to have them read."""

import functools
import importlib.util
from typing import NamedTuple

# The kinds of files that `video` reads too, and NumPy arrays.
ALWAYS_READ = (".avif", ".bmp", ".gif", ".jpeg", ".jpg", ".npy", ".png", ".tif", ".tiff", ".webp")
HEIC_SUFFIXES = (".heic", ".heif", ".hif")
_CONVERT = "convert it to PNG or JPEG"


class Kind(NamedTuple):
    """A kind of picture that is not always read.

    Attributes:
        name: for people.
        fix: what to do about it.
    """

    name: str
    fix: str = _CONVERT


_HEIC = Kind("HEIC", f'pip install "cyclegan-tf[heic]", or {_CONVERT}')
_JPEG_2000, RAW = Kind("JPEG 2000"), Kind("a camera's raw file", "develop it to PNG, TIFF or JPEG")
RAW_SUFFIXES = (".arw", ".cr2", ".cr3", ".dng", ".nef", ".orf", ".raf", ".rw2")
_BY_SUFFIX = {
    **dict.fromkeys(HEIC_SUFFIXES, _HEIC),
    ".jxl": Kind("JPEG XL"),
    **dict.fromkeys((".jp2", ".j2k", ".jpf", ".jpx", ".j2c", ".jpc"), _JPEG_2000),
    **dict.fromkeys(RAW_SUFFIXES, RAW),
    ".psd": Kind("a Photoshop document"),
    ".tga": Kind("Targa"),
    ".exr": Kind("OpenEXR", "convert it to TIFF or to a NumPy array"),
    ".svg": Kind("a vector graphic (SVG)"),
}
# Pictures as a folder may hold them whether or not they are read: none may vanish from a count.
PICTURE_SUFFIXES = (*ALWAYS_READ, *_BY_SUFFIX)
_MAGICS = {
    b"\xff\x0a": _BY_SUFFIX[".jxl"],
    b"\0\0\0\x0cJXL ": _BY_SUFFIX[".jxl"],
    b"\0\0\0\x0cjP  ": _JPEG_2000,
    b"\xff\x4f\xff\x51": _JPEG_2000,
    b"8BPS": _BY_SUFFIX[".psd"],
    b"v/1\x01": _BY_SUFFIX[".exr"],
    b"FUJIFILM": RAW,
}
_HEIC_BRANDS = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1")


def unread_kind(start: bytes, suffix: str) -> Kind | None:
    """Return the kind of a picture that could not be opened, or None if it is none of these.

    Args:
        start: its first bytes, at least 12.
        suffix: of its name, in lower case; it counts only where no bytes identify the kind.
    """
    if start[4:8] == b"ftyp":
        if start[8:12] not in _HEIC_BRANDS:
            return _BY_SUFFIX.get(suffix)
        # Where it is read, a file that cannot be opened is a damaged one.
        return None if is_read(".heic") else _HEIC
    found = next((kind for magic, kind in _MAGICS.items() if start.startswith(magic)), None)
    is_unmarked = suffix in (".tga", ".svg", *RAW_SUFFIXES)
    return found or (_BY_SUFFIX[suffix] if is_unmarked else None)


def is_read(suffix: str) -> bool:
    """Return whether files of a suffix, in lower case, are read here."""
    return suffix in ALWAYS_READ or (suffix in HEIC_SUFFIXES and "HEIF" in more_formats())


@functools.cache
def more_formats() -> tuple[str, ...]:
    """Return Pillow's names of the installed formats that are read beyond those of `video`."""
    if importlib.util.find_spec("pillow_heif") is None:
        return ("AVIF",)
    import pillow_heif

    pillow_heif.register_heif_opener()
    return ("AVIF", "HEIF")
