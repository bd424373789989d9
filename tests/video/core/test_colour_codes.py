import av
import pytest

from video.colour.conversion import ToPicture
from video.core.colour_codes import FULL, LIMITED, Colour, default_colour, source_colour


def tagged(frame, colour):
    frame.colorspace, frame.color_range = colour.matrix, colour.range
    frame.color_primaries, frame.color_trc = colour.primaries, colour.transfer
    return frame


@pytest.mark.parametrize("height, matrix", [(480, 6), (576, 6), (719, 6), (720, 1), (1080, 1)])
def test_an_untagged_clip_is_guessed_by_its_height(height, matrix):
    frame = av.VideoFrame(16, height, "yuv420p")
    assert source_colour(frame).matrix == matrix
    assert ToPicture(frame, "tone-map").colour == default_colour(height)


@pytest.mark.parametrize(
    "said, expected",
    [
        (Colour(9, LIMITED, 2, 2), Colour(9, LIMITED, 9, 14)),
        (Colour(10, LIMITED, 2, 2), Colour(10, LIMITED, 9, 14)),
        (Colour(8, LIMITED, 2, 2), Colour(8, LIMITED, 1, 1)),
        (Colour(2, LIMITED, 2, 16), Colour(9, LIMITED, 9, 16)),
        (Colour(2, LIMITED, 1, 2), Colour(1, LIMITED, 1, 1)),
        (Colour(5, LIMITED, 2, 2), Colour(5, LIMITED, 5, 6)),
    ],
)
def test_missing_tags_follow_the_ones_that_are_there(said, expected):
    assert source_colour(tagged(av.VideoFrame(16, 480, "yuv420p"), said)) == expected


@pytest.mark.parametrize("colour", [Colour(1, FULL, 1, 13), Colour(6, LIMITED, 6, 6), Colour(5, FULL, 5, 6)])
def test_tags_of_an_ordinary_clip_stay(colour):
    frame = tagged(av.VideoFrame(16, 480, "yuv420p"), colour)
    assert ToPicture(frame, "tone-map").colour == colour


def test_rgb_sources_are_stored_as_limited_bt709():
    frame = av.VideoFrame(16, 16, "gbrp")
    frame.color_range = FULL
    convert = ToPicture(frame, "tone-map")
    assert convert.colour == Colour(1, LIMITED, 1, 1)
    assert convert.is_rgb


@pytest.mark.parametrize(
    "pix_fmt, colour, hdr, words",
    [
        ("yuv420p10le", Colour(1, LIMITED, 1, 1), "tone-map", "more than 8 bits a sample"),
        ("yuv420p10le", Colour(1, LIMITED, 1, 1), "keep", "10 bits of the source are kept"),
        (
            "yuv420p10le",
            Colour(9, LIMITED, 9, 16),
            "tone-map",
            "HDR (PQ, 1000 nits assumed); it was tone-mapped",
        ),
        ("yuv420p10le", Colour(9, LIMITED, 9, 18), "keep", "HDR (HLG) and stays so"),
        ("yuv420p", Colour(9, LIMITED, 9, 14), "tone-map", "wide gamut (BT.2020)"),
        ("yuv420p", Colour(1, LIMITED, 12, 1), "tone-map", "wide gamut (Display P3)"),
        ("yuv420p", Colour(8, LIMITED, 1, 1), "tone-map", "YCgCo; the result stores the usual YCbCr"),
        ("yuv420p", Colour(0, LIMITED, 1, 1), "tone-map", "tagged as RGB and stores yuv420p; it was read as"),
    ],
)
def test_what_is_converted_or_lost_is_reported(pix_fmt, colour, hdr, words):
    frame = tagged(av.VideoFrame(16, 16, pix_fmt), colour)
    assert any(words in warning for warning in ToPicture(frame, hdr).warnings)


def test_an_ordinary_clip_needs_no_words():
    frame = tagged(av.VideoFrame(16, 16, "yuv420p"), Colour(1, LIMITED, 1, 1))
    assert ToPicture(frame, "tone-map").warnings == []


def test_depth_and_tags_of_hdr_stay_when_they_are_kept():
    frame = tagged(av.VideoFrame(16, 16, "yuv420p10le"), Colour(9, LIMITED, 9, 16))
    convert = ToPicture(frame, "keep")
    assert (convert.depth, convert.colour) == (10, Colour(9, LIMITED, 9, 16))
    assert ToPicture(frame, "tone-map").colour == Colour(1, LIMITED, 1, 1)
