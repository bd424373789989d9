import av
import pytest

import video
from video import segment_translation
from video.assembling.segments import closed_segments
from video.plan import plan_video
from video.segment_run import ClipWork
from video.segment_translation import SegmentTranslator

SEGMENT = 20


def negative(frames):
    return 255 - frames


@pytest.fixture
def begin(make_clip, tmp_path):
    """Opens a clip of so many frames for the translation of single segments."""

    def begin(count, **options):
        plan = plan_video(make_clip(count=count), tmp_path / "out.mp4", video.Options(**options))
        return SegmentTranslator(plan.source, ClipWork.of(plan, SEGMENT, 4), negative)

    return begin


@pytest.fixture
def folder(tmp_path):
    """A function that makes a folder for segments."""

    def make(name):
        (tmp_path / name).mkdir()
        return tmp_path / name

    return make


def content(folder):
    """The packets and times of each segment; Matroska gives every file a random number."""
    found = {}
    for number, segment in closed_segments(folder).items():
        with av.open(str(segment.path)) as container:
            packets = [bytes(packet) for packet in container.demux() if packet.size]
        found[number] = packets, segment.pts, segment.durations
    return found


@pytest.mark.parametrize("steady", [0.0, 0.6])
def test_a_segment_is_the_same_whichever_were_translated_before_it(begin, folder, steady):
    one, other = folder("one"), folder("other")
    with begin(50, steady=steady) as segments:
        outcomes = [segments.translate(number, one) for number in range(3)]
    assert [outcome.num_frames for outcome in outcomes] == [20, 20, 10]
    with begin(50, steady=steady) as segments:
        for number in (2, 1, 0):
            segments.translate(number, other)
    assert content(one) == content(other)


def test_a_segment_takes_the_frames_that_lead_into_it_and_writes_its_own_alone(begin, folder):
    with begin(50, steady=0.6) as segments:
        outcome = segments.translate(1, folder("a"))
    assert outcome.num_frames == 20
    assert outcome.pictures_translated == 20 + 16


def test_segments_in_ascending_order_open_the_clip_once(begin, folder, monkeypatch):
    opened, open_frames = [], segment_translation.open_frames
    monkeypatch.setattr(
        segment_translation, "open_frames", lambda *what: opened.append(1) or open_frames(*what)
    )
    target = folder("a")
    with begin(90, steady=0.6) as segments:
        for number in (0, 1, 3):
            segments.translate(number, target)
        assert len(opened) == 1
        segments.translate(2, target)
    assert len(opened) == 2


@pytest.mark.parametrize("count", [39, 40, 41])
def test_the_clips_end_is_told_by_the_segment_that_reaches_it(begin, folder, count):
    with begin(count) as segments:
        target = folder("a")
        endings = [segments.translate(number, target).ending for number in range(-(-count // SEGMENT))]
    assert endings[0] is None
    assert endings[-1].counts.read == count


def test_a_segment_after_the_clips_end_has_no_frame_and_no_file(begin, folder):
    with begin(30) as segments:
        target = folder("a")
        outcome = segments.translate(7, target)
        assert (outcome.num_frames, outcome.ending.counts.read) == (0, 30)
        assert list(target.iterdir()) == []
        assert segments.translate(0, target).num_frames == 20


def test_after_an_error_the_next_segment_is_whole(begin, folder, monkeypatch):
    with begin(50) as segments:
        target = folder("a")
        monkeypatch.setattr(segments, "_translate", lambda frames: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            segments.translate(0, target)
        monkeypatch.undo()
        assert segments.translate(0, target).num_frames == 20


def test_the_batch_size_is_found_on_the_first_frame_and_costs_no_frame(begin, folder):
    with begin(30) as segments:
        assert segments.find_batch_size() in (1, 2, 4, 8)
        assert segments.translate(0, folder("a")).num_frames == 20
