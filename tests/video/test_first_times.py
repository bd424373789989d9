"""Clips whose first time is not 0: what a player shows of the result, by plain PyAV."""

from fractions import Fraction

import av
import numpy as np
import pytest

import video

CLOCK = Fraction(1, 90000)
WRAP = 2**33


def sounds(stream, seconds):
    for number in range(int(seconds * 48000) // 1024):
        frame = av.AudioFrame.from_ndarray(np.zeros((2, 1024), np.float32), format="fltp", layout="stereo")
        frame.sample_rate, frame.pts, frame.time_base = 48000, number * 1024, Fraction(1, 48000)
        yield from stream.encode(frame)
    yield from stream.encode(None)


@pytest.fixture
def broadcast(tmp_path, draw):
    """A function that writes an MPEG-TS of 40 frames and AAC sound whose clock starts at a given second."""

    def write(start, sound_lead=0):
        path, packets = tmp_path / "in.ts", []
        with av.open(str(path), "w", format="mpegts", options={"mpegts_copyts": "1"}) as output:
            stream = output.add_stream("libx264", rate=25, options={"bf": "2", "preset": "ultrafast"})
            stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
            sound = output.add_stream("aac", rate=48000, layout="stereo")
            for picture in draw(40):
                packets += stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24"))
            packets += [*stream.encode(None), *sounds(sound, 1.6)]
            for packet in packets:
                ticks = Fraction(packet.time_base.numerator, packet.time_base.denominator) / CLOCK
                shift = WRAP + round((start - (sound_lead if packet.stream is sound else 0)) / CLOCK)
                packet.pts, packet.dts = round(packet.pts * ticks) + shift, round(packet.dts * ticks) + shift
                packet.time_base = CLOCK
            for packet in sorted(packets, key=lambda packet: packet.dts):
                output.mux(packet)
        return path

    return write


def played(path, kind):
    """The times of all frames of a kind that a player shows: edit lists are applied, and 0 is the start."""
    with av.open(str(path)) as container:
        times = [frame.pts * frame.time_base for frame in container.decode(**{kind: 0})]
    return [float(time) for time in times if time >= 0]


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".mkv", ".webm"])
@pytest.mark.parametrize("start", [Fraction(-2, 5), Fraction(36000)])
def test_a_clock_that_wraps_or_starts_late_is_moved_to_zero(broadcast, tmp_path, identity, start, suffix):
    source = broadcast(start)
    report = video.translate_video(source, tmp_path / f"out{suffix}", identity)
    pictures, heard = (played(tmp_path / f"out{suffix}", kind) for kind in ("video", "audio"))
    assert (len(pictures), len(heard)) == (40, 82 if suffix == ".webm" else 76)
    # The encoder's priming comes before the first picture.
    assert min(heard) == pytest.approx(0, abs=0.002)
    assert [time - min(pictures) for time in pictures] == pytest.approx(np.arange(40) / 25, abs=0.0011)
    assert min(pictures) == pytest.approx(1024 / 48000, abs=0.0011)
    assert any("moved to begin at 0" in warning for warning in report.warnings)


def test_sound_from_long_before_zero_moves_the_pictures_too(broadcast, tmp_path, identity):
    video.translate_video(broadcast(Fraction(0), sound_lead=Fraction(1, 2)), tmp_path / "out.mp4", identity)
    assert len(played(tmp_path / "out.mp4", "audio")) == 76
    assert min(played(tmp_path / "out.mp4", "video")) == pytest.approx(0.5 + 1024 / 48000, abs=0.001)


@pytest.mark.parametrize("start", [Fraction(-2, 5), Fraction(36000)])
def test_a_part_of_it_begins_where_it_was_asked_for(broadcast, tmp_path, identity, start):
    options = video.Options(start=Fraction(4, 5), end=Fraction(6, 5))
    video.translate_video(broadcast(start), tmp_path / "out.mp4", identity, options)
    assert len(played(tmp_path / "out.mp4", "video")) == 10


def test_priming_of_sound_moves_nothing(make_clip, tmp_path, identity):
    report = video.translate_video(make_clip("in.mp4", sounds=["aac"]), tmp_path / "out.mp4", identity)
    assert report.warnings == ()
    assert min(played(tmp_path / "out.mp4", "video")) == 0


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".webm"])
def test_sound_that_an_edit_list_hides_stays_hidden_and_moves_nothing(make_clip, tmp_path, identity, suffix):
    source = make_clip("in.mp4", count=40, sounds=["aac"], sound_start=-0.4)
    report = video.translate_video(source, tmp_path / f"out{suffix}", identity)
    with av.open(str(tmp_path / f"out{suffix}")) as container:
        heard = [float(frame.pts * frame.time_base) for frame in container.decode(audio=0)]
    assert min(heard) == pytest.approx(0, abs=0.025)
    assert min(played(tmp_path / f"out{suffix}", "video")) == 0
    assert not any("clock" in warning for warning in report.warnings)


def test_sound_of_an_unknown_codec_moves_nothing(make_clip, tmp_path, identity):
    source = make_clip("in.mkv", sounds=["aac"])
    data = source.read_bytes()
    assert b"A_AAC" in data
    source.write_bytes(data.replace(b"A_AAC", b"A_XYZ"))
    video.translate_video(source, tmp_path / "out.mkv", identity)
    assert played(tmp_path / "out.mkv", "video") == played(source, "video")
