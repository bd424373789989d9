import pytest

from video.streams.dry_mux import DryMux
from video.streams.stream_plan import StreamPlan, StreamPlans


@pytest.fixture
def muxed(make_tracks, track, beginning):
    """A function that muxes the beginning of a clip with audio and a cover."""

    def run(muxer, times=1):
        path = make_tracks("in.mkv", track("audio", "aac"), track("cover"), tags={"title": "T"})
        plans = (
            StreamPlan(1, "audio", "aac", None, None, "copied"),
            StreamPlan(2, "cover", "mjpeg", None, None, "copied"),
        )
        with beginning(path) as first:
            plans = StreamPlans(plans, 0, muxer=muxer, pictures=first.pictures)
            return [DryMux(first).run(plans) for _ in range(times)]

    return run


def test_what_the_file_contains_is_found_by_demuxing_it(muxed):
    (found,) = muxed("mp4")
    assert [(stream.kind, stream.num_channels) for stream in found.streams] == [
        ("video", 0),
        ("audio", 2),
        ("video", 0),
    ]
    assert found.places == {0: 0, 1: 1}
    assert found.metadata["title"] == "T"


def test_the_beginning_can_be_muxed_repeatedly(muxed):
    first, again = muxed("matroska", times=2)
    assert [stream.kind for stream in first.streams] == [stream.kind for stream in again.streams]


def test_a_container_that_does_not_support_a_codec_refuses(muxed):
    with pytest.raises(ValueError, match="does not support 'aac'"):
        muxed("webm")
