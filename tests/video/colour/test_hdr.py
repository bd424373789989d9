import io
from fractions import Fraction

import av
import numpy as np
import pytest

from video.colour.conversion import ToPicture
from video.colour.hdr import Light, light_of, light_options, mastering_display
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
LIGHT = Light(P3_D65, Fraction(1, 10000), Fraction(1000), 800, 200)


def hdr_clip(light):
    colour = Colour(9, LIMITED, 9, 16)
    return Clip(96, 64, Fraction(1, 25), Fraction(25), None, colour, depth=10, light=light)


def first_frame(codec, light):
    """What a decoder makes of a clip of a few grey frames."""
    clip, file = hdr_clip(light), io.BytesIO()
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
def test_mastering_data_go_through_an_encoder_and_back(codec):
    read = light_of(first_frame(codec, LIGHT))
    assert (read.brightest_pixel, read.brightest_frame) == (800, 200)
    assert float(read.brightest) == pytest.approx(1000)
    assert float(read.darkest) == pytest.approx(0.0001, rel=0.5)
    for (x, y), (expected_x, expected_y) in zip(read.chromaticities, P3_D65, strict=True):
        assert float(x) == pytest.approx(float(expected_x), abs=1e-4)
        assert float(y) == pytest.approx(float(expected_y), abs=1e-4)


def test_a_clip_without_mastering_data_has_none():
    assert light_of(first_frame("h265", None)) is None


def test_mastering_data_are_kept_with_the_depth_and_used_without():
    frame = first_frame("h265", LIGHT)
    assert ToPicture(frame, "keep").light.brightest_pixel == 800
    shown = ToPicture(frame, "tone-map")
    assert shown.light is None
    assert any("PQ, 800 nits" in warning for warning in shown.warnings)


@pytest.mark.parametrize(
    "light, peak",
    [
        (LIGHT, 800),
        (Light(brightest=Fraction(4000)), 4000),
        (Light(brightest_frame=100), None),
        (Light(), None),
    ],
)
def test_the_peak_is_the_brightest_pixel_or_else_the_display(light, peak):
    assert light.peak == peak


def test_the_mastering_display_is_written_as_each_encoder_reads_it():
    steps = mastering_display(LIGHT, in_steps=True)
    assert steps == "G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,1)"
    plain = mastering_display(LIGHT, in_steps=False)
    assert plain.startswith("G(0.265000,0.690000)B(")
    assert plain.endswith("L(1000.000000,0.000100)")


@pytest.mark.parametrize(
    "encoder, light, options",
    [
        ("libx265", Light(brightest_pixel=900, brightest_frame=90), {"x265-params": "max-cll=900,90"}),
        ("libx264", Light(brightest_pixel=900), {"x264-params": "cll=900,0"}),
        ("libx265", Light(brightest=Fraction(600)), {}),
        ("libvpx-vp9", LIGHT, {}),
    ],
)
def test_only_what_is_known_and_can_be_stored_is_set(encoder, light, options):
    assert light_options(encoder, light) == options
