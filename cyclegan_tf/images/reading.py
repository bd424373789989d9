"""Picture files to pixels for a network: training, evaluation and translation all decode here.

Pixels are uint8 in [0, 255], shape (height, width, channels), RGB unless a name says otherwise.
"""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from PIL import Image, ImageOps

from cyclegan_tf.images.bands import bands_profile, bands_size, is_npy, is_tiff, read_bands
from cyclegan_tf.images.levels import FULL_RANGE, Range, to_levels
from cyclegan_tf.images.opening import as_data_errors, check_num_pixels, mode_name, open_picture
from cyclegan_tf.images.profiles import as_srgb, foreign, foreign_profile
from cyclegan_tf.images.sizes import MAX_PIXELS
from cyclegan_tf.images.tiff import BITS_PER_SAMPLE, SAMPLE_FORMAT, SIGNED, is_beyond_pillow, tags_of
from video.core.pixels import over_white, to_8_bits
from video.pictures.still_header import TURNED, is_16_bit, orientation


class ImageHeader(NamedTuple):
    """What a picture is before its pixels are decoded.

    Attributes:
        size: (height, width) of the upright picture, in pixels.
        mode: what it stores: RGB, grey, 16-bit, CMYK, palette, alpha, 1-bit, float, or a number of channels.
        profile: the name of its colour profile, where that is not sRGB.
    """

    size: tuple[int, int]
    mode: str
    profile: str = ""


def read_image(
    path: str | Path, *, max_pixels: int = MAX_PIXELS, channels: int = 3, value_range: Range | None = None
) -> np.ndarray:
    """Decode a still picture to upright pixels of a number of channels.

    The EXIF orientation is applied. One channel is the luminance (ITU-R BT.601), three are sRGB: whatever the
    file's colour model and 8-bit colour profile, with alpha composited on white. Any other number must be the
    file's own: a TIFF, a NumPy array (height, width, channels), or a PNG with alpha, which is then a channel
    like the others. So must one and three of a NumPy array, and of a TIFF of numbers that Pillow does not
    know, such as RGB of floats.
    16-bit grey is scaled so that 65535 becomes 255 (16-bit colour is reduced to its high byte, at most one
    level lower), or by the stated range. The content decides the format, not the suffix.

    Args:
        path: a JPEG, PNG, WebP, AVIF, BMP, TIFF, single-frame GIF or .npy file; HEIC where pillow-heif is
            installed.
        max_pixels: width times height above which the file is refused before a pixel is decoded. Pillow adds
            its own limit of 178,956,970.
        channels: of the result.
        value_range: the values of 16-bit and float pixels that become 0 and 255; 8-bit pixels stay as they
            are.

    Returns:
        uint8 array (height, width, channels).

    Raises:
        DataError: the file is missing, not a picture, damaged, animated, too large, of other channels, or of
            floats whose range is not stated.
    """
    path = Path(path)
    with as_data_errors(path):
        if has_bands(path, channels):
            check_num_pixels(path, bands_size(path, channels), max_pixels)
            return read_bands(path, channels, value_range)
    with open_picture(path, max_pixels) as picture:
        return decode_picture(picture, path, channels, value_range)


def image_header(path: str | Path, *, max_pixels: int = MAX_PIXELS, channels: int = 3) -> ImageHeader:
    """Read the header alone.

    A PNG that states its orientation after the pixels is measured as stored: the header does not know.

    Raises:
        DataError: as `read_image`, for everything that the header shows.
    """
    path = Path(path)
    with as_data_errors(path):
        if has_bands(path, channels):
            size = bands_size(path, channels)
            check_num_pixels(path, size, max_pixels)
            profile = foreign(bands_profile(path)) if channels == 3 else None
            mode = f"{channels} channel{'s' * (channels != 1)}"
            return ImageHeader(size, mode, profile.name if profile else "")
    with open_picture(path, max_pixels, whole_file=False) as picture:
        width, height = picture.size
        on_its_side = orientation(picture) in TURNED
        profile = foreign_profile(picture)
        size = (width, height) if on_its_side else (height, width)
        return ImageHeader(size, mode_name(picture), profile.name if profile else "")


def decode_picture(picture: Image.Image, path: Path, channels: int, value_range: Range | None) -> np.ndarray:
    """Decode a picture that is open; see `read_image`."""
    if channels not in (1, 3):
        return to_levels(decode_bands(picture, path, channels), value_range)
    rgb = _to_rgb(picture, path, value_range)
    # Pillow's luminance of equal channels is just that channel.
    return rgb if channels == 3 else np.array(Image.fromarray(rgb).convert("L"))[..., np.newaxis]


