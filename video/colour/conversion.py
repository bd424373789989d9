"""Conversion between stored frames and pictures, without relying on a library's defaults."""

from typing import Any, cast

import av
import cv2
import numpy as np
from av.video.reformatter import VideoReformatter

from video.colour.hdr import hdr_metadata
from video.colour.subsampling import ScaleFilter
from video.colour.tone_mapping import ToneMap
from video.colour.yuv import EXACT, FULL_RANGES, FromRGB, ToRGB, plane
from video.core.colour_codes import (
    BT2020,
    FULL,
    HLG,
    PQ,
    RGB,
    YCGCO,
    Colour,
    has_impossible_matrix,
    is_rgb,
    sdr_colour,
    source_colour,
    unknown_matrix,
    written_colour,
)
from video.core.errors import MediaError
from video.core.frames import Picture

# H.273 matrix coefficients -> the filter's name of them.
_SCALE_MATRIX = {1: "bt709", 4: "fcc", 5: "bt601", 6: "bt601", 7: "smpte240m", 9: "bt2020", 10: "bt2020"}
# Dynamic HDR metadata, by PyAV's names.
_DYNAMIC = ("DOVI_RPU_BUFFER", "DOVI_METADATA", "DYNAMIC_HDR_PLUS")
_NAMES = {PQ: "PQ", HLG: "HLG", BT2020: "BT.2020", 11: "DCI-P3", 12: "Display P3"}


def _check_matrix(frame: av.VideoFrame) -> None:
    name = unknown_matrix(frame)
    if name is not None:
        raise MediaError(
            f"the clip's colour matrix is not known: {name}",
            detail="expected RGB, YCgCo, BT.601, BT.709, SMPTE 240M, FCC or BT.2020 (not constant luminance)",
            fix="convert the clip to BT.709 first, with FFmpeg's filter zscale=matrix=709; if only its tag "
            "is wrong, correct the tag (-bsf:v h264_metadata=matrix_coefficients=1, or hevc_metadata)",
        )


def _bit_depth(format: av.VideoFormat) -> int:
    return 8 if format.has_palette else max(part.bits for part in format.components)


class ToPicture:
    """Converter of decoded frames to pictures; it keeps its swscale contexts between frames.

    The first frame determines the properties of all pictures. Each frame is read by its own format and tags.

    Args:
        first: the first frame.
        hdr: 'tone-map' converts HDR and wide gamut to 8-bit BT.709; 'keep' keeps every bit and tag.

    Attributes:
        colour: colour tags for storing the result.
        depth: bits per sample of the pictures; above 8 they have a residual.
        has_alpha: whether the pictures have alpha.
        is_rgb: whether the source stores RGB.
        has_full_chroma: whether it stores YUV with as many chroma samples as luma samples.
        hdr_metadata: static HDR metadata to keep, else None.
        warnings: sentences about what is converted or lost.

    Raises:
        MediaError: swscale cannot convert the first frame's pixel format, or its matrix is not known.
    """

    def __init__(self, first: av.VideoFrame, hdr: str):
        _check_matrix(first)
        stored, self._keeps = source_colour(first), hdr == "keep"
        self._peak = getattr(hdr_metadata(first), "peak", None)
        self.colour = written_colour(stored) if self._keeps else sdr_colour(stored)
        self.depth = min(_bit_depth(first.format), 16) if self._keeps else 8
        self.has_alpha = _has_alpha(first)
        self.is_rgb = is_rgb(first.format)
        self.has_full_chroma = _has_full_chroma(first.format)
        self.hdr_metadata = hdr_metadata(first) if self._keeps else None
        self.warnings = _warnings(first, stored, self._keeps)
        self._to_rgb, self._reformatter, self._to_alpha = ToRGB(), VideoReformatter(), VideoReformatter()
        self._tone_maps = {}
        try:
            self(first)
        except av.FFmpegError as error:
            raise MediaError(
                f"the clip's pixel format cannot be read: {first.format.name}",
                detail="expected YUV, RGB, grey or a palette that swscale can convert",
                fix="convert the clip to yuv420p with another program first",
            ) from error

    def __call__(self, frame: av.VideoFrame) -> Picture:
        """Return the frame as a picture, without applying its rotation.

        Raises:
            MediaError: the frame's matrix is not known; any guess would give wrong colours.
        """
        _check_matrix(frame)
        alpha = self._alpha(frame) if self.has_alpha else None
        colour = source_colour(frame)
        if self.depth > 8:
            return _with_residual(self._rgb(frame, colour, is_deep=True), alpha)
        if not self._keeps and (colour.is_hdr or colour.is_wide):
            return Picture(self._tone_map(colour)(self._rgb(frame, colour, is_deep=True)), alpha)
        return Picture(self._rgb(frame, colour, is_deep=False), alpha)

    def _rgb(self, frame: av.VideoFrame, colour: Colour, *, is_deep: bool) -> np.ndarray:
        """Return uint8 or uint16 RGB with the transfer function and primaries of the frame."""
        bits = _bit_depth(frame.format)
        if not is_rgb(frame.format):
            return self._to_rgb(frame, colour, bits=bits, is_deep=is_deep)
        name = "rgb48le" if bits > 8 else "rgb24"
        rgb = np.ascontiguousarray(self._reformatter.reformat(frame, format=name, **FULL_RANGES).to_ndarray())
        if is_deep == (bits > 8):
            return rgb
        return rgb.astype(np.uint16) * 257 if is_deep else _to_eight_bits(rgb)

    def _tone_map(self, colour: Colour) -> ToneMap:
        if colour not in self._tone_maps:
            self._tone_maps[colour] = ToneMap(colour, self._peak)
        return self._tone_maps[colour]

    def _alpha(self, frame: av.VideoFrame) -> np.ndarray:
        """Return a copy of the alpha as uint8; opaque if the frame has none."""
        if not (_alpha_part(frame.format) or frame.format.has_palette):
            return np.full((frame.height, frame.width), 255, np.uint8)
        part, bits = _alpha_part(frame.format), _bit_depth(frame.format)
        if part and part.plane > 0 and bits <= 16 and not frame.format.is_big_endian:
            samples = plane(frame, part.plane)
        else:
            packed = self._to_alpha.reformat(frame, format="rgba" if bits == 8 else "rgba64le", **FULL_RANGES)
            samples, bits = packed.to_ndarray()[..., 3], min(bits, 8) if bits == 8 else 16
        if bits == 8:
            return np.array(samples)
        return cv2.convertScaleAbs(np.ascontiguousarray(samples), alpha=255 / (2**bits - 1))


