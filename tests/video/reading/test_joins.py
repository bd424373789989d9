from fractions import Fraction

import pytest

import video
from video.plan import describe
from video.probe import inspect_source


@pytest.fixture
def recording(make_clip, remux, draw):
    """A function that writes an MPEG-TS with sound, whose pictures tell how bright they are."""

    def write(name, count=75, sounds=("aac",)):
        clip = make_clip(f"{name}.mkv", count=count, sounds=sounds, frames=draw(count))
        return remux(clip, f"{name}.ts")

    return write


@pytest.fixture
def joined(recording, tmp_path):
    """The bytes of two recordings in one file: 75 frames, and then 50."""
    path = tmp_path / "joined.ts"
    path.write_bytes(recording("a").read_bytes() + recording("b", 50).read_bytes())
    return path


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".webm"])
def test_the_second_recording_follows_the_first(joined, tmp_path, identity, look, suffix):
    report = video.translate_video(joined, tmp_path / f"out{suffix}", identity)
    found = look(tmp_path / f"out{suffix}")
    assert (report.frames_written, len(found.times), len(found.pixels)) == (125, 125, 125)
    steps = [after - before for before, after in zip(found.times, found.times[1:])]
    assert steps[:74] + steps[75:] == pytest.approx([Fraction(1, 25)] * 123, abs=0.0011)
    # The sound of the first one may be a little longer or shorter than its pictures.
    assert steps[74] == pytest.approx(0.04, abs=0.05)
    heard = [time for time, _ in found.audio]
    assert max(after - before for before, after in zip(heard, heard[1:])) < 0.1
    assert heard[-1] == pytest.approx(float(found.times[-1]), abs=0.1)
    assert sum("The times jump at 3.0" in warning for warning in report.warnings) == 1


def test_info_says_where_the_times_jump(joined):
    assert any("The times jump at 3.0" in warning for warning in describe(joined).warnings)


def test_a_jump_stops_with_its_time_when_asked_for_and_the_advice_works(joined, tmp_path, identity, look):
    options = video.Options(on_time_jump="stop")
    with pytest.raises(
        video.MediaError, match=r"the times jump at 3\.0.*\n.*several recordings\n.*--end 3\.0"
    ):
        video.translate_video(joined, tmp_path / "out.mp4", identity, options)
    options = video.Options(on_time_jump="stop", end=3)
    assert video.translate_video(joined, tmp_path / "out.mp4", identity, options).frames_written in (74, 75)


def test_a_part_of_the_second_recording_can_be_asked_for(joined, tmp_path, identity, look):
    options = video.Options(start=3.5, end=4)
    video.translate_video(joined, tmp_path / "out.mp4", identity, options)
    found = look(tmp_path / "out.mp4")
    assert len(found.times) in (12, 13)
    assert len(found.audio) == pytest.approx(24, abs=3)


def test_a_recording_in_one_piece_has_no_joins(recording):
    source = inspect_source(recording("a"), video.Options())
    assert (source.joins, source.frames_total) == ((), 75)


def test_three_recordings_follow_each_other(recording, tmp_path, identity):
    path, one = tmp_path / "joined.ts", recording("a", 30).read_bytes()
    path.write_bytes(one * 3)
    source = inspect_source(path, video.Options())
    assert (len(source.joins), source.frames_total) == (2, 90)
    assert float(source.duration) == pytest.approx(3.6, abs=0.2)


def test_sound_between_silent_recordings_is_kept(recording, tmp_path, identity, look):
    path = tmp_path / "joined.ts"
    silent, heard = recording("a", 250, sounds=()), recording("b", 50)
    path.write_bytes(silent.read_bytes() + heard.read_bytes() + silent.read_bytes())
    report = video.translate_video(path, tmp_path / "out.mkv", identity)
    assert [stream["action"] for stream in report.streams] == ["copied"]
    assert len(look(tmp_path / "out.mkv").audio) == len(look(heard).audio)


@pytest.mark.parametrize("sound", ["aac", "mp2"])
@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_sound_that_only_a_later_recording_has_is_kept(recording, tmp_path, identity, look, sound, suffix):
    path = tmp_path / "joined.ts"
    silent, heard = recording("a", sounds=()), recording("b", 50, sounds=[sound])
    path.write_bytes(silent.read_bytes() + heard.read_bytes())
    report = video.translate_video(path, tmp_path / f"out{suffix}", identity)
    assert [stream["action"] for stream in report.streams] == ["copied"]
    found = look(tmp_path / f"out{suffix}")
    assert len(found.audio) == len(look(heard).audio)
    assert float(found.audio[0][0]) == pytest.approx(3, abs=0.2)
