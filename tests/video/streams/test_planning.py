"""What happens to each kind of stream in each container, and its warnings (docs/faults.md, row 55)."""

import re
from fractions import Fraction
from pathlib import Path

import av
import pytest

from video.core.containers import container_for
from video.core.source_info import SourceInfo
from video.reading import opening
from video.streams.planning import plan_streams

TARGETS = ["out.mp4", "out.mov", "out.mkv", "out.webm"]
SOUNDS = {
    "aac": ["copied", "copied", "copied", "opus"],
    "libopus": ["copied", "aac", "copied", "copied"],
    "flac": ["copied", "alac", "copied", "opus"],
    "pcm_s16le": ["copied", "copied", "copied", "opus"],
    "libmp3lame": ["copied", "copied", "copied", "opus"],
    "ac3": ["copied", "copied", "copied", "opus"],
}
TEXTS = {
    "ass": ["mov_text", "mov_text", "copied", "webvtt"],
    "subrip": ["mov_text", "mov_text", "copied", "webvtt"],
    "webvtt": ["mov_text", "mov_text", "copied", "copied"],
}
SPANS = ((0.2, 0.8, "one"), (1, 1.5, "two"))


def cases(table):
    return [(codec, target, end) for codec, ends in table.items() for target, end in zip(TARGETS, ends)]


def _check_reported(carried, end):
    """The plan says what was done, and a sentence says so unless nothing changed."""
    (plan,) = carried.plans.all
    assert (plan.action, plan.detail) == (("copied", "") if end == "copied" else ("converted", end))
    becomes = f"The {plan} becomes {end}: "
    assert [sentence.startswith(becomes) for sentence in carried.plans.warnings] == [True] * (end != "copied")


@pytest.mark.slow
@pytest.mark.parametrize(("codec", "target", "end"), cases(SOUNDS))
def test_every_kind_of_sound_ends_in_every_container_and_is_reported(
    make_tracks, track, carry, see, codec, target, end
):
    path = make_tracks("in.mkv", track("audio", codec))
    carried = carry(path, target)
    before, after = see(path)[0][1], see(carried.path)[0][1]
    _check_reported(carried, end)
    if end == "copied":
        # A mov gives PCM back in packets of another length.
        assert b"".join(after.payloads) == b"".join(before.payloads)
    else:
        assert after.codec == end
    assert abs(after.times[-1] - before.times[-1]) < Fraction(1, 10)


@pytest.mark.parametrize(("codec", "target", "end"), cases(TEXTS))
def test_every_kind_of_text_subtitle_ends_in_every_container_and_is_reported(
    make_tracks, track, carry, see, codec, target, end
):
    path = make_tracks("in.mkv", track("subtitle", codec, spans=SPANS))
    carried = carry(path, target)
    before, after = see(path)[0][1], see(carried.path)[0][1]
    _check_reported(carried, end)
    assert after.times == before.times == [Fraction(1, 5), 1]
    assert after.durations == before.durations
    if end == "copied":
        assert after.payloads == before.payloads


@pytest.mark.parametrize("target", TARGETS)
def test_a_font_goes_into_mkv_and_is_left_out_with_the_reason_elsewhere(
    make_tracks, track, carry, see, target
):
    path = make_tracks("in.mkv", track("font"))
    carried = carry(path, target)
    fonts = [stream for stream in see(carried.path)[0] if stream.kind == "attachment"]
    if target == "out.mkv":
        assert [font.tags["filename"] for font in fonts] == ["font.ttf"]
        assert carried.plans.warnings == ()
        with av.open(str(carried.path)) as container:
            assert container.streams[1].data == b"not a font" * 50
    else:
        name = target.removeprefix("out.")
        assert fonts == []
        assert carried.plans.warnings == (
            f"The attachment in stream 1 (font/ttf, font.ttf) is left out: {name} does not hold attachments.",
        )


@pytest.mark.parametrize("source", ["in.mp4", "in.mkv"])
@pytest.mark.parametrize("target", TARGETS)
def test_a_cover_stays_a_cover_or_is_left_out_with_the_reason(make_tracks, track, carry, see, source, target):
    path = make_tracks(source, track("audio", "aac"), track("cover"))
    carried = carry(path, target)
    covers = [stream for stream in see(carried.path)[0] if stream.disposition & 1024]
    if target in ("out.mp4", "out.mkv"):
        (before,) = (stream for stream in see(path)[0] if stream.disposition & 1024)
        assert [cover.payloads for cover in covers] == [before.payloads]
        assert carried.plans.warnings == ()
    else:
        name = target.removeprefix("out.")
        assert covers == []
        assert f"is left out: {name} does not hold cover pictures." in carried.plans.warnings[-1]


@pytest.mark.parametrize("target", ["out.mp4", "out.mkv"])
def test_another_video_is_copied_as_it_is_and_reported(make_tracks, track, carry, see, target):
    path = make_tracks("in.mkv", track("audio", "aac"), track("video", "mpeg4"))
    carried = carry(path, target)
    before, after = see(path)[0][2], see(carried.path)[0][2]
    assert after.payloads == before.payloads
    assert after.times == before.times
    assert carried.plans.warnings == (
        "The other video stream 2 (mpeg4) is copied as it is: only stream 0 is translated.",
    )


def test_another_video_that_a_container_does_not_hold_is_left_out(make_tracks, track, carry):
    carried = carry(make_tracks("in.mkv", track("video", "mpeg4")), "out.webm")
    assert carried.plans.warnings == (
        "The other video stream 1 (mpeg4) is left out: webm does not hold mpeg4.",
    )