def _alpha_part(format: av.VideoFormat) -> av.video.format.VideoFormatComponent | None:
    return next((part for part in format.components if part.is_alpha), None)


def _has_full_chroma(format: av.VideoFormat) -> bool:
    return not is_rgb(format) and len(format.components) > 2 and format.chroma_width(64) == 64


def _has_alpha(frame: av.VideoFrame) -> bool:
    if frame.format.has_palette:
        return bool((np.frombuffer(cast(Any, frame.planes[1]), np.uint8)[3::4] < 255).any())
    return _alpha_part(frame.format) is not None


def _to_eight_bits(rgb16: np.ndarray) -> np.ndarray:
    return cv2.convertScaleAbs(rgb16, alpha=1 / 257)


def _with_residual(rgb16: np.ndarray, alpha: np.ndarray | None) -> Picture:
    pixels = _to_eight_bits(rgb16)
    residual = rgb16.astype(np.int32) - pixels.astype(np.int32) * 257
    return Picture(pixels, alpha, residual.astype(np.int16))


def _warnings(first: av.VideoFrame, stored: Colour, keeps: bool) -> list[str]:
    """Return a sentence for each property of a frame that is guessed, converted or lost."""
    warnings, bits = [], _bit_depth(first.format)
    if has_impossible_matrix(first):
        name = "BT.2020" if stored.matrix == BT2020 else "BT.709" if stored.matrix == 1 else "BT.601"
        warnings.append(f"The source is tagged as RGB and stores {first.format.name}; it was read as {name}.")
    if stored.matrix == YCGCO:
        warnings.append("The source stores YCgCo; the result stores the usual YCbCr.")
    if stored.is_hdr:
        warnings.append(_hdr_warning(first, stored, keeps))
    elif stored.is_wide and not keeps:
        gamut = _NAMES[stored.primaries]
        warnings.append(
            f"The source has a wide gamut ({gamut}); it became BT.709, with colours outside clipped."
        )
    if bits > 8 and not keeps:
        name = first.format.name
        warnings.append(f"The source has more than 8 bits a sample ({name}); the result has 8.")
    if keeps and min(bits, 16) > 8:
        warnings.append(f"The {min(bits, 16)} bits of the source are kept; the translation sees 8 of them.")
    if any(first.side_data.get(name) for name in _DYNAMIC):
        warnings.append("The source's Dolby Vision or HDR10+ metadata are dropped; the base layer is used.")
    return warnings


