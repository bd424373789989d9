"""Tone mapping of HDR and wide gamut to 8-bit BT.709.

The steps are display-referred: apply the EOTF, convert the primaries, clip what is outside BT.709, compress
the highlights with the EETF of ITU-R BT.2390, and encode for a display of gamma 2.4 (BT.1886).
"""

import cv2
import numpy as np

from video.core.colour_codes import HLG, PQ, Colour

# HDR reference white (BT.2408, 2.2), which becomes the white of SDR.
SDR_WHITE_NITS = 203.0
_DEFAULT_PEAK_NITS = 1000.0
_GAMMA = 2.4
_PQ_PEAK_NITS = 10000.0
_HLG_GAMMA = 1.2
_STEPS = np.arange(65536) / 65535

# Chromaticities of red, green, blue (ITU-T H.273, table 2) with a D65 white. DCI-P3 (11) has another white,
# to which a viewer adapts, so it is mapped to D65.
_CHROMATICITIES = {
    1: ((0.640, 0.330), (0.300, 0.600), (0.150, 0.060)),
    4: ((0.67, 0.33), (0.21, 0.71), (0.14, 0.08)),
    5: ((0.640, 0.330), (0.290, 0.600), (0.150, 0.060)),
    6: ((0.630, 0.340), (0.310, 0.595), (0.155, 0.070)),
    7: ((0.630, 0.340), (0.310, 0.595), (0.155, 0.070)),
    9: ((0.708, 0.292), (0.170, 0.797), (0.131, 0.046)),
    11: ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060)),
    12: ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060)),
}
_WHITE = (0.3127, 0.3290)


def _to_xyz(primaries: int) -> np.ndarray:
    x, y = np.array(_CHROMATICITIES.get(primaries, _CHROMATICITIES[9])).T
    columns = np.stack([x / y, np.ones(3), (1 - x - y) / y])
    white = np.array([_WHITE[0] / _WHITE[1], 1, (1 - sum(_WHITE)) / _WHITE[1]])
    return columns * np.linalg.solve(columns, white)


def to_bt709(primaries: int) -> np.ndarray:
    """Return the (3, 3) matrix from linear RGB of these primaries to linear RGB of BT.709."""
    return np.linalg.inv(_to_xyz(1)) @ _to_xyz(primaries)


def pq_to_nits(code: np.ndarray) -> np.ndarray:
    """Return the luminance in nits of PQ code values in [0, 1]: the EOTF of SMPTE ST 2084, equation 4.1."""
    power = np.power(code, 32 / 2523)
    fraction = np.maximum(power - 3424 / 4096, 0) / (2413 / 128 - 2392 / 128 * power)
    return _PQ_PEAK_NITS * np.power(fraction, 8192 / 1305)


def nits_to_pq(nits: np.ndarray | float) -> np.ndarray:
    """Return the PQ code values in [0, 1] of luminance in nits: the inverse EOTF of SMPTE ST 2084."""
    power = np.power(np.asarray(nits) / _PQ_PEAK_NITS, 1305 / 8192)
    return np.power((3424 / 4096 + 2413 / 128 * power) / (1 + 2392 / 128 * power), 2523 / 32)


def hlg_to_scene(code: np.ndarray) -> np.ndarray:
    """Return scene light in [0, 1] of HLG code values in [0, 1]: the inverse OETF of ARIB STD-B67."""
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    return np.where(code <= 0.5, code**2 / 3, (np.exp((code - c) / a) + b) / 12)


def eetf(nits: np.ndarray, peak: float) -> np.ndarray:
    """Return luminance compressed to a display of SDR_WHITE_NITS: the EETF of ITU-R BT.2390-10, 5.4.1.

    Below the knee nothing changes. Above it, a Hermite spline in PQ rolls off to the display's white.

    Args:
        nits: luminance from 0 to `peak`.
        peak: peak luminance of the clip in nits.
    """
    top = nits_to_pq(peak)
    limit = min(1.0, nits_to_pq(SDR_WHITE_NITS) / top)
    knee = 1.5 * limit - 0.5
    code = np.clip(nits_to_pq(nits) / top, 0, 1)
    if knee >= 1:
        return pq_to_nits(code * top)
    t = np.clip((code - knee) / (1 - knee), 0, 1)
    spline = (2 * t**3 - 3 * t**2 + 1) * knee + (t**3 - 2 * t**2 + t) * (1 - knee)
    spline += (3 * t**2 - 2 * t**3) * limit
    return pq_to_nits(np.where(code < knee, code, spline) * top)


