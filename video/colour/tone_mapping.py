"""From HDR and wide gamut to BT.709 pictures of eight bits that look natural.

Light is calculated as a display shows it: decode the curve, change the primaries, clip what BT.709 cannot
hold, press what is brighter than the target into it, and encode for a display of gamma 2.4 (BT.1886).
"""

import cv2
import numpy as np

from video.core.colour_codes import HLG, PQ, Colour

# White of a graphic in HDR (BT.2408, 2.2): what becomes the white of SDR.
SDR_WHITE_NITS = 203.0
_DEFAULT_PEAK_NITS = 1000.0
_GAMMA = 2.4
_PQ_PEAK_NITS = 10000.0
_HLG_GAMMA = 1.2
_STEPS = np.arange(65536) / 65535

# Chromaticities of red, green, blue (ITU-T H.273, table 2); white is D65 in all of them. Films for cinemas
# (11) have another white, which an eye in front of them takes for white as well.
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
    """Return the light in nits of PQ code values in [0, 1] (SMPTE ST 2084, equation 4.1)."""
    power = np.power(code, 32 / 2523)
    fraction = np.maximum(power - 3424 / 4096, 0) / (2413 / 128 - 2392 / 128 * power)
    return _PQ_PEAK_NITS * np.power(fraction, 8192 / 1305)


def nits_to_pq(nits: np.ndarray) -> np.ndarray:
    """Return the PQ code values in [0, 1] of light in nits: the inverse of `pq_to_nits`."""
    power = np.power(np.asarray(nits) / _PQ_PEAK_NITS, 1305 / 8192)
    return np.power((3424 / 4096 + 2413 / 128 * power) / (1 + 2392 / 128 * power), 2523 / 32)


def hlg_to_scene(code: np.ndarray) -> np.ndarray:
    """Return the light of the scene, 0 to 1, of HLG code values in [0, 1] (ARIB STD-B67)."""
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    return np.where(code <= 0.5, code**2 / 3, (np.exp((code - c) / a) + b) / 12)


def pressed(nits: np.ndarray, peak: float) -> np.ndarray:
    """Return light as a display of SDR_WHITE_NITS shows it: the EETF of ITU-R BT.2390-10, 5.4.1.

    Below its knee nothing changes; above, a spline in PQ bends towards the display's white.

    Args:
        nits: light from 0 to `peak`.
        peak: the brightest light of the clip in nits.
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
    """16-bit RGB as a clip stores it to eight-bit BT.709; keeps its tables between frames.

    HDR is pressed in two ways, and the result is their mean: by the brightest of red, green and blue,
    which keeps every hue but paints the sun orange; and each for itself, which turns bright light white,
    as film does, but shifts hues.

    Args:
        colour: curve and primaries of the clip.
        peak: its brightest light in nits; None when it does not say: 1000.
    """

    def __init__(self, colour: Colour, peak: float | None = None):
        self._colour = colour
        self._matrix = to_bt709(colour.primaries).astype(np.float32)
        # HLG is relative: BT.2100 shows it on a display of 1000 nits, where its gamma is 1.2.
        peak = peak if peak and colour.transfer == PQ else _DEFAULT_PEAK_NITS
        peak = max(peak, SDR_WHITE_NITS)
        # From here on light is in units of SDR's white.
        self._peak = peak / SDR_WHITE_NITS
        self._light = (_decoded(colour.transfer) / SDR_WHITE_NITS).astype(np.float32)
        # The square root spreads the steps of both tables over the shadows, as an eye does.
        self._pressed = (pressed(_STEPS**2 * peak, peak) / SDR_WHITE_NITS).astype(np.float32)
        self._code = np.rint(255 * _STEPS ** (2 / _GAMMA)).astype(np.uint8)

    def __call__(self, stored: np.ndarray) -> np.ndarray:
        """Return uint8 BT.709 RGB from uint16 RGB as stored, (height, width, 3) both."""
        light = np.take(self._light, stored)
        if self._colour.transfer == HLG:
            light *= _hlg_gain(light)
        # What BT.709 cannot hold has a negative part; without it a near colour is left.
        light = np.maximum(cv2.transform(light, self._matrix), 0)
        if self._colour.is_hdr:
            light = self._press(light)
        return np.take(self._code, _place(light))

    def _press(self, light: np.ndarray) -> np.ndarray:
        parts = np.take(self._pressed, _place(light * np.float32(1 / self._peak)))
        brightest = cv2.max(cv2.max(light[..., 0], light[..., 1]), light[..., 2])
        # The curve rises: the brightest part pressed is the brightest of the pressed parts.
        shown = cv2.max(cv2.max(parts[..., 0], parts[..., 1]), parts[..., 2])
        gain = shown / np.maximum(brightest, np.float32(1e-9))
        return cv2.addWeighted(light * gain[..., None], 0.5, parts, 0.5, 0)


def _decoded(transfer: int) -> np.ndarray:
    """Return the light in nits of every 16-bit code value; of HLG as if its gamma were 1."""
    if transfer == PQ:
        return pq_to_nits(_STEPS)
    if transfer == HLG:
        return hlg_to_scene(_STEPS) * _DEFAULT_PEAK_NITS
    return _STEPS**_GAMMA * SDR_WHITE_NITS


def _hlg_gain(light: np.ndarray) -> np.ndarray:
    """Return the factor of each pixel that renders HLG's scene for a display (BT.2100, table 5, OOTF)."""
    scene = cv2.transform(light, np.array([[0.2627, 0.6780, 0.0593]], np.float32))
    scene *= SDR_WHITE_NITS / _DEFAULT_PEAK_NITS
    return np.power(scene, _HLG_GAMMA - 1)[..., None]


def _place(light: np.ndarray) -> np.ndarray:
    """Return where in a table of 65536 steps of the square root light from 0 to 1 is found."""
    roots = cv2.sqrt(light)
    np.minimum(roots, np.float32(1), out=roots)
    roots *= np.float32(65535)
    roots += np.float32(0.5)
    return roots.astype(np.uint16)
