"""Conversion between RGB and YUV, and the planes of a frame as arrays.

swscale only resamples chroma; the matrix arithmetic is done here. swscale's own arithmetic scales high bit
depths to 255/256 of the range, rounds full-range chroma down, which tints greys, and is slower. It is as
exact and faster only for 8-bit limited range.
"""

from typing import Any, cast

import av
import cv2
import numpy as np
from av.video.reformatter import Interpolation, VideoReformatter

from video.colour.subsampling import ScaleFilter
from video.core.colour_codes import FULL, LIMITED, YCGCO, Colour

# Without full chroma interpolation and accurate rounding, a flat colour is off by 2 instead of 1.
EXACT = "bilinear+accurate_rnd+full_chroma_int+full_chroma_inp"
# With the same range and matrix on both sides, swscale only resamples chroma and shifts bits. The matrix does
# not matter, but swscale refuses some that a frame may have.
_SAME_MATRIX = {"src_colorspace": 1, "dst_colorspace": 1}
LIMITED_RANGES = {"src_color_range": LIMITED, "dst_color_range": LIMITED, **_SAME_MATRIX}
FULL_RANGES = {"src_color_range": FULL, "dst_color_range": FULL, **_SAME_MATRIX}
_SMOOTH = Interpolation.BILINEAR | Interpolation.ACCURATE_RND

# Luma coefficients of red and blue: BT.709, FCC 73.682, BT.601 (twice), SMPTE 240M, BT.2020 (twice).
_LUMA_COEFFICIENTS = {
    1: (0.2126, 0.0722),
    4: (0.30, 0.11),
    5: (0.299, 0.114),
    6: (0.299, 0.114),
    7: (0.212, 0.087),
    9: (0.2627, 0.0593),
    10: (0.2627, 0.0593),
}


def _same_range(pix_fmt: str) -> dict:
    ranges = FULL_RANGES if pix_fmt.startswith("yuvj") else LIMITED_RANGES
    return {"interpolation": _SMOOTH, **ranges}


def from_rgb_matrix(colour: Colour, bits: int, scale: float) -> np.ndarray:
    """Return the (3, 4) matrix from RGB in 0 to `scale` to YUV or YCgCo code values of `bits` bits.

    The last column is the offset (ITU-T H.273, 8.3; BT.2100 table 9 for the code values).
    """
    if colour.matrix == YCGCO:
        luma, *chroma = np.array([[0.25, 0.5, 0.25], [-0.25, 0.5, -0.25], [0.5, 0, -0.5]])
    else:
        red, blue = _LUMA_COEFFICIENTS[colour.matrix]
        luma = np.array([red, 1 - red - blue, blue])
        chroma = [([0, 0, 1] - luma) / (2 * (1 - blue)), ([1, 0, 0] - luma) / (2 * (1 - red))]
    unit = 2.0 ** (bits - 8)
    top = 2.0**bits - 1
    black, luma_size, chroma_size = (
        (0, top, top) if colour.range == FULL else (16 * unit, 219 * unit, 224 * unit)
    )
    if colour.matrix == YCGCO:
        # It is a transform of code values of RGB, which are all limited alike.
        chroma_size = luma_size
    sizes = np.array([luma_size, chroma_size, chroma_size]) / scale
    offsets = np.array([black, 128 * unit, 128 * unit])
    return np.column_stack([np.stack([luma, *chroma]) * sizes[:, None], offsets])


def to_rgb_matrix(colour: Colour, bits: int, scale: float) -> np.ndarray:
    """Return the (3, 4) matrix from YUV code values of `bits` bits to RGB in 0 to `scale`."""
    forward = from_rgb_matrix(colour, bits, scale)
    backward = np.linalg.inv(forward[:, :3])
    return np.column_stack([backward, -backward @ forward[:, 3]])


def plane(frame: av.VideoFrame, index: int) -> np.ndarray:
    """Return a writable view of one plane, uint8 or uint16, (height, samples per row)."""
    view = cast(Any, frame.planes[index])
    deep = any(part.bits > 8 for part in frame.format.components)
    samples = np.frombuffer(view, np.uint16 if deep else np.uint8).reshape(view.height, -1)
    parts = sum(part.plane == index for part in frame.format.components)
    return samples[:, : view.width * parts]


