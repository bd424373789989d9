"""What an HDR clip says about its light: the display it was made on, and how bright it gets."""

import struct
from dataclasses import dataclass
from fractions import Fraction

import av

# AVMasteringDisplayMetadata: x and y of red, green, blue and white, then the darkest and brightest light,
# all as fractions; then whether the chromaticities and whether the lights are there.
_MASTERING = struct.Struct("=22i")
# AVContentLightMetadata: the brightest pixel and the brightest average of a frame, in nits.
_CONTENT = struct.Struct("=2I")
# SMPTE ST 2086 counts chromaticities in steps of 0.00002 and light in steps of 0.0001 nits.
_CHROMATICITY_STEPS, _LIGHT_STEPS = 50000, 10000
# Of each encoder that can store both: the option with options inside, and their names.
_OPTIONS = {
    "libx264": ("x264-params", "mastering-display", "cll"),
    "libx265": ("x265-params", "master-display", "max-cll"),
    "libsvtav1": ("svtav1-params", "mastering-display", "content-light"),
}


@dataclass(frozen=True)
class Light:
    """Static metadata of an HDR clip: SMPTE ST 2086 and CTA-861.3.

    Attributes:
        chromaticities: (x, y) of red, green, blue and white of the mastering display; None when not said.
        darkest: what the mastering display shows as black, in nits; None when not said.
        brightest: what it shows as white, in nits; None when not said.
        brightest_pixel: MaxCLL in nits; 0 when not known.
        brightest_frame: MaxFALL in nits, the highest mean of a frame; 0 when not known.
    """

    chromaticities: tuple[tuple[Fraction, Fraction], ...] | None = None
    darkest: Fraction | None = None
    brightest: Fraction | None = None
    brightest_pixel: int = 0
    brightest_frame: int = 0

    @property
    def peak(self) -> float | None:
        """The brightest light of the clip in nits; None when it does not say."""
        return float(self.brightest_pixel or self.brightest or 0) or None

    @property
    def has_mastering_display(self) -> bool:
        """Whether the mastering display is described in full, as encoders want it."""
        return self.chromaticities is not None and self.brightest is not None


def light_of(frame: av.VideoFrame) -> Light | None:
    """Return the static metadata of a decoded frame; None when it has none."""
    mastering = frame.side_data.get("MASTERING_DISPLAY_METADATA")
    content = frame.side_data.get("CONTENT_LIGHT_LEVEL")
    said = {}
    if mastering is not None:
        said |= _mastering(bytes(mastering))
    if content is not None:
        said["brightest_pixel"], said["brightest_frame"] = _CONTENT.unpack_from(bytes(content))
    return Light(**said) if said else None


def _mastering(data: bytes) -> dict:
    *numbers, has_chromaticities, has_light = _MASTERING.unpack_from(data)
    values = [Fraction(top, bottom or 1) for top, bottom in zip(numbers[::2], numbers[1::2])]
    said = {}
    if has_chromaticities:
        said["chromaticities"] = tuple(zip(values[:8:2], values[1:8:2]))
    if has_light:
        said["darkest"], said["brightest"] = values[8:]
    return said


def mastering_display(light: Light, *, in_steps: bool) -> str:
    """Return the mastering display as encoders read it: G(x,y)B(x,y)R(x,y)WP(x,y)L(brightest,darkest).

    Args:
        light: with a mastering display.
        in_steps: whole steps of SMPTE ST 2086 (x264, x265) instead of plain numbers (SVT-AV1).
    """
    chromaticity_steps, light_steps = (_CHROMATICITY_STEPS, _LIGHT_STEPS) if in_steps else (1, 1)

    def pair(name: str, values: tuple[Fraction, Fraction], steps: int) -> str:
        written = (str(round(value * steps)) if in_steps else f"{float(value):.6f}" for value in values)
        return f"{name}({','.join(written)})"

    red, green, blue, white = light.chromaticities
    points = {"G": green, "B": blue, "R": red, "WP": white}
    text = "".join(pair(name, point, chromaticity_steps) for name, point in points.items())
    return text + pair("L", (light.brightest, light.darkest or Fraction(0)), light_steps)


def light_options(encoder: str, light: Light) -> dict[str, str]:
    """Return the options that make an encoder store an HDR clip's metadata; none where it cannot."""
    content = f"{light.brightest_pixel},{light.brightest_frame}"
    has_content = bool(light.brightest_pixel or light.brightest_frame)
    option, mastering, level = _OPTIONS.get(encoder, ("", "", ""))
    parts = []
    if option and light.has_mastering_display:
        parts.append(f"{mastering}={mastering_display(light, in_steps=encoder != 'libsvtav1')}")
    if option and has_content:
        parts.append(f"{level}={content}")
    return {option: ":".join(parts)} if parts else {}
