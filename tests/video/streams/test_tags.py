"""Tags and chapters: kept, unless they would be wrong in the result."""

from fractions import Fraction

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


def test_mov_gets_the_other_code_of_a_language_that_has_two(make_tracks, track, carry, see):
    path = make_tracks("in.mkv", track("audio", "aac", {"language": "deu"}))
    carried = carry(path, "out.mov")
    assert see(carried.path)[0][1].tags["language"] == "ger"
    assert carried.plans.warnings == ()


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