# A Blu-ray subtitle picture without an object.
PICTURE = bytes.fromhex("16000b0040003010000080000000800000")


def test_pictures_as_subtitles_are_copied_where_they_fit(make_foreign, carry, see):
    path = make_foreign("hdmv_pgs_subtitle", payload=PICTURE, duration=100)
    carried = carry(path, "out.mkv")
    assert see(carried.path)[0][1].payloads == see(path)[0][1].payloads


@pytest.mark.parametrize("target", ["out.mp4", "out.mov", "out.webm"])
def test_pictures_as_subtitles_are_left_out_where_they_do_not_fit(make_foreign, carry, target):
    name = target.removeprefix("out.")
    assert carry(make_foreign("hdmv_pgs_subtitle", payload=PICTURE, duration=100), target).plans.warnings == (
        f"The subtitle stream 1 (hdmv_pgs_subtitle) is left out: {name} does not hold hdmv_pgs_subtitle, "
        "and pictures cannot become text.",
    )


def test_sound_that_fits_nowhere_and_cannot_be_decoded_is_left_out_with_both_reasons(make_foreign, carry):
    (sentence,) = carry(
        make_foreign("truehd", rate=48000, payload=b"no sound" * 9, duration=100), "out.webm"
    ).plans.warnings
    assert sentence.startswith(
        "The audio stream 1 (truehd) is left out: webm does not hold truehd, and it cannot become opus ("
    )


@pytest.mark.parametrize("target", TARGETS)
def test_sound_of_a_broadcast_that_has_no_packets_is_left_out_with_the_reason(
    make_tracks, track, carry, target
):
    path = make_tracks("in.ts", track("audio", "mp2", spans=()))
    assert carry(path, target).plans.warnings == (
        "The audio stream 1 (mp3) is left out: nothing of it can be read near the clip's beginning, so its "
        "sample rate is not known.",
    )


def test_sound_that_is_not_known_when_the_clip_is_opened_is_left_out_before_the_work(
    make_tracks, track, carry, monkeypatch
):
    monkeypatch.setitem(opening._LONGER_LOOK, "probesize", "5000")
    path = make_tracks("in.ts", track("audio", "mp2", spans=((12, 13),)), seconds=13)
    carried = carry(path, "out.mkv")
    assert carried.actions == {1: "dropped"}
    assert carried.plans.warnings[0].endswith("so its sample rate is not known.")


@pytest.fixture
def make_measurements(make_tracks, track):
    """A function that writes an mp4 with two streams of data: hints for servers, or measurements."""

    def make(kind):
        path = make_tracks("in.mp4", track("audio", "aac"), options={"movflags": "+rtphint"})
        if kind == "measurements":
            data = path.read_bytes().replace(b"rtp ", b"gpmd")
            path.write_bytes(re.sub(rb"(hdlr.{8})hint", rb"\1meta", data, flags=re.DOTALL))
        return path

    return make


@pytest.mark.parametrize("target", ["out.mp4", "out.mov"])
def test_a_cameras_measurements_are_copied_where_they_fit(make_measurements, carry, see, target):
    path = make_measurements("measurements")
    carried = carry(path, target)
    before, after = see(path)[0], see(carried.path)[0]
    assert [stream.kind for stream in after] == ["video", "audio", "data", "data"]
    for index in (2, 3):
        # FFmpeg's hints end with one that takes no time, and its newest reader passes over that.
        assert after[index].payloads[:-1] == before[index].payloads[: len(after[index].payloads) - 1]
        assert len(after[index].payloads) >= len(before[index].payloads) - 1
    assert carried.actions == dict.fromkeys((1, 2, 3), "copied")


@pytest.mark.parametrize(("kind", "target"), [("measurements", "out.mkv"), ("hints", "out.mp4")])
def test_data_that_do_not_fit_are_left_out(make_measurements, carry, see, kind, target):
    carried = carry(make_measurements(kind), target)
    assert [stream.kind for stream in see(carried.path)[0]] == ["video", "audio"]
    name = target.removeprefix("out.")
    assert len(carried.plans.warnings) == 2
    for sentence in carried.plans.warnings:
        assert sentence.endswith(f"is left out: {name} does not hold such data.")


def test_a_codec_that_nobody_knows_is_left_out(make_foreign, carry):
    assert carry(
        make_foreign("hdmv_text_subtitle", payload=PICTURE, duration=100), "out.mkv"
    ).plans.warnings == ("The subtitle stream 1 is left out: its codec is not known here.",)


@pytest.mark.parametrize("target", ["out.gif", "out_%05d.png"])
def test_pictures_hold_no_streams_and_say_so(make_tracks, track, plan, target):
    path = make_tracks(
        "in.mkv",
        track("audio", "aac", {"language": "eng"}),
        track("font"),
        chapters=((0, 500, "one"), (500, 2000, "two")),
    )
    plans = plan(path, container_for(Path(target)))
    assert plans.carried == {}
    assert plans.warnings == (
        "The audio stream 1 (aac, eng) is left out: pictures hold nothing beside them.",
        "The attachment in stream 2 (font/ttf, font.ttf) is left out: pictures hold nothing beside them.",
        "The clip loses its 2 chapters.",
    )


def test_a_source_without_streams_has_nothing_to_plan():
    source = SourceInfo("a.gif", "animation", "GIF", None, 3, Fraction(0), Fraction(1))
    assert plan_streams(source, None, container_for(Path("a.mp4"))).all == ()
