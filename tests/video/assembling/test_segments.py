from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from video.assembling.segments import (
    Segment,
    SegmentWriter,
    closed_segments,
    decoding_times,
    finished_frames,
    segment_frames,
    segment_packets,
)
from video.core.colour_codes import default_colour
from video.core.containers import container_for
from video.core.errors import OutputError
from video.core.frames import Clip, Frame, Picture
from video.core.options import Options
from video.encoding.choice import choose_encoder

TICK = Fraction(1, 90000)
TIMES = [0, 2970, 5940, 11970, 36000, 39003, 39004, 50000, 51000, 60000]
END = 70000


@pytest.fixture
def clip():
    return Clip(96, 64, TICK, Fraction(25), None, default_colour(64))


@pytest.fixture
def encode(tmp_path, draw, clip):
    """A function that writes ten frames at odd times into segments of four."""

    def write(name="out.mkv", codec=None, wanted=range(10)):
        encoder = choose_encoder(container_for(Path(name)), Options(codec=codec), clip)
        with SegmentWriter(tmp_path, encoder, clip, 4) as writer:
            for index, pixels in enumerate(draw(10)):
                if index in wanted:
                    duration = [*TIMES, END][index + 1] - TIMES[index]
                    writer.write(Frame(index, Picture(pixels), TIMES[index], duration))
            writer.close()
        return closed_segments(tmp_path)

    return write


@pytest.mark.parametrize(
    "name, codec",
    [("a.mp4", "h264"), ("a.mp4", "h265"), ("a.mkv", "av1"), ("a.webm", "vp9"), ("a.mkv", "ffv1")],
)
def test_every_time_and_duration_comes_back_exactly(encode, name, codec):
    segments = encode(name, codec)
    assert [len(segment.pts) for segment in segments.values()] == [4, 4, 2]
    packets = list(segment_packets(list(segments.values()), TICK))
    assert sorted(packet.pts for packet in packets) == TIMES
    shown = sorted((packet.pts, packet.duration) for packet in packets)
    assert [pts + duration for pts, duration in shown] == [*TIMES[1:], END]


@pytest.mark.parametrize("codec", ["h264", "h265"])
def test_decoding_times_rise_and_are_never_later_than_the_frame(encode, codec):
    packets = list(segment_packets(list(encode("a.mp4", codec).values()), TICK))
    times = [packet.dts for packet in packets]
    assert times == sorted(set(times))
    assert all(packet.dts <= packet.pts for packet in packets)


@pytest.mark.parametrize(
    "pts",
    [
        [[0, 1, 2], [3, 4]],
        [[0, 30, 10, 20], [40, 1000, 50, 60, 999]],
        [[5]],
        [[0, 8, 4, 2, 6], [9, 10]],
        [[-7, -3, -5], [0, 100]],
    ],
)
def test_decoding_times_fit_any_order(pts):
    segments = [Segment(Path("x"), tuple(times), (1,) * len(times)) for times in pts]
    shown = [time for times in pts for time in times]
    times = list(decoding_times(segments))
    assert len(times) == len(shown)
    assert times == sorted(set(times))
    assert all(dts <= time for dts, time in zip(times, shown))


def test_a_segment_encoded_alone_equals_one_encoded_among_others(encode, tmp_path):
    encode()
    whole = (tmp_path / "000001.mkv").read_bytes()
    for path in tmp_path.glob("0*"):
        path.unlink()
    assert list(encode(wanted=range(4, 8))) == [1]
    with av.open(str(tmp_path / "000001.mkv")) as container:
        alone = [bytes(packet) for packet in container.demux(video=0)]
    (tmp_path / "whole").write_bytes(whole)
    with av.open(str(tmp_path / "whole")) as container:
        assert [bytes(packet) for packet in container.demux(video=0)] == alone


@pytest.mark.parametrize(
    "name, spoil",
    [
        ("000001.mkv", lambda data: data[:-9] + bytes([data[-9] ^ 1]) + data[-8:]),
        ("000001.mkv", lambda data: data[:-1]),
        ("000001.json", lambda data: b""),
        ("000001.json", lambda data: b'{"sha256": 3}'),
    ],
)
def test_an_incomplete_segment_is_removed(encode, tmp_path, name, spoil):
    encode()
    (tmp_path / name).write_bytes(spoil((tmp_path / name).read_bytes()))
    assert list(closed_segments(tmp_path)) == [0, 2]
    assert not (tmp_path / "000001.mkv").exists()


def test_the_segment_that_is_open_does_not_count(tmp_path, draw, clip):
    encoder = choose_encoder(container_for(Path("a.mkv")), Options(), clip)
    with SegmentWriter(tmp_path, encoder, clip, 4) as writer:
        for index, pixels in enumerate(draw(6)):
            writer.write(Frame(index, Picture(pixels), 40 * index, 40))
    assert list(closed_segments(tmp_path)) == [0]
    assert finished_frames(tmp_path) == 4


def test_lossless_segments_give_the_very_pixels_back(encode, draw):
    frames = list(segment_frames(list(encode("a.gif").values()), TICK))
    assert [frame.pts for frame in frames] == TIMES
    assert [frame.pts + frame.duration for frame in frames] == [*TIMES[1:], END]
    for frame, pixels in zip(frames, draw(10), strict=True):
        np.testing.assert_array_equal(frame.to_ndarray(format="rgb24"), pixels)


def test_a_segment_that_lost_a_packet_is_named(encode):
    first, *rest = encode().values()
    longer = Segment(first.path, (*first.pts, 1), (*first.durations, 1))
    with pytest.raises(OutputError, match="000000.mkv\nexpected 5 frames; found 4"):
        list(segment_packets([longer, *rest], TICK))
