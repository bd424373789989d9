"""TIFF files of any number of bands, 8 or 16 bits or float, with alpha and colour profile; Pillow writes few.

One deflated strip after another, bands side by side (TIFF 6.0, sections 2, 8 and 18; deflate as in Adobe's
TIFF Technical Notes of 2002).
"""

import struct
import zlib

import numpy as np

_KINDS = {"u": 1, "i": 2, "f": 3}
_SHORT, _LONG, _UNDEFINED = 3, 4, 7
_SIZES = {_SHORT: ("H", 2), _LONG: ("I", 4), _UNDEFINED: ("B", 1)}
_STRIP_BYTES = 2**18
_LARGEST_BYTES = 2**32 - 1
_GREY, _RGB = 1, 2
_DEFLATE = 8
_UNSPECIFIED, _STRAIGHT_ALPHA = 0, 2


def tiff_bytes(pixels: np.ndarray, *, has_alpha: bool = False, profile: bytes | None = None) -> bytes:
    """Encode a TIFF.

    Args:
        pixels: (height, width, bands) of integers or floats of 8 to 64 bits.
        has_alpha: whether the last band is alpha, by which colours are not multiplied.
        profile: a colour profile (ICC).

    Raises:
        ValueError: more than 4 GiB, which the format cannot say.
    """
    height, width, bands = pixels.shape
    data = np.ascontiguousarray(pixels.astype(pixels.dtype.newbyteorder("<"), copy=False))
    rows = max(1, min(height, _STRIP_BYTES // max(1, data[:1].nbytes)))
    strips = [zlib.compress(data[top : top + rows].tobytes()) for top in range(0, height, rows)]
    sizes = [len(strip) for strip in strips]
    offsets = [8 + sum_before for sum_before in np.cumsum([0, *sizes[:-1]]).tolist()]
    colours = 3 if bands - has_alpha == 3 else 1
    extra = bands - colours
    tags = {
        256: (_LONG, [width]),
        257: (_LONG, [height]),
        258: (_SHORT, [8 * data.dtype.itemsize] * bands),
        259: (_SHORT, [_DEFLATE]),
        262: (_SHORT, [_RGB if colours == 3 else _GREY]),
        273: (_LONG, offsets),
        277: (_SHORT, [bands]),
        278: (_LONG, [rows]),
        279: (_LONG, sizes),
        284: (_SHORT, [1]),
        339: (_SHORT, [_KINDS[data.dtype.kind]] * bands),
    }
    if extra:
        tags[338] = (_SHORT, [_UNSPECIFIED] * (extra - has_alpha) + [_STRAIGHT_ALPHA] * has_alpha)
    if profile:
        tags[34675] = (_UNDEFINED, list(profile))
    body = b"".join(strips)
    # The directory begins at a word.
    body += bytes(len(body) % 2)
    if 8 + len(body) > _LARGEST_BYTES:
        raise ValueError(f"a TIFF of {len(body)} bytes; the format ends at {_LARGEST_BYTES}")
    return struct.pack("<2sHI", b"II", 42, 8 + len(body)) + body + _directory(tags, 8 + len(body))


def _directory(tags: dict[int, tuple[int, list[int]]], start: int) -> bytes:
    tail_start = start + 2 + 12 * len(tags) + 4
    entries, tail = b"", b""
    for tag, (kind, values) in sorted(tags.items()):
        code, _ = _SIZES[kind]
        data = struct.pack(f"<{len(values)}{code}", *values)
        if len(data) > 4:
            place = struct.pack("<I", tail_start + len(tail))
            tail += data + bytes(len(data) % 2)
        else:
            place = data.ljust(4, b"\0")
        entries += struct.pack("<HHI", tag, kind, len(values)) + place
    return struct.pack("<H", len(tags)) + entries + bytes(4) + tail
