"""Tags, languages, marks and the timecode: kept, or told of."""

from fractions import Fraction

import av
import pytest

from video.core.timing import Span
from video.streams.tags import kept_chapters, stream_tags

TARGETS = ["out.mp4", "out.mov", "out.mkv", "out.webm"]
COMMON = {"title": "T", "artist": "A", "comment": "C", "date": "2020", "genre": "g"}
COMMON |= {"creation_time": "2020-01-02T03:04:05.000000Z"}


@pytest.mark.parametrize("source", ["in.mp4", "in.mkv"])
@pytest.mark.parametrize("target", TARGETS)
def test_the_tags_of_a_clip_are_kept(make_tracks, carry, see, source, target):
    path = make_tracks(source, tags=COMMON)
    carried = carry(path, target)
    tags = see(carried.path)[1]
    assert {key: tags.get(key) for key in COMMON} == COMMON
    assert carried.plans.warnings == ()
    assert carried.plans.mov_flags == ""


@pytest.mark.parametrize("target", TARGETS)
def test_tags_of_any_name_are_kept(make_tracks, carry, see, target):
    odd = {"title": "T", "make": "Cam", "com.apple.quicktime.model": "X", "my_key": "v"}
    carried = carry(make_tracks("in.mkv", tags=odd), target)
    tags = see(carried.path)[1]
    assert {key: tags.get(key) for key in odd} == odd
    assert carried.plans.warnings == ()


def test_a_cover_goes_before_tags_that_mp4_has_no_names_for(make_tracks, track, carry, see):
    path = make_tracks("in.mkv", track("cover"), tags={"title": "T", "lens": "50 mm"})
    carried = carry(path, "out.mp4")
    streams, tags, _ = see(carried.path)
    assert any(stream.disposition & 1024 for stream in streams)
    assert tags["title"] == "T"
    assert carried.plans.warnings == ("The clip loses tags that mp4 does not hold: LENS.",)


def test_what_describes_the_old_file_is_not_copied(make_tracks, track, carry, see):
    stale = {
        "BPS": "1",
        "NUMBER_OF_FRAMES-eng": "7",
        "DURATION": "9",
        "_STATISTICS_TAGS": "BPS",
        "kept": "yes",
    }
    path = make_tracks("in.mkv", track("audio", "aac", stale), tags={"encoder": "somebody"}, main_tags=stale)
    streams, tags, _ = see(carry(path, "out.mkv").path)
    assert "somebody" not in tags.values()
    for stream in streams:
        names = {key for key in stream.tags if stream.tags[key] != "und"}
        assert names == {"DURATION", "KEPT"}
        assert stream.tags["DURATION"].startswith("00:00:0")


def test_a_language_that_mov_does_not_hold_is_told_of(make_tracks, track, carry):
    path = make_tracks("in.mkv", track("audio", "aac", {"language": "swe"}))
    assert carry(path, "out.mov").plans.warnings == (
        "The audio stream 1 (aac, swe) loses what mov does not hold: the language swe.",
    )


def test_mov_gets_the_other_code_of_a_language_that_has_two(make_tracks, track, carry, see):
    path = make_tracks("in.mkv", track("audio", "aac", {"language": "deu"}))
    carried = carry(path, "out.mov")
    assert see(carried.path)[0][1].tags["language"] == "ger"
    assert carried.plans.warnings == ()


@pytest.mark.parametrize("target", ["out.mp4", "out.mkv"])
def test_marks_of_a_stream_are_kept(make_tracks, track, carry, see, target):
    marks = av.stream.Disposition.forced | av.stream.Disposition.hearing_impaired
    text = track("subtitle", "subrip", disposition=marks, spans=((0, 1, "x"),))
    carried = carry(make_tracks("in.mkv", track("audio", "aac"), text), target)
    assert see(carried.path)[0][2].disposition & marks == marks
    assert see(carried.path)[0][1].disposition & 1


def test_a_mark_that_mov_does_not_hold_is_told_of(make_tracks, track, carry):
    path = make_tracks("in.mkv", track("audio", "aac", disposition=1 | av.stream.Disposition.comment))
    assert carry(path, "out.mov").plans.warnings == (
        "The audio stream 1 (aac) loses what mov does not hold: the mark 'comment'.",
    )


def test_a_tag_of_a_stream_that_mp4_does_not_hold_is_told_of(make_tracks, track, carry):
    path = make_tracks("in.mkv", track("audio", "aac", {"studio": "S"}))
    assert carry(path, "out.mp4").plans.warnings == (
        "The audio stream 1 (aac) loses what mp4 does not hold: the tag STUDIO.",
    )


@pytest.mark.parametrize("target", ["out.mp4", "out.mov"])
def test_a_timecode_is_made_again(make_tracks, carry, see, target):
    path = make_tracks("in.mov", main_tags={"timecode": "01:02:03:04"})
    carried = carry(path, target)
    streams = see(carried.path)[0]
    assert [(stream.kind, stream.tags["timecode"]) for stream in streams] == [
        ("video", "01:02:03:04"),
        ("data", "01:02:03:04"),
    ]
    assert (carried.actions, carried.plans.warnings) == ({1: "copied"}, ())


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


def test_the_title_that_an_mp4_calls_name_is_a_title():
    assert stream_tags({"name": "Ton"}, Span(), False) == {"title": "Ton"}
    assert stream_tags({"name": "N", "title": "T"}, Span(), False) == {"title": "T"}


def test_a_tag_that_a_reader_gives_twice_is_kept_once():
    tags = {"comment": "c", "comment-eng": "c", "comment-fra": "d"}
    assert stream_tags(tags, Span(), False) == {"comment": "c", "comment-fra": "d"}


def test_the_name_of_the_old_encoder_stays_with_what_is_copied():
    assert stream_tags({"encoder": "e"}, Span(), is_encoded_again=False) == {"encoder": "e"}
    assert stream_tags({"encoder": "e"}, Span(), is_encoded_again=True) == {}


def test_a_chapter_that_is_only_a_mark_stays_one():
    mark = {"id": 1, "start": 1500, "end": 1500, "time_base": Fraction(1, 1000), "metadata": {}}
    assert kept_chapters([mark], Span()) == [mark]
    assert kept_chapters([mark], Span(Fraction(1), None)) == [{**mark, "start": 500, "end": 500}]
    assert kept_chapters([mark], Span(Fraction(2), None)) == []


def test_a_chapter_that_ends_before_it_starts_becomes_a_mark():
    damaged = {"id": 1, "start": 1500, "end": 900, "time_base": Fraction(1, 1000), "metadata": {}}
    assert kept_chapters([damaged], Span()) == [{**damaged, "end": 1500}]


def test_a_chapter_does_not_start_before_the_clip():
    early = {"id": 1, "start": -500, "end": 900, "time_base": Fraction(1, 1000), "metadata": {}}
    assert kept_chapters([early], Span()) == [{**early, "start": 0}]
