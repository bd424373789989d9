"""The colour tags of a clip (code points), and the defaults for tags that are missing.

The numbers are the code points of ITU-T H.273, which FFmpeg and every container use. Matrix and
primaries 1 are BT.709, 5 and 6 are BT.601 (625 and 525 lines), 9 is BT.2020; 2 means "unspecified",
and matrix 0 means that RGB itself is stored.
"""

from dataclasses import dataclass, replace

import av

LIMITED, FULL = 1, 2
RGB, UNSPECIFIED = 0, 2
PQ, HLG = 16, 18
BT2020 = 9
_FIRST_HD_HEIGHT = 720
YCGCO = 8
_KNOWN_MATRICES = (1, 4, 5, 6, 7, YCGCO, BT2020)
_MATRIX_NAMES = {10: "BT.2020 with constant luminance", 11: "SMPTE ST 2085", 14: "ICtCp", 15: "IPT-C2"}
_MATRIX_NAMES |= {0: "RGB", 12: "derived from chromaticities", 13: "derived, with constant luminance"}
_WIDE_PRIMARIES = (9, 11, 12)
_WIDE_MATRICES = (9, 10)
_WIDE_TRANSFERS = (14, 15, PQ, 17, HLG)


@dataclass(frozen=True)
class Colour:
    """How a clip stores its pixels, in code points of ITU-T H.273.

    Attributes:
        matrix: from RGB to YUV.
        range: LIMITED (16 to 235) or FULL (0 to 255).
        primaries: of the RGB values.
        transfer: the curve of the RGB values.
    """

    matrix: int
    range: int
    primaries: int
    transfer: int

    @property
    def is_hdr(self) -> bool:
        """Whether the curve is PQ (SMPTE ST 2084) or HLG (ARIB STD-B67)."""
        return self.transfer in (PQ, HLG)

    @property
    def is_wide(self) -> bool:
        """Whether the primaries hold more colours than BT.709: BT.2020, DCI-P3 or Display P3."""
        return self.primaries in _WIDE_PRIMARIES


def default_colour(height: int) -> Colour:
    """Return the colour assumed for an untagged clip of this height: BT.709 from 720 lines, else BT.601."""
    return Colour(1, LIMITED, 1, 1) if height >= _FIRST_HD_HEIGHT else Colour(6, LIMITED, 6, 6)


def is_rgb(format: av.VideoFormat) -> bool:
    """Tell whether a pixel format stores RGB, directly or by a palette, or can only be read as RGB."""
    return format.is_rgb or format.has_palette or format.name.startswith(("mono", "bayer", "xyz", "grayf"))


def unknown_matrix(frame: av.VideoFrame) -> str | None:
    """Return the name of a frame's matrix if it cannot be converted, None if it can or is unspecified."""
    matrix = int(frame.colorspace)
    if is_rgb(frame.format) or matrix in (UNSPECIFIED, *_KNOWN_MATRICES) or has_impossible_matrix(frame):
        return None
    return f"{_MATRIX_NAMES.get(matrix, 'code point')} ({matrix})"


def has_impossible_matrix(frame: av.VideoFrame) -> bool:
    """Tell whether a frame is tagged as RGB although it stores YUV with fewer chroma samples."""
    is_subsampled = frame.format.chroma_width(64) < 64
    return int(frame.colorspace) == RGB and is_subsampled and not is_rgb(frame.format)


def source_colour(frame: av.VideoFrame) -> Colour:
    """Return how a decoded frame is stored; guess what its tags leave open.

    Missing tags follow the existing ones: a BT.2020 matrix or an HDR curve means BT.2020 primaries.
    Without any tag the height decides.
    """
    guess = default_colour(frame.height)
    primaries, transfer = int(frame.color_primaries or UNSPECIFIED), int(frame.color_trc or UNSPECIFIED)
    rgb, grey = is_rgb(frame.format), frame.format.name.startswith(("gray", "ya8", "ya16"))
    # RGB has no matrix; BT.709 is the usual one.
    matrix = 1 if rgb else 0 if frame.colorspace == UNSPECIFIED else int(frame.colorspace)
    if not matrix and (primaries == BT2020 or transfer in _WIDE_TRANSFERS):
        matrix = BT2020
    matrix = matrix or (primaries if primaries in (1, 5, 6, 7) else guess.matrix)
    if primaries == UNSPECIFIED:
        primaries = BT2020 if matrix in _WIDE_MATRICES else 1 if matrix == YCGCO else matrix
    if transfer == UNSPECIFIED:
        transfer = {4: 5, 5: 6, YCGCO: 1, 9: 14, 10: 14}.get(matrix, matrix)
    # The "j" formats are full range by definition, grey is by custom; RGB has no limited range to keep.
    is_full = frame.color_range == FULL or frame.format.name.startswith("yuvj")
    is_full = is_full or (grey and frame.color_range != LIMITED)
    return Colour(matrix, FULL if is_full and not rgb else LIMITED, primaries, transfer)


def sdr_colour(source: Colour) -> Colour:
    """Return how the translated clip is stored: like the source, but always tagged, never HDR or wide gamut.

    Wide-gamut and HDR pictures become BT.709: eight bits cannot hold them.
    """
    if source.is_hdr or source.is_wide or source.matrix in _WIDE_MATRICES:
        return Colour(1, source.range, 1, 1)
    transfer = 1 if source.transfer in _WIDE_TRANSFERS else source.transfer
    return written_colour(Colour(source.matrix, source.range, source.primaries, transfer))


def written_colour(colour: Colour) -> Colour:
    """Return the same colours in a matrix that every player knows: YCgCo becomes that of the primaries."""
    if colour.matrix != YCGCO:
        return colour
    matrix = BT2020 if colour.is_wide else colour.primaries if colour.primaries in (5, 6, 7) else 1
    return replace(colour, matrix=matrix)
