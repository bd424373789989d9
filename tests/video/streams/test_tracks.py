"""Every track is added to the output in its order, with its labels."""

import av
import pytest

TARGETS = ["out.mp4", "out.mov", "out.mkv", "out.webm"]


@pytest.mark.parametrize("target", TARGETS)
def test_several_tracks_keep_their_order_and_labels(make_tracks, track, carry, see, target):
    path = make_tracks(
        "in.mkv",
        track("audio", "aac", {"language": "eng", "title": "Main"}),
        track("audio", "ac3", {"language": "ger", "title": "Deutsch"}, disposition=0),
        track("subtitle", "subrip", {"language": "fra"}, spans=((0, 1, "Bonjour"),)),
        main=1,
    )
    carried = carry(path, target)
    streams = see(carried.path)[0]
    assert [stream.kind for stream in streams] == ["audio", "video", "audio", "subtitle"]
    assert [stream.tags.get("language") for stream in streams][::2] == ["eng", "ger"]
    assert streams[3].tags["language"] == "fra"
    titles = [stream.tags.get("title") or stream.tags.get("name") for stream in streams]
    assert titles == ["Main", None, "Deutsch", None]
    assert carried.video_index == 1


@pytest.mark.parametrize("target", TARGETS)
def test_the_main_video_keeps_its_language_and_title(make_tracks, carry, see, target):
    path = make_tracks("in.mkv", main_tags={"language": "jpn", "title": "Film"})
    tags = see(carry(path, target).path)[0][0].tags
    assert tags["language"] == "jpn"
    assert "Film" in (tags.get("title"), tags.get("name"))


def test_chapters_of_an_mp4_do_not_come_twice(make_tracks, track, carry, see):
    path = make_tracks("in.mp4", track("audio", "aac"), chapters=((0, 500, "one"), (500, 2000, "two")))
    carried = carry(path, "out.mp4")
    streams, _, chapters = see(carried.path)
    assert len(chapters) == 2
    assert [stream.kind for stream in streams] == ["video", "audio", "data"]
    assert [plan.kind for plan in carried.plans.all] == ["audio"]


def test_a_copied_mkv_keeps_cover_and_font_under_their_names(make_tracks, track, carry, see):
    path = make_tracks("in.mkv", track("font"), track("cover"), track("audio", "aac"))
    streams = see(carry(path, "out.mkv").path)[0]
    assert sorted(stream.kind for stream in streams) == ["attachment", "audio", "video", "video"]
    assert {stream.tags.get("filename") for stream in streams} == {None, "font.ttf", "front.jpg"}


def test_av1_beside_the_main_video_is_copied_though_no_encoder_has_its_name(
    make_tracks, track, carry, see, monkeypatch
):
    monkeypatch.setenv("SVT_LOG", "0")
    path = make_tracks("in.mkv", track("video", "libsvtav1"), seconds=0.4)
    carried = carry(path, "out.mkv")
    assert see(carried.path)[0][1].payloads == see(path)[0][1].payloads


@pytest.mark.parametrize("target", ["out.mp4", "out.mkv"])
def test_dispositions_of_a_stream_are_kept(make_tracks, track, carry, see, target):
    marks = av.stream.Disposition.forced | av.stream.Disposition.hearing_impaired
    text = track("subtitle", "subrip", disposition=marks, spans=((0, 1, "x"),))
    carried = carry(make_tracks("in.mkv", track("audio", "aac"), text), target)
    assert see(carried.path)[0][2].disposition & marks == marks
    assert see(carried.path)[0][1].disposition & 1


@pytest.mark.parametrize("target", ["out.mp4", "out.mov"])
def test_a_timecode_track_is_created_again(make_tracks, carry, see, target):
    path = make_tracks("in.mov", main_tags={"timecode": "01:02:03:04"})
    carried = carry(path, target)
    streams = see(carried.path)[0]
    assert [(stream.kind, stream.tags["timecode"]) for stream in streams] == [
        ("video", "01:02:03:04"),
        ("data", "01:02:03:04"),
    ]
    assert (carried.actions, carried.plans.warnings) == ({1: "copied"}, ())


def test_a_cover_goes_before_tags_that_mp4_has_no_names_for(make_tracks, track, carry, see):
    path = make_tracks("in.mkv", track("cover"), tags={"title": "T", "lens": "50 mm"})
    carried = carry(path, "out.mp4")
    streams, tags, _ = see(carried.path)
    assert any(stream.disposition & 1024 for stream in streams)
    assert tags["title"] == "T"
    assert carried.plans.warnings == ("The clip loses tags that mp4 does not hold: LENS.",)
