"""Warnings about what a container does not keep."""

from fractions import Fraction

import av
import pytest


@pytest.mark.parametrize(
    "tags, disposition, target, about, lost",
    [
        ({"language": "swe"}, 1, "mov", "aac, swe", "the language swe"),
        ({}, 1 | av.stream.Disposition.comment, "mov", "aac", "the mark 'comment'"),
        ({"studio": "S"}, 1, "mp4", "aac", "the tag STUDIO"),
    ],
)
def test_what_a_container_does_not_keep_of_a_stream_is_reported(
    make_tracks, track, carry, tags, disposition, target, about, lost
):
    path = make_tracks("in.mkv", track("audio", "aac", tags, disposition))
    assert carry(path, f"out.{target}").plans.warnings == (
        f"The audio stream 1 ({about}) loses what {target} does not hold: {lost}.",
    )


def test_a_timecode_becomes_a_tag_where_there_are_no_timecode_tracks(make_tracks, carry, see):
    carried = carry(make_tracks("in.mov", main_tags={"timecode": "01:02:03:04"}), "out.mkv")
    assert see(carried.path)[0][0].tags["TIMECODE"] == "01:02:03:04"
    assert carried.plans.warnings == (
        "The timecode stream 1 (eng) becomes a tag: mkv holds no timecode tracks.",
    )


def test_a_timecode_that_a_cut_would_make_wrong_is_left_out(make_tracks, carry, see):
    carried = carry(make_tracks("in.mov", main_tags={"timecode": "01:02:03:04"}), "out.mp4", Fraction(1))
    assert all("timecode" not in stream.tags for stream in see(carried.path)[0])
    assert carried.plans.warnings == (
        "The timecode stream 1 (eng) is left out: it would be wrong after a cut.",
    )


def test_a_clip_without_other_streams_has_no_warnings(make_tracks, carry):
    carried = carry(make_tracks("in.mp4"), "out.mkv")
    assert (carried.plans.all, carried.plans.warnings, carried.written) == ((), (), {})


def test_sound_of_too_many_channels_says_that_it_becomes_stereo(make_tracks, track, carry):
    path = make_tracks("in.mkv", track("audio", "pcm_s16le", layout="hexadecagonal"))
    carried = carry(path, "out.webm")
    assert "has 2 channels instead of 16." in carried.plans.warnings[-1]
