"""Between stored YUV and RGB, with nothing left to a library's default.

The numbers are the code points of ITU-T H.273, which FFmpeg and every container use: matrix and
primaries 1 are BT.709, 5 and 6 are BT.601 (625 and 525 lines), 9 is BT.2020; 2 means "not said".
"""

from dataclasses import dataclass

import av
import numpy as np
from av.video.reformatter import Interpolation, VideoReformatter

LIMITED, FULL = 1, 2
_UNSAID = 2
_HDR_TRANSFERS = {16: "PQ", 18: "HLG"}
_WIDE_MATRICES = (9, 10)
_FIRST_HD_HEIGHT = 720
_SDR_CODES = (1, 4, 5, 6, 7)

# swscale numbers the matrices its own way: (H.273 matrix) -> (swscale's).
_SWSCALE_MATRIX = {1: 1, 4: 4, 5: 5, 6: 5, 7: 7, 9: 9, 10: 9}

# Without full chroma interpolation and exact rounding a flat colour comes back off by 2 instead of 1.
_EXACT = (
    Interpolation.BILINEAR
    | Interpolation.ACCURATE_RND
    | Interpolation.FULL_CHR_H_INT
    | Interpolation.FULL_CHR_H_INP
)


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


def default_colour(height: int) -> Colour:
    """Returns what an untagged clip of this many lines is taken for: BT.709 from 720 lines, else BT.601."""
    return Colour(1, LIMITED, 1, 1) if height >= _FIRST_HD_HEIGHT else Colour(6, LIMITED, 6, 6)


def source_colour(frame: av.VideoFrame) -> Colour:
    """Returns how a decoded frame is stored; what its tags leave open is guessed by its height."""
    guess = default_colour(frame.height)
    said = frame.colorspace in _SWSCALE_MATRIX and not frame.format.is_rgb
    matrix = frame.colorspace if said else guess.matrix
    # The "j" formats are full range by definition; RGB has no limited range to keep.
    is_full = frame.color_range == FULL or frame.format.name.startswith("yuvj")
    return Colour(
        matrix,
        FULL if is_full and not frame.format.is_rgb else LIMITED,
        _UNSAID if frame.color_primaries is None else int(frame.color_primaries),
        _UNSAID if frame.color_trc is None else int(frame.color_trc),
    )


def target_colour(source: Colour) -> Colour:
    """Returns how the translated clip is stored: as the source, but always tagged and never HDR.

    Wide-gamut and HDR sources become BT.709: eight bits cannot hold them.
    """
    matrix = 1 if source.matrix in (1, 7, *_WIDE_MATRICES) else 5 if source.matrix == 5 else 6
    primaries = source.primaries if source.primaries in _SDR_CODES else matrix
    transfer = source.transfer if source.transfer in _SDR_CODES else 1 if matrix == 1 else 6
    if source.matrix in _WIDE_MATRICES:
        primaries = transfer = 1
    return Colour(matrix, source.range, primaries, transfer)


def colour_warnings(frame: av.VideoFrame) -> list[str]:
    """Returns a sentence for everything in a frame that eight-bit RGB cannot carry."""
    warnings = []
    if max(component.bits for component in frame.format.components) > 8:
        warnings.append(f"The source has more than 8 bits a sample ({frame.format.name}); the result has 8.")
    if any(component.is_alpha for component in frame.format.components):
        warnings.append("The source has an alpha channel; the result has none.")
    if frame.color_trc in _HDR_TRANSFERS or frame.colorspace in _WIDE_MATRICES:
        curve = _HDR_TRANSFERS.get(frame.color_trc, "BT.2020")
        warnings.append(f"The source is HDR or wide gamut ({curve}); it became BT.709 without tone mapping.")
    return warnings


class ToRGB:
    """Decoded frames to uint8 RGB arrays; keeps its converter between frames."""

    def __init__(self, colour: Colour):
        self._colour, self._reformatter = colour, VideoReformatter()

    def __call__(self, frame: av.VideoFrame) -> np.ndarray:
        """Returns the frame as uint8 RGB, full range, (height, width, 3), as stored (not turned)."""
        if frame.format.is_rgb:
            return self._reformatter.reformat(frame, format="rgb24").to_ndarray()
        converted = self._reformatter.reformat(
            frame,
            format="rgb24",
            src_colorspace=_SWSCALE_MATRIX[self._colour.matrix],
            src_color_range=self._colour.range,
            dst_color_range=FULL,
            interpolation=_EXACT,
        )
        return converted.to_ndarray()


class FromRGB:
    """uint8 RGB arrays to 4:2:0 frames; keeps its converter between frames."""

    def __init__(self, colour: Colour):
        self._colour, self._reformatter = colour, VideoReformatter()

    def __call__(self, pixels: np.ndarray) -> av.VideoFrame:
        """Returns a yuv420p frame without times, from uint8 RGB (height, width, 3) with even sides."""
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), format="rgb24")
        return self._reformatter.reformat(
            frame,
            format="yuv420p",
            dst_colorspace=_SWSCALE_MATRIX[self._colour.matrix],
            src_color_range=FULL,
            dst_color_range=self._colour.range,
            interpolation=_EXACT,
        )
