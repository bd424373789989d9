"""Static HDR metadata: the mastering display and the content light level."""

import struct
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, cast

import av

# AVMasteringDisplayMetadata: x and y of red, green, blue and white, minimum and maximum luminance, all as
# fractions; then the flags has_primaries and has_luminance.
_MASTERING = struct.Struct("=22i")
# AVContentLightMetadata: MaxCLL and MaxFALL in nits.
_CONTENT = struct.Struct("=2I")
# SMPTE ST 2086 stores chromaticities in units of 0.00002 and luminance in units of 0.0001 nits.
_CHROMATICITY_UNITS, _LUMINANCE_UNITS = 50000, 10000
# Encoder -> its params option, and the names of the two options inside it.
_OPTIONS = {
    "libx264": ("x264-params", "mastering-display", "cll"),
    "libx265": ("x265-params", "master-display", "max-cll"),
    "libsvtav1": ("svtav1-params", "mastering-display", "content-light"),
}


@dataclass(frozen=True)
class HdrMetadata:
    """Static metadata of an HDR clip (SMPTE ST 2086 and CTA-861.3).

    Attributes:
        chromaticities: (x, y) of the mastering display's red, green, blue and white; None if unknown.
        min_luminance: luminance of the mastering display's black in nits; None if unknown.
        max_luminance: luminance of its white in nits; None if unknown.
        max_cll: maximum content light level, the brightest pixel, in nits; 0 if unknown.
        max_fall: maximum frame-average light level in nits; 0 if unknown.
    """

    chromaticities: tuple[tuple[Fraction, Fraction], ...] | None = None
    min_luminance: Fraction | None = None
    max_luminance: Fraction | None = None
    max_cll: int = 0
    max_fall: int = 0

    @property
    def peak(self) -> float | None:
        """MaxCLL, or else the luminance of the mastering display, in nits; None if unknown."""
        return float(self.max_cll or self.max_luminance or 0) or None

    @property
    def has_mastering_display(self) -> bool:
        """Whether the mastering display is complete, as encoders need it."""
        return self.chromaticities is not None and self.max_luminance is not None


def hdr_metadata(frame: av.VideoFrame) -> HdrMetadata | None:
    """Return the static HDR metadata of a decoded frame; None if it has none."""
    side_data = cast(Any, frame.side_data)
    mastering = side_data.get("MASTERING_DISPLAY_METADATA")
    content = side_data.get("CONTENT_LIGHT_LEVEL")
    fields = {}
    if mastering is not None:
        fields |= _mastering(bytes(mastering))
    if content is not None:
        fields["max_cll"], fields["max_fall"] = _CONTENT.unpack_from(bytes(content))
    return HdrMetadata(**fields) if fields else None


def _mastering(data: bytes) -> dict:
    *numbers, has_primaries, has_luminance = _MASTERING.unpack_from(data)
    values = [
        Fraction(numerator, denominator or 1) for numerator, denominator in zip(numbers[::2], numbers[1::2])
    ]
    fields: dict[str, Any] = {}
    if has_primaries:
        fields["chromaticities"] = tuple(zip(values[:8:2], values[1:8:2]))
    if has_luminance:
        fields["min_luminance"], fields["max_luminance"] = values[8:]
    return fields


def mastering_display(metadata: HdrMetadata, *, in_units: bool) -> str:
    """Return the mastering display in the encoders' syntax: G(x,y)B(x,y)R(x,y)WP(x,y)L(max,min).

    Args:
        metadata: metadata with a complete mastering display.
        in_units: integers in the units of SMPTE ST 2086 (x264, x265) instead of decimals (SVT-AV1).
    """
    chromaticity_units, luminance_units = (_CHROMATICITY_UNITS, _LUMINANCE_UNITS) if in_units else (1, 1)

    def pair(name: str, values: tuple[Fraction, Fraction], units: int) -> str:
        written = (str(round(value * units)) if in_units else f"{float(value):.6f}" for value in values)
        return f"{name}({','.join(written)})"

    red, green, blue, white = metadata.chromaticities
    points = {"G": green, "B": blue, "R": red, "WP": white}
    text = "".join(pair(name, point, chromaticity_units) for name, point in points.items())
    return text + pair("L", (metadata.max_luminance, metadata.min_luminance or Fraction(0)), luminance_units)


def metadata_options(encoder: str, metadata: HdrMetadata) -> dict[str, str]:
    """Return the options that make an encoder store static HDR metadata; empty if it cannot."""
    content = f"{metadata.max_cll},{metadata.max_fall}"
    has_content = bool(metadata.max_cll or metadata.max_fall)
    option, mastering, level = _OPTIONS.get(encoder, ("", "", ""))
    parts = []
    if option and metadata.has_mastering_display:
        parts.append(f"{mastering}={mastering_display(metadata, in_units=encoder != 'libsvtav1')}")
    if option and has_content:
        parts.append(f"{level}={content}")
    return {option: ":".join(parts)} if parts else {}