class ToneMap:
    """Converter of 16-bit RGB code values to 8-bit BT.709; it keeps its lookup tables between frames.

    The EETF is applied to HDR in two ways, and the result is their mean. Scaling by max(R, G, B) keeps hues
    but turns the sun orange. Each channel by itself desaturates highlights, as film does, but shifts hues.

    Args:
        colour: transfer function and primaries of the clip.
        peak: peak luminance of the clip in nits; None assumes 1000.
    """

    def __init__(self, colour: Colour, peak: float | None = None):
        self._colour = colour
        self._matrix = to_bt709(colour.primaries).astype(np.float32)
        # HLG is relative. On the 1000-nit display of BT.2100 its system gamma is 1.2.
        peak = peak if peak and colour.transfer == PQ else _DEFAULT_PEAK_NITS
        peak = max(peak, SDR_WHITE_NITS)
        # From here on, luminance is in units of SDR white.
        self._peak = peak / SDR_WHITE_NITS
        self._eotf = (_eotf_nits(colour.transfer) / SDR_WHITE_NITS).astype(np.float32)
        # Both tables are indexed by the square root, which gives the shadows more entries.
        self._eetf = (eetf(_STEPS**2 * peak, peak) / SDR_WHITE_NITS).astype(np.float32)
        self._inverse_eotf = np.rint(255 * _STEPS ** (2 / _GAMMA)).astype(np.uint8)

    def __call__(self, stored: np.ndarray) -> np.ndarray:
        """Return uint8 BT.709 RGB of uint16 RGB code values, both (height, width, 3)."""
        light = np.take(self._eotf, stored)
        if self._colour.transfer == HLG:
            light *= _hlg_gain(light)
        # Colours outside BT.709 have negative components, which are clipped.
        light = np.maximum(cv2.transform(light, self._matrix), 0)
        if self._colour.is_hdr:
            light = self._apply_eetf(light)
        return np.take(self._inverse_eotf, _table_index(light))

    def _apply_eetf(self, light: np.ndarray) -> np.ndarray:
        parts = np.take(self._eetf, _table_index(light * np.float32(1 / self._peak)))
        brightest = cv2.max(cv2.max(light[..., 0], light[..., 1]), light[..., 2])
        # The EETF is monotonic, so this is the EETF of the brightest component.
        compressed = cv2.max(cv2.max(parts[..., 0], parts[..., 1]), parts[..., 2])
        gain = compressed / np.maximum(brightest, np.float32(1e-9))
        return cv2.addWeighted(light * gain[..., None], 0.5, parts, 0.5, 0)


def _eotf_nits(transfer: int) -> np.ndarray:
    """Return the luminance in nits of every 16-bit code value; for HLG with a system gamma of 1."""
    if transfer == PQ:
        return pq_to_nits(_STEPS)
    if transfer == HLG:
        return hlg_to_scene(_STEPS) * _DEFAULT_PEAK_NITS
    return _STEPS**_GAMMA * SDR_WHITE_NITS


def _hlg_gain(light: np.ndarray) -> np.ndarray:
    """Return the gain of each pixel by the HLG OOTF (BT.2100, table 5)."""
    scene: np.ndarray = cv2.transform(light, np.array([[0.2627, 0.6780, 0.0593]], np.float32))
    scene *= SDR_WHITE_NITS / _DEFAULT_PEAK_NITS
    return np.power(scene, _HLG_GAMMA - 1)[..., None]


def _table_index(light: np.ndarray) -> np.ndarray:
    """Return indices of light in [0, 1] into a table of 65536 steps of its square root."""
    roots: np.ndarray = cv2.sqrt(light)
    np.minimum(roots, np.float32(1), out=roots)
    roots *= np.float32(65535)
    roots += np.float32(0.5)
    return roots.astype(np.uint16)
