from fractions import Fraction

import av
import pytest

from video.reading.packets import summarize_packets


@pytest.fixture
def summarize():
    """A function that summarizes the packets of a clip."""

    def run(path, position=None, **on_packet):
        with av.open(str(path)) as container:
            return summarize_packets(container, container.streams.video[0], position, **on_packet)

    return run


@pytest.mark.parametrize("name, bframes", [("in.mp4", 2), ("in.mkv", 0)])
def test_frames_are_counted_with_their_pts_and_the_end_of_the_last(make_clip, summarize, name, bframes):
    path = make_clip(name, count=30, bframes=bframes)
    summary = summarize(path)
    with av.open(str(path)) as container:
        assert sorted(summary.times) == [frame.pts for frame in container.decode(video=0)]
    assert (summary.rate, summary.num_untimed, summary.num_corrupt, summary.failure) == (25, 0, 0, "")
    assert abs(summary.end - Fraction(6, 5)) <= Fraction(1, 1000)


def test_frames_before_a_position_are_also_counted_separately(make_clip, summarize, packet_places):
    path = make_clip("in.mkv", count=30, bframes=0)
    position, _ = packet_places(path)[400]
    summary = summarize(path, position)
    assert (len(summary.times), summary.num_before, summary.last_before) == (30, 10, 360)


def test_every_packet_is_passed_on(make_clip, summarize):
    sizes = []
    summary = summarize(
        make_clip(count=30, sounds=["aac"]), on_packet=lambda packet: sizes.append(packet.size)
    )
    assert len(sizes) > len(summary.times) == 30
    assert all(sizes)


def test_the_end_of_the_sound_counts_and_that_of_subtitles_does_not(make_clip, summarize):
    summary = summarize(make_clip(count=5, sounds=["aac"], sound_start=Fraction(1)))
    assert summary.end == summary.end_of_all > Fraction(11, 10)
