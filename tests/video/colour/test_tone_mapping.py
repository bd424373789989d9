import av
import numpy as np
import pytest

from video.colour.conversion import FromPicture, ToPicture
from video.colour.tone_mapping import (
    SDR_WHITE_NITS,
    ToneMap,
    eetf,
    hlg_to_scene,
    nits_to_pq,
    pq_to_nits,
    to_bt709,
)
from video.core.colour_codes import LIMITED, Colour
from video.core.frames import Picture

PQ, HLG, BT2020_SDR = Colour(9, LIMITED, 9, 16), Colour(9, LIMITED, 9, 18), Colour(9, LIMITED, 9, 14)


def codes(nits):
    """HdrMetadata in nits, BT.2020 linear RGB, as 16-bit PQ."""
    return np.rint(nits_to_pq(np.asarray(nits, float)) * 65535).astype(np.uint16)


def in_bt2020(linear):
    return np.maximum(linear @ np.linalg.inv(to_bt709(9)).T, 0)


# Report ITU-R BT.2390 and the tables of BT.2408 list these pairs.
@pytest.mark.parametrize("code, nits", [(0, 0), (0.5081, 100), (0.5807, 203), (0.7518, 1000), (1, 10000)])
def test_pq_meets_its_published_values(code, nits):
    assert pq_to_nits(np.array(code)) == pytest.approx(nits, rel=2e-3, abs=1e-6)
    assert nits_to_pq(np.array(nits)) == pytest.approx(code, abs=1e-3)


# ARIB STD-B67: the two parts of the curve meet at half the code, a twelfth of the light.
@pytest.mark.parametrize("code, light", [(0, 0), (0.5, 1 / 12), (0.75, 0.26496), (1, 1)])
def test_hlg_meets_its_published_values(code, light):
    assert hlg_to_scene(np.array(code)) == pytest.approx(light, abs=1e-4)


def test_the_matrix_from_bt2020_is_the_published_one():
    published = [[1.6605, -0.5876, -0.0728], [-0.1246, 1.1329, -0.0083], [-0.0182, -0.1006, 1.1187]]
    assert np.allclose(to_bt709(9), published, atol=2e-4)


@pytest.mark.parametrize("peak", [203, 600, 1000, 4000, 10000])
def test_the_eetf_is_monotonic_and_ends_at_the_white_of_the_display(peak):
    nits = np.linspace(0, peak, 2000)
    shown = eetf(nits, peak)
    assert np.all(np.diff(shown) >= -1e-9)
    assert shown[-1] == pytest.approx(min(peak, SDR_WHITE_NITS), rel=1e-3)


def test_the_eetf_does_not_change_what_is_below_its_knee():
    nits = np.array([0.1, 1, 10, 40])
    assert np.allclose(eetf(nits, 1000), nits, rtol=1e-6)


@pytest.mark.parametrize("colour", [PQ, HLG, BT2020_SDR])
def test_grey_stays_grey(colour):
    ramp = np.repeat(np.arange(0, 65536, 255, dtype=np.uint16)[None, :, None], 3, axis=2)
    shown = ToneMap(colour)(ramp).astype(int)
    assert np.ptp(shown, axis=2).max() <= 1
    assert np.all(np.diff(shown[0, :, 0]) >= 0)
    assert (shown.min(), shown.max()) == (0, 255)


def test_the_shadows_and_midtones_of_sdr_in_hdr_are_unchanged():
    """BT.2408 maps SDR into HDR with its white at 203 nits, and tone mapping inverts that."""
    sdr = np.random.default_rng(0).integers(0, 130, (16, 16, 3))
    hdr = codes(in_bt2020((sdr / 255) ** 2.4) * SDR_WHITE_NITS)
    shown = ToneMap(PQ, 1000)(hdr)
    assert abs(shown.astype(int) - sdr).max() <= 2


def test_white_paper_stays_nearly_white_and_the_sun_is_brighter():
    paper, sun = ToneMap(PQ, 1000)(codes([[[203, 203, 203]], [[1000, 1000, 1000]]]))[:, 0, 0]
    assert 215 <= paper < 250
    assert sun == 255


def test_a_known_peak_keeps_highlights_distinct_that_a_lower_one_clips():
    highlights = codes([[[1200, 1200, 1200], [2000, 2000, 2000]]])
    dim, known = ToneMap(PQ, 1000)(highlights)[0, :, 0], ToneMap(PQ, 4000)(highlights)[0, :, 0]
    assert dim[0] == dim[1] == 255
    assert known[0] < known[1] < 255


def test_a_highlight_keeps_its_hue_and_desaturates():
    shown = ToneMap(PQ, 1000)(codes(in_bt2020(np.array([[[800.0, 300.0, 100.0]]]))))[0, 0].astype(int)
    assert shown[0] > shown[1] > shown[2]
    alone = 255 * (np.array([800, 300, 100]) / 800) ** (1 / 2.4)
    assert shown[2] > alone[2]


def test_reference_white_of_hlg_is_reference_white_of_pq():
    hlg = ToneMap(HLG)(np.full((1, 1, 3), round(0.75 * 65535), np.uint16))[0, 0, 0]
    pq = ToneMap(PQ, 1000)(codes([[[203, 203, 203]]]))[0, 0, 0]
    assert abs(int(hlg) - int(pq)) <= 1


@pytest.mark.parametrize("primaries", [9, 12])
def test_colours_of_bt709_in_a_wide_gamut_come_back(primaries):
    sdr = np.random.default_rng(0).integers(0, 256, (16, 16, 3))
    wide = (sdr / 255) ** 2.4 @ np.linalg.inv(to_bt709(primaries)).T
    stored = np.rint(np.clip(wide, 0, 1) ** (1 / 2.4) * 65535).astype(np.uint16)
    assert abs(ToneMap(Colour(1, LIMITED, primaries, 1))(stored).astype(int) - sdr).max() <= 2


def test_colours_outside_bt709_are_clipped_to_its_gamut():
    green = np.array([[[0, 65535, 0]]], np.uint16)
    assert ToneMap(BT2020_SDR)(green)[0, 0].tolist() == [0, 255, 0]


def test_a_pq_frame_becomes_a_picture_of_bt709():
    frame = FromPicture(PQ, "yuv420p10le")(Picture(np.full((16, 16, 3), 148, np.uint8)))
    convert = ToPicture(frame, "tone-map")
    shown = convert(frame).pixels
    # 148/255 is the PQ code of 202 nits.
    assert convert.colour == Colour(1, LIMITED, 1, 1)
    assert np.ptp(shown) <= 1 and 215 <= shown[0, 0, 0] < 250


def test_a_real_clip_that_is_tagged_as_pq_is_tone_mapped(real_clip):
    with av.open(str(real_clip("nasa_13013_hdr.mp4"))) as container:
        frame = next(container.decode(video=0))
    kept, shown = ToPicture(frame, "keep")(frame), ToPicture(frame, "tone-map")(frame)
    # PQ has most of its code values in the shadows, so they become darker; the order is kept.
    dark = kept.pixels.max(axis=2) < 60
    assert shown.pixels[dark].mean() < kept.pixels[dark].mean()
    assert np.corrcoef(kept.pixels[..., 1].ravel(), shown.pixels[..., 1].ravel())[0, 1] > 0.8
