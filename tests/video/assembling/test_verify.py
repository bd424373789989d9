from fractions import Fraction
from pathlib import Path

import av
import pytest

import video
from video.assembling.segments import Segment
from video.assembling.verify import verify_clip
from video.core.colour_codes import default_colour
from video.core.frames import Clip
from video.streams.carrying import Written

STEP = 512
CLIP = Clip(96, 64, Fraction(1, 12800), Fraction(25), None, default_colour(64))


def segments(*places):
    """The segments of the clip: frames at these positions, four in each segment."""
    times = [STEP * place for place in places]
    groups = [times[first : first + 4] for first in range(0, len(times), 4)]
    return [Segment(Path("unused"), tuple(group), (STEP,) * len(group)) for group in groups]


def counted(path, index, **changes):
    """What was muxed for a stream, if the file is right."""
    with av.open(str(path)) as container:
        packets = [packet for packet in container.demux(container.streams[index]) if packet.size]
    fields = {"kind": "audio", "packets": len(packets), "bytes": sum(packet.size for packet in packets)}
    fields |= {"first_time": Fraction(0), "early": sum(packet.pts < 0 for packet in packets)}
    return Written(**{**fields, **changes})


@pytest.mark.parametrize("name", ["in.mp4", "in.mov", "in.mkv"])
def test_a_right_file_passes_and_says_what_was_found(make_clip, name):
    path = make_clip(name, sounds=["aac"])
    written = {1: counted(path, 1, first_time=Fraction(-1024, 48000))}
    frames, times, others = verify_clip(path, 0, segments(*range(8)), CLIP, written)
    assert frames == "8 frames"
    assert times.startswith("times within 0")
    assert others == "1 other stream, every packet"


@pytest.mark.parametrize(
    "places, found",
    [
        (range(9), "expected 9 frames; found 8"),
        (range(7), "expected 7 frames; found 8"),
        ([0, 1, 2, 3, 4, 5, 6, 9], r"expected frame 7 at 0\.3600 s; found 0\.2800 s"),
        ([0, 2, 3, 4, 5, 6, 7, 8], r"expected frame 1 at 0\.0800 s; found 0\.0400 s"),
        (range(10, 18), r"expected a start at 0\.4000 s; found 0\.0000 s"),
    ],
)
def test_frames_that_are_missing_or_elsewhere_are_named(make_clip, places, found):
    with pytest.raises(video.OutputError, match=found):
        verify_clip(make_clip(), 0, segments(*places), CLIP, {})


def test_what_an_edit_list_hides_is_not_counted(make_clip):
    path = make_clip(ticks=[STEP * place for place in range(-3, 6)], sounds=["aac"], sound_start=-0.1)
    with pytest.raises(video.OutputError, match="expected 8 frames; found 5 that a player shows"):
        verify_clip(path, 0, segments(*range(8)), CLIP, {})


def test_sound_that_an_edit_list_hides_is_named(make_clip):
    path = make_clip(sounds=["aac"], sound_start=-0.1)
    written = {1: counted(path, 1, early=1)}
    with pytest.raises(video.OutputError, match="packets in stream 1 that a player plays"):
        verify_clip(path, 0, segments(*range(8)), CLIP, written)


def test_frames_before_zero_may_all_be_shifted_to_it(make_clip):
    assert verify_clip(make_clip(), 0, segments(*range(-10, -2)), CLIP, {})


@pytest.mark.parametrize(
    "changes, found",
    [
        ({"packets": 99, "bytes": 9}, "expected 99 packets in stream 1; found"),
        ({"packets": 1, "bytes": 100000}, "expected 1 packets in stream 1; found"),
    ],
)
def test_packets_that_are_missing_or_too_many_are_named(make_clip, changes, found):
    path = make_clip(sounds=["aac"])
    with pytest.raises(video.OutputError, match=found):
        verify_clip(path, 0, segments(*range(8)), CLIP, {1: counted(path, 1, **changes)})


def test_a_stream_that_is_missing_is_named(make_clip):
    path = make_clip()
    written = {1: Written("audio", 5, 100, Fraction(0))}
    with pytest.raises(video.OutputError, match="expected stream 1 with 5 packets; found no such stream"):
        verify_clip(path, 0, segments(*range(8)), CLIP, written)


def test_a_stream_without_packets_may_be_missing(make_clip):
    path = make_clip(sounds=["aac"])
    assert verify_clip(path, 0, segments(*range(8)), CLIP, {1: counted(path, 1), 2: Written("subtitle")})


def test_pcm_in_other_pieces_is_judged_by_its_bytes(make_clip):
    path = make_clip(sounds=["aac"])
    assert verify_clip(path, 0, segments(*range(8)), CLIP, {1: counted(path, 1, packets=2)})


@pytest.mark.parametrize("before", [Fraction(1, 50), Fraction(2)])
def test_everything_may_move_only_as_far_as_sound_begins_before_zero(make_clip, before):
    ticks = [256 + STEP * index for index in range(9)]
    path = make_clip("in.mkv", ticks=ticks, sounds=["aac"])
    written = {1: counted(path, 1, first_time=-before)}
    assert verify_clip(path, 0, segments(*range(8)), CLIP, written)
    with pytest.raises(video.OutputError, match=r"expected a start at 0\.0000 s; found 0\.0200 s"):
        verify_clip(path, 0, segments(*range(8)), CLIP, {1: counted(path, 1)})


@pytest.mark.parametrize("content", [b"", b"nothing", b"\x1a\x45\xdf\xa3" + bytes(60)])
def test_a_broken_file_is_named(tmp_path, content):
    (tmp_path / "a.mp4").write_bytes(content)
    with pytest.raises(video.OutputError, match="expected a readable clip"):
        verify_clip(tmp_path / "a.mp4", 0, segments(*range(8)), CLIP, {})


def test_the_wrong_stream_is_not_taken_for_the_translated_one(make_clip):
    path = make_clip(sounds=["aac"])
    with pytest.raises(video.OutputError, match="expected 8 frames; found 0"):
        verify_clip(path, 1, segments(*range(8)), CLIP, {0: counted(path, 0)})
