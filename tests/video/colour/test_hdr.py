import io
from fractions import Fraction

import av
import numpy as np
import pytest

from video.colour.conversion import ToPicture
from video.colour.hdr import HdrMetadata, hdr_metadata, mastering_display, metadata_options
from video.core.colour_codes import LIMITED, Colour
from video.core.containers import CONTAINERS
from video.core.frames import Clip, Picture
from video.core.options import Options
from video.encoding.choice import choose_encoder
from video.encoding.encoder import add_video_stream

P3_D65 = (
    (Fraction(17, 25), Fraction(8, 25)),
    (Fraction(53, 200), Fraction(69, 100)),
    (Fraction(3, 20), Fraction(3, 50)),
    (Fraction(3127, 10000), Fraction(329, 1000)),
)
METADATA = HdrMetadata(P3_D65, Fraction(1, 10000), Fraction(1000), 800, 200)


def hdr_clip(metadata):
    colour = Colour(9, LIMITED, 9, 16)
    return Clip(96, 64, Fraction(1, 25), Fraction(25), None, colour, depth=10, hdr_metadata=metadata)


def first_frame(codec, metadata):
    """The first decoded frame of a clip of a few grey frames."""
    clip, file = hdr_clip(metadata), io.BytesIO()
    encoder = choose_encoder(CONTAINERS[".mkv"], Options(codec=codec), clip)
    with av.open(file, "w", format="matroska") as output:
        stream = add_video_stream(output, encoder, clip)
        convert = encoder.converter(clip)
        for index in range(5):
            frame = convert(Picture(np.full((64, 96, 3), 90, np.uint8)))
            frame.pts, frame.time_base = index, Fraction(1, 25)
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    file.seek(0)
    with av.open(file) as container:
        return next(container.decode(video=0))


@pytest.mark.parametrize("codec", ["h264", "h265", "av1"])
def test_hdr_metadata_survive_encoding_and_decoding(codec):
    read = hdr_metadata(first_frame(codec, METADATA))
    assert (read.max_cll, read.max_fall) == (800, 200)
    assert float(read.max_luminance) == pytest.approx(1000)
    assert float(read.min_luminance) == pytest.approx(0.0001, rel=0.5)
    for (x, y), (expected_x, expected_y) in zip(read.chromaticities, P3_D65, strict=True):
        assert float(x) == pytest.approx(float(expected_x), abs=1e-4)
        assert float(y) == pytest.approx(float(expected_y), abs=1e-4)


def test_a_clip_without_hdr_metadata_has_none():
    assert hdr_metadata(first_frame("h265", None)) is None


def test_hdr_metadata_are_kept_with_keep_and_used_by_tone_mapping():
    frame = first_frame("h265", METADATA)
    assert ToPicture(frame, "keep").hdr_metadata.max_cll == 800
    shown = ToPicture(frame, "tone-map")
    assert shown.hdr_metadata is None
    assert any("PQ, 800 nits" in warning for warning in shown.warnings)


@pytest.mark.parametrize(
    "metadata, peak",
    [
        (METADATA, 800),
        (HdrMetadata(max_luminance=Fraction(4000)), 4000),
        (HdrMetadata(max_fall=100), None),
        (HdrMetadata(), None),
    ],
)
def test_the_peak_is_max_cll_or_else_the_luminance_of_the_display(metadata, peak):
    assert metadata.peak == peak


def test_the_mastering_display_is_in_the_syntax_of_each_encoder():
    units = mastering_display(METADATA, in_units=True)
    assert units == "G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,1)"
    decimals = mastering_display(METADATA, in_units=False)
    assert decimals.startswith("G(0.265000,0.690000)B(")
    assert decimals.endswith("L(1000.000000,0.000100)")


@pytest.mark.parametrize(
    "encoder, metadata, options",
    [
        ("libx265", HdrMetadata(max_cll=900, max_fall=90), {"x265-params": "max-cll=900,90"}),
        ("libx264", HdrMetadata(max_cll=900), {"x264-params": "cll=900,0"}),
        ("libx265", HdrMetadata(max_luminance=Fraction(600)), {}),
        ("libvpx-vp9", METADATA, {}),
    ],
)
def test_only_known_metadata_that_can_be_stored_is_set(encoder, metadata, options):
    assert metadata_options(encoder, metadata) == options
