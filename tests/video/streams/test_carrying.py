"""Packets of all streams: complete, in time, in order, cut where a cut is asked for."""

from fractions import Fraction

import av
import pytest

from video.core.containers import container_for
from video.streams.carrying import CarriedStreams, packet_time

TARGETS = ["out.mp4", "out.mov", "out.mkv", "out.webm"]
MILLISECOND = Fraction(1, 1000)


@pytest.mark.parametrize("source", ["in.mp4", "in.mkv"])
@pytest.mark.parametrize("target", ["out.mp4", "out.mov", "out.mkv"])
def test_packets_before_zero_keep_payload_and_time(make_tracks, track, carry, see, source, target):
    path = make_tracks(source, track("audio", "aac"))
    before, after = see(path)[0][1], see(carry(path, target).path)[0][1]
    assert before.times[0] < 0
    assert after.payloads == before.payloads
    assert all(abs(a - b) <= MILLISECOND for a, b in zip(after.times, before.times))


@pytest.mark.parametrize(
    "start, codec, target",
    [
        (0.5, "aac", "out.mp4"),
        (1.25, "aac", "out.mov"),
        (0.5, "libopus", "out.mkv"),
        (1.25, "libopus", "out.webm"),
        (0.5, "aac", "out.webm"),
    ],
)
def test_sound_that_starts_later_stays_later(make_tracks, track, carry, see, start, codec, target):
    path = make_tracks("in.mkv", track("audio", codec, spans=((start, 2),)))
    carried = carry(path, target)
    before, after = see(path)[0], see(carried.path)[0]
    assert after[0].times[0] == before[0].times[0] == 0
    # An encoder's own priming comes before the first sample; it is silent.
    assert abs(after[1].times[0] - before[1].times[0]) < Fraction(3, 100)


@pytest.mark.parametrize("target", ["out.mp4", "out.mkv"])
@pytest.mark.parametrize("codec", ["aac", "mp2"])
def test_sound_of_a_broadcast_that_begins_late_is_copied(make_tracks, track, carry, see, target, codec):
    path = make_tracks("in.ts", track("audio", codec, spans=((12, 13),)), seconds=13)
    carried = carry(path, target)
    assert carried.actions == {1: "copied"}
    before, after = see(path)[0], see(carried.path)[0]
    assert len(after[1].packets) == len(before[1].packets) > 0
    assert after[1].times[0] == pytest.approx(before[1].times[0] - before[0].times[0], abs=0.1)


def test_sound_that_begins_after_thousands_of_packets_is_copied(make_tracks, track, carry, see):
    noise, late = track("audio", "pcm_s16le", spans=((0, 45),)), track("audio", "aac", spans=((44, 45),))
    path = make_tracks("in.mkv", noise, late)
    carried = carry(path, "out.mp4")
    assert carried.actions == {1: "copied", 2: "copied"}
    assert see(carried.path)[0][2].payloads == see(path)[0][2].payloads


@pytest.mark.parametrize("target", TARGETS)
def test_everything_that_was_muxed_is_counted_as_a_reader_counts_it(make_tracks, track, carry, target):
    path = make_tracks(
        "in.mkv",
        track("audio", "aac"),
        track("audio", "pcm_s16le"),
        track("subtitle", "subrip", spans=((0.2, 0.5, "one"), (0.6, 0.7, "two"))),
        track("cover"),
    )
    carried = carry(path, target)
    counts = {}
    with av.open(str(carried.path)) as container:
        for packet in container.demux():
            if packet.size:
                packets, size = counts.get(packet.stream_index, (0, 0))
                counts[packet.stream_index] = packets + 1, size + packet.size
    assert sorted(carried.written) == [1, 2, 3]
    for index, written in carried.written.items():
        assert written.packets > 0
        assert written.is_met_by(*counts[index])
        assert not written.is_met_by(counts[index][0] - 1, counts[index][1] - 1)


@pytest.mark.parametrize("target", TARGETS)
def test_tracks_of_which_a_cut_leaves_nothing_are_reported_and_shift_no_other(
    make_tracks, track, carry, see, target
):
    path = make_tracks(
        "in.mkv",
        track("audio", "aac", spans=((0, 0.5),)),
        track("subtitle", "subrip", spans=((0, 0.4, "early"),)),
        track("audio", "flac"),
        main=2,
    )
    carried = carry(path, target, Fraction(1))
    streams = see(carried.path)[0]
    assert carried.warnings == [
        "The audio stream 0 (aac) has nothing in the part that is kept.",
        "The subtitle stream 1 (subrip) has nothing in the part that is kept.",
    ]
    assert streams[carried.video_index].kind == "video"
    (sound,) = (index for index, written in carried.written.items() if written.packets)
    assert streams[sound].kind == "audio"
    # The mov demuxer splits PCM and the like into other packets.
    assert b"".join(streams[sound].payloads)
    assert sum(map(len, streams[sound].payloads)) == carried.written[sound].bytes


def _packets(plans, target, tmp_path, source):
    """The packets of `CarriedStreams`, as (index, DTS in seconds)."""
    given = []
    with (
        CarriedStreams(source, plans) as carried,
        av.open(str(tmp_path / target), "w", format=plans.muxer) as output,
    ):
        carried.add_streams(output, lambda: output.add_stream("mpeg4", rate=25))
        for packet in carried.packets():
            given.append((packet.stream_index, packet_time(packet)))
    return given


