"""Colour profiles (ICC): pictures of other colour spaces become sRGB before a network sees them."""

import functools
import io
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageCms

# What a profile's colours may differ from sRGB, in grey levels, to count as sRGB: versions of it differ so.
_SAME = 1
_GRID = 6
_MODES = {"RGB ": "RGB", "CMYK": "CMYK"}
UNNAMED = "an unnamed profile"


class Profile(NamedTuple):
    """A colour profile that is not sRGB.

    Attributes:
        name: its description, on one line, such as Display P3.
        mode: Pillow's mode of the pixels that it describes: RGB or CMYK.
        to_srgb: converts such pixels.
    """

    name: str
    mode: str
    to_srgb: ImageCms.ImageCmsTransform


def foreign_profile(picture: Image.Image) -> Profile | None:
    """Return the profile by which a picture's pixels become sRGB; None if they are, or say nothing else.

    Grey pictures stay as they are, and so do those with a damaged profile.

    Args:
        picture: opened; its pixels need not be loaded.
    """
    if picture.mode not in ("RGB", "RGBA", "CMYK", "P", "PA"):
        return None
    return foreign(picture.info.get("icc_profile"), "CMYK" if picture.mode == "CMYK" else "RGB")


def foreign(data: bytes | None, mode: str = "RGB") -> Profile | None:
    """Return a profile, read from its bytes, of pixels of a mode, RGB or CMYK; None as `foreign_profile`."""
    profile = _profile(data) if data else None
    return profile if profile is not None and profile.mode == mode else None


def as_srgb(picture: Image.Image) -> Image.Image:
    """Return an 8-bit picture in sRGB by its own profile; alpha stays, and CMYK becomes RGB.

    Args:
        picture: loaded, RGB, RGBA, CMYK or with a palette.
    """
    profile = foreign_profile(picture)
    if profile is None:
        return picture
    if picture.mode in ("P", "PA"):
        picture = picture.convert("RGBA" if picture.has_transparency_data else "RGB")
    if picture.mode == "RGB" and "transparency" in picture.info:
        # One colour is transparent, which is found by its number before that changes.
        picture = picture.convert("RGBA")
    if picture.mode != "RGBA":
        return ImageCms.applyTransform(picture, profile.to_srgb)
    converted = ImageCms.applyTransform(picture.convert("RGB"), profile.to_srgb)
    converted.putalpha(picture.getchannel("A"))
    return converted


@functools.cache
def srgb_profile() -> bytes:
    """Return the profile of sRGB, to be stored with converted pictures."""
    data = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    # The time at which it was made, in the header, would make equal pictures different files.
    return data[:24] + bytes((7, 208, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0)) + data[36:]


@functools.lru_cache(64)
def _profile(data: bytes) -> Profile | None:
    """Read a profile; None if it is sRGB, damaged, or neither of RGB nor of CMYK."""
    try:
        read = ImageCms.getOpenProfile(io.BytesIO(data))
        mode = _MODES.get(read.profile.xcolor_space)
        if mode is None:
            return None
        to_srgb = ImageCms.buildTransform(
            read, ImageCms.createProfile("sRGB"), mode, "RGB", ImageCms.Intent.RELATIVE_COLORIMETRIC
        )
        if mode == "RGB" and _keeps_colours(to_srgb):
            return None
        return Profile(_name(read), mode, to_srgb)
    except (ImageCms.PyCMSError, OSError, ValueError):
        return None


def _keeps_colours(transform: ImageCms.ImageCmsTransform) -> bool:
    levels = np.linspace(0, 255, _GRID).astype(np.uint8)
    cube = np.stack(np.meshgrid(levels, levels, levels), -1).reshape(_GRID, -1, 3)
    converted = np.asarray(ImageCms.applyTransform(Image.fromarray(cube), transform))
    return bool(np.abs(converted.astype(int) - cube).max() <= _SAME)


def _name(profile: ImageCms.ImageCmsProfile) -> str:
    text = " ".join((profile.profile.profile_description or "").split())
    return "".join(letter for letter in text if letter.isprintable())[:60] or UNNAMED
