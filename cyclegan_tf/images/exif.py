"""EXIF that describes a picture, without the entries that only concern its old pixels."""

import warnings

from PIL import Image
from PIL.ExifTags import IFD, Base

from video.pictures.still_header import BAD_EXIF

# Description, camera, author, dates, exposure and place (EXIF 2.32, 4.6). Not kept: the offsets of a TIFF's
# pixels, and the orientation, which is applied when a picture is read.
_KEPT = (
    Base.ImageDescription,
    Base.Make,
    Base.Model,
    Base.Software,
    Base.DateTime,
    Base.Artist,
    Base.HostComputer,
    Base.Copyright,
)
_KEPT_GROUPS = (IFD.Exif, IFD.GPSInfo)


def descriptive_exif(picture: Image.Image) -> bytes | None:
    """Return a picture's EXIF for a translation of it, or None where there is nothing to keep.

    Args:
        picture: opened; its pixels need not be loaded.
    """
    try:
        with warnings.catch_warnings():
            # Invalid EXIF is common, and not worth a warning.
            warnings.simplefilter("ignore")
            kept = _kept(_exif_of(picture))
        return kept.tobytes() if len(kept) else None
    except BAD_EXIF:
        return None


def _kept(found: Image.Exif) -> Image.Exif:
    kept = Image.Exif()
    for tag in _KEPT:
        if tag in found:
            kept[tag] = found[tag]
    for group in _KEPT_GROUPS:
        entries = found.get_ifd(group)
        if entries:
            kept.get_ifd(group).update(entries)
            kept[group] = kept.get_ifd(group)
    return kept


def _exif_of(picture: Image.Image) -> Image.Exif:
    if picture.format == "TIFF":
        return picture.getexif()
    # Not `getexif`: it decodes a PNG, after which its number of bits is lost.
    exif = Image.Exif()
    exif.load(picture.info.get("exif", b""))
    return exif