def test_packets_come_in_order_of_time_over_all_streams(make_tracks, track, describe, plan, tmp_path):
    path = make_tracks(
        "in.mkv",
        track("audio", "aac", spans=((0, 10),)),
        track("audio", "flac", spans=((0, 10),)),
        track("subtitle", "subrip", spans=tuple((second, second + 1, "text") for second in range(10))),
        seconds=10,
    )
    plans = plan(path, container_for(tmp_path / "out.mov"))
    given = _packets(plans, "out.mov", tmp_path, describe(path))
    assert {index for index, _ in given} == {1, 2, 3}
    assert [time for _, time in given] == sorted(time for _, time in given)


def test_a_cut_leaves_out_what_ends_before_or_begins_after_it(make_tracks, track, carry, see):
    path = make_tracks("in.mp4", track("audio", "aac", spans=((0, 4),)), seconds=4)
    carried = carry(path, "out.mp4", Fraction(1), Fraction(3))
    before, after = see(path)[0][1], see(carried.path)[0][1]
    frame = Fraction(1024, 48000)
    assert -frame < after.times[0] <= 0
    assert 2 - frame <= after.times[-1] < 2
    first = before.payloads.index(after.payloads[0])
    assert after.payloads == before.payloads[first : first + len(after.payloads)]
    assert before.times[first] - after.times[0] == 1


def test_a_cut_keeps_sound_and_picture_together(make_tracks, track, carry, see):
    path = make_tracks("in.mkv", track("audio", "aac", spans=((0, 4),)), seconds=4)
    start = Fraction(133, 100)
    carried = carry(path, "out.mkv", start)
    before, after = see(path)[0], see(carried.path)[0]
    # The placeholder has its own payloads; its first frame is the first one after the cut.
    shown = next(time for time in before[0].times if time >= start)
    assert abs(shown - after[0].times[0] - start) <= MILLISECOND
    heard = before[1].times[before[1].payloads.index(after[1].payloads[0])]
    assert abs(heard - after[1].times[0] - start) <= MILLISECOND


@pytest.mark.parametrize("codec", ["subrip", "ass"])
def test_subtitles_over_a_cut_are_clipped(make_tracks, track, carry, see, codec):
    spans = ((0, 0.5, "gone"), (0.5, 1.5, "over the start"), (1.6, 1.9, "whole"), (1.9, 3, "over the end"))
    path = make_tracks("in.mkv", track("subtitle", codec, spans=(*spans, (3, 4, "gone"))), seconds=4)
    stream = see(carry(path, "out.mkv", Fraction(1), Fraction(2)).path)[0][1]
    assert stream.times == [0, Fraction(6, 10), Fraction(9, 10)]
    assert stream.durations == [Fraction(1, 2), Fraction(3, 10), Fraction(1, 10)]


def test_another_video_begins_with_a_keyframe_after_the_cut(make_tracks, track, carry, see):
    path = make_tracks("in.mkv", track("video", "mpeg4"))
    carried = carry(path, "out.mkv", Fraction(1, 10))
    before, after = see(path)[0][1], see(carried.path)[0][1]
    with av.open(str(path)) as container:
        keys = [packet.pts for packet in container.demux(container.streams[1]) if packet.is_keyframe]
    first = next(time * MILLISECOND for time in keys if time >= 100)
    assert after.times[0] == first - Fraction(1, 10)
    assert after.payloads == before.payloads[before.times.index(first) :]
    assert carried.plans.warnings[-1].endswith("It starts with its first keyframe after the cut.")


@pytest.mark.parametrize("target", ["out.mp4", "out.mkv"])
def test_another_video_with_b_frames_keeps_its_order_and_times(make_tracks, track, carry, see, target):
    path = make_tracks("in.mkv", track("video", "libx264"))
    with av.open(str(path)) as container:
        assert None in [packet.dts for packet in container.demux(container.streams[1]) if packet.size]
    before, after = see(path)[0][1], see(carry(path, target).path)[0][1]
    assert after.packets == before.packets


def test_chapters_are_kept(make_tracks, carry, see):
    path = make_tracks("in.mkv", chapters=((0, 500, "one"), (500, 2000, "two")))
    for target in TARGETS:
        chapters = see(carry(path, target).path)[2]
        assert [chapter["metadata"]["title"] for chapter in chapters] == ["one", "two"]
        seconds = [chapter["start"] * chapter["time_base"] for chapter in chapters]
        assert seconds == [0, Fraction(1, 2)]


def test_chapters_are_cut_and_moved(make_tracks, carry, see):
    path = make_tracks(
        "in.mkv", seconds=4, chapters=((0, 900, "gone"), (900, 2500, "cut"), (2500, 4000, "moved"))
    )
    chapters = see(carry(path, "out.mkv", Fraction(1), Fraction(3)).path)[2]
    found = [
        (
            chapter["metadata"]["title"],
            *(float(chapter[key] * chapter["time_base"]) for key in ("start", "end")),
        )
        for chapter in chapters
    ]
    assert found == [("cut", 0, 1.5), ("moved", 1.5, 2)]