class ToRGB:
    """Converter of YUV and grey frames of any bit depth to RGB; it keeps its swscale context."""

    def __init__(self):
        self._reformatter = VideoReformatter()

    def __call__(self, frame: av.VideoFrame, colour: Colour, *, bits: int, is_deep: bool) -> np.ndarray:
        """Return RGB (height, width, 3) with the frame's transfer function and primaries.

        Args:
            frame: YUV or grey frame.
            colour: colour tags of the frame.
            bits: bits per sample.
            is_deep: return uint16 in 0..65535 instead of uint8.
        """
        name = frame.format.name
        stored = self._grey(frame, bits) if name.startswith(("gray", "ya")) else self._sixteen_bits(frame)
        matrix = to_rgb_matrix(colour, bits, 65535 if is_deep else 255)
        # swscale shifted the code values to the most significant of 16 bits.
        matrix[:, :3] /= 1 << (16 - bits)
        if name == "yuvj444p":
            # Only for this format does swscale replicate the bits of luma instead.
            matrix[:, 0] *= 256 / 257
        rgb = cv2.transform(stored, matrix.astype(np.float32))
        return rgb if is_deep else cv2.convertScaleAbs(rgb)

    def _sixteen_bits(self, frame: av.VideoFrame) -> np.ndarray:
        same = _same_range(frame.format.name)
        full = self._reformatter.reformat(frame, format="yuv444p16le", **same)
        return cv2.merge([plane(full, index) for index in range(3)])

    def _grey(self, frame: av.VideoFrame, bits: int) -> np.ndarray:
        """Return grey as YUV with neutral chroma; swscale would expand its range."""
        name = "gray" if bits == 8 else f"gray{bits}le"
        luma = plane(self._reformatter.reformat(frame, format=name, **LIMITED_RANGES), 0)
        luma = luma.astype(np.uint16) << (16 - bits)
        neutral = np.full_like(luma, 1 << 15)
        return cv2.merge([luma, neutral, neutral])


class FromRGB:
    """Converter of RGB to YUV frames; it keeps its filter between frames.

    Args:
        colour: colour tags of the frames.
        pix_fmt: planar YUV with any chroma subsampling and 8 to 12 bits. Alpha is set to opaque.
        position: of its chroma samples, by FFmpeg's name.
    """

    def __init__(self, colour: Colour, pix_fmt: str, position: str = "left"):
        self._pix_fmt = pix_fmt
        # With the same range and matrix on both sides, the filter only averages chroma and shifts bits.
        self._swscale_range = FULL if pix_fmt.startswith("yuvj") else LIMITED
        name = "pc" if self._swscale_range == FULL else "tv"
        same = f"in_range={name}:out_range={name}:in_color_matrix=bt709:out_color_matrix=bt709"
        self._subsample = ScaleFilter(
            pix_fmt, f"out_chroma_loc={position}:{same}:flags=bilinear+accurate_rnd"
        )
        self._bits = av.VideoFormat(pix_fmt).components[0].bits
        self._colour = colour

    def __call__(self, rgb: np.ndarray) -> av.VideoFrame:
        """Return a frame without PTS from RGB (height, width, 3).

        Args:
            rgb: uint8 for 8-bit formats, otherwise uint16; both use the full range.
        """
        depth, top = (16, 65535) if self._bits > 8 else (8, 255)
        # YUV samples are in the most significant of 16 bits as well, so that swscale only shifts them.
        matrix = from_rgb_matrix(self._colour, self._bits, top) * (1 << (depth - self._bits))
        matrix = matrix.astype(np.float32)
        height, width = rgb.shape[:2]
        full = av.VideoFrame(width, height, "yuv444p16le" if depth == 16 else "yuv444p")
        for index, part in enumerate(cv2.split(cv2.transform(rgb, matrix))):
            plane(full, index)[:] = part
        if "444" not in self._pix_fmt:
            full.colorspace, full.color_range = 1, self._swscale_range
            return self._subsample(full)
        return full if full.format.name == self._pix_fmt else self._rounded(full, depth - self._bits)

    def _rounded(self, full: av.VideoFrame, shift: int) -> av.VideoFrame:
        """Round to fewer bits. swscale would add dither noise here, because it resamples nothing."""
        result = av.VideoFrame(full.width, full.height, self._pix_fmt)
        half = (1 << shift) >> 1
        for index in range(3):
            samples = np.minimum(plane(full, index), 65535 - half) + half if shift else plane(full, index)
            plane(result, index)[:] = samples >> shift
        return result