def decode_wide_colour(picture: Image.Image, path: Path) -> np.ndarray:
    """Decode 16-bit RGB or RGBA as it is stored.

    Args:
        picture: opened, but not loaded.
        path: of the same.

    Returns:
        uint16 array (height, width, 3 or 4), upright.

    Raises:
        BadPicture: other samples, or damaged ones.
    """
    # OpenCV is slow to import, and rarely needed.
    from video.pictures.still import decode_16_bits

    return decode_16_bits(path.read_bytes(), orientation(picture))


def decode_bands(picture: Any, path: Path, channels: int) -> np.ndarray:
    """Decode all bands as they are stored; alpha is one like the others.

    Args:
        picture: opened, but not loaded.
        path: of the same.
        channels: how many it must have, neither 1 nor 3.

    Returns:
        uint8 or uint16 array (height, width, channels), upright.

    Raises:
        ValueError: another number of channels.
        BadPicture: damaged 16-bit samples.
    """
    # Pillow makes colours of 16-bit grey with alpha, and so does OpenCV.
    is_wide_grey = "LA;16" in str(picture.tile)
    found = 2 if is_wide_grey else len(picture.getbands())
    if found != channels or picture.mode == "P":
        raise ValueError(
            f"{mode_name(picture)} pixels of {found} channels where {channels} are configured; "
            "set data.channels_a or data.channels_b"
        )
    if not is_16_bit(picture):
        return np.array(ImageOps.exif_transpose(picture))
    wide = decode_wide_colour(picture, path)
    return wide[..., [0, 3]] if is_wide_grey else wide


def decode_wide_grey(picture: Image.Image) -> np.ndarray:
    """Decode grey of more than 8 bits as it is stored.

    Args:
        picture: of a mode that starts with I, or of mode F.

    Returns:
        uint16 or float32 array (height, width), or int16, int32 or uint32 of a TIFF; upright.
    """
    dtype = np.dtype(np.float32 if picture.mode == "F" else np.uint16)
    tags = tags_of(picture)
    if picture.mode == "I" and tags:
        # Pillow holds all of them as int32, where large ones of uint32 are negative.
        sign = "i" if tags.get(SAMPLE_FORMAT) == (SIGNED,) else "u"
        dtype = np.dtype(f"{sign}{tags[BITS_PER_SAMPLE][0] // 8}")
    picture.load()
    return np.asarray(ImageOps.exif_transpose(picture)).astype(dtype)


def has_bands(path: Path, channels: int) -> bool:
    """Tell whether a file is read band by band: a NumPy array, or a TIFF that Pillow does not read so."""
    return is_npy(path) or (is_tiff(path) and (channels not in (1, 3) or is_beyond_pillow(path)))


def key_alpha(picture: Image.Image, values: np.ndarray) -> np.ndarray | None:
    """Return the alpha of 16-bit grey with a transparent level, uint16 (height, width); None without one.

    Args:
        picture: that holds the values.
        values: its pixels, (height, width).
    """
    key = picture.info.get("transparency")
    if not isinstance(key, int):
        return None
    return np.where(values == key, 0, FULL_RANGE[1]).astype(np.uint16)


def _to_rgb(picture: Image.Image, path: Path, value_range: Range | None) -> np.ndarray:
    is_colour = picture.mode in ("RGB", "RGBA", "LA", "CMYK")
    # Pillow halves the depth but not the colour that is transparent.
    if is_colour and is_16_bit(picture) and (value_range is not None or "transparency" in picture.info):
        wide = decode_wide_colour(picture, path)
        rgb = to_levels(wide[..., :3], value_range)
        return over_white(rgb, to_8_bits(wide[..., 3])) if wide.shape[-1] == 4 else rgb
    if picture.mode.startswith("I") or picture.mode == "F":
        values = decode_wide_grey(picture)
        grey = to_levels(values, value_range)
        alpha = key_alpha(picture, values)
        grey = np.repeat(grey[..., np.newaxis], 3, axis=-1)
        return grey if alpha is None else over_white(grey, to_8_bits(alpha))
    picture.load()
    picture = as_srgb(ImageOps.exif_transpose(picture))
    if picture.has_transparency_data:
        rgba = picture.convert("RGBA")
        picture = Image.alpha_composite(Image.new("RGBA", rgba.size, "white"), rgba)
    return np.array(picture.convert("RGB"))