def _hdr_warning(first: av.VideoFrame, stored: Colour, keeps: bool) -> str:
    curve = _NAMES[stored.transfer]
    if keeps:
        return f"The source is HDR ({curve}) and stays so; the translation sees its {curve} code values."
    peak = getattr(hdr_metadata(first), "peak", None)
    brightness = f"{peak:.0f} nits" if peak else "1000 nits assumed"
    return f"The source is HDR ({curve}, {brightness}); it was tone-mapped to BT.709 (BT.2390)."


class FromPicture:
    """Converter of pictures to frames; it keeps its swscale contexts between frames.

    Args:
        colour: colour tags of the frames; RGB formats ignore matrix and range.
        pix_fmt: any planar YUV, packed or planar 8-bit RGB, or planar RGB of a higher bit depth.
        position: of the chroma samples, by FFmpeg's name.
    """

    def __init__(self, colour: Colour, pix_fmt: str, position: str = "left"):
        self._colour, self._pix_fmt = colour, pix_fmt
        self._format = av.VideoFormat(pix_fmt)
        self._bits = _bit_depth(self._format)
        self._reformatter, self._from_rgb = VideoReformatter(), FromRGB(colour, pix_fmt, position)
        self._from_eight_bits = ScaleFilter(pix_fmt, _limited(colour.matrix, position))

    def __call__(self, picture: Picture) -> av.VideoFrame:
        """Return a frame without PTS. If the format has alpha, it is the picture's, or opaque."""
        frame = self._deep(picture) if self._bits > 8 else self._eight_bits(picture.pixels)
        part = _alpha_part(self._format)
        if part:
            alpha = plane(frame, part.plane)
            alpha = alpha[:, 3::4] if part.plane == 0 else alpha
            alpha[:] = 2**self._bits - 1 if picture.alpha is None else _scaled(picture.alpha, self._bits)
        colour = self._colour
        is_rgb = self._format.is_rgb
        frame.colorspace, frame.color_range = (RGB, FULL) if is_rgb else (colour.matrix, colour.range)
        frame.color_primaries, frame.color_trc = colour.primaries, colour.transfer
        return frame

    def _eight_bits(self, pixels: np.ndarray) -> av.VideoFrame:
        if not self._format.is_rgb and self._colour.range == FULL:
            return self._from_rgb(pixels)
        if self._pix_fmt == "rgb24":
            return av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), format="rgb24")
        # No copy here: the conversion below makes one.
        frame = av.VideoFrame.from_numpy_buffer(np.ascontiguousarray(pixels), format="rgb24")
        if not self._format.is_rgb:
            frame.colorspace, frame.color_range = RGB, FULL
            return self._from_eight_bits(frame)
        return self._reformatter.reformat(frame, format=self._pix_fmt, **FULL_RANGES)

    def _deep(self, picture: Picture) -> av.VideoFrame:
        rgb16 = picture.pixels.astype(np.int32) * 257
        if picture.residual is not None:
            # The translation may be so close to black or white that adding the residual overflows.
            rgb16 = np.clip(rgb16 + picture.residual, 0, 65535)
        rgb16 = rgb16.astype(np.uint16)
        if not self._format.is_rgb:
            return self._from_rgb(rgb16)
        height, width = rgb16.shape[:2]
        frame = av.VideoFrame(width, height, self._pix_fmt)
        for index, channel in enumerate((1, 2, 0)):
            plane(frame, index)[:] = _rounded(rgb16[..., channel], self._bits)
        return frame


def _limited(matrix: int, position: str) -> str:
    name = _SCALE_MATRIX.get(matrix, "bt709")
    return f"out_chroma_loc={position}:in_range=pc:out_range=tv:out_color_matrix={name}:flags={EXACT}"


def _rounded(samples: np.ndarray, bits: int) -> np.ndarray:
    return np.rint(samples * ((2**bits - 1) / 65535)) if bits < 16 else samples


def _scaled(alpha: np.ndarray, bits: int) -> np.ndarray:
    return alpha if bits == 8 else np.rint(alpha * ((2**bits - 1) / 255))
