"""Clocks of every fineness into every container: by plain PyAV, each frame has its own time."""

from fractions import Fraction

import av
import pytest

import video

NTSC = Fraction(30000, 1001)


def times(path):
    with av.open(str(path)) as container:
        return [frame.pts * frame.time_base for frame in container.decode(video=0)]


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".mkv", ".webm"])
@pytest.mark.parametrize(
    ("tick", "rate"),
    [
        (1, NTSC),
        (1, 1000),
        (1, Fraction(1, 2)),
        (100, NTSC),
        (1000, NTSC),
        (1_000_000, Fraction(1, 2)),
    ],
)
def test_clocks_of_matroska_keep_their_times(matroska_of, tmp_path, identity, tick, rate, suffix):
    source = matroska_of([number / Fraction(rate) for number in range(6)], scale=tick)
    video.translate_video(source, tmp_path / f"out{suffix}", identity)
    expected = Fraction(1, 1000) if suffix in (".mkv", ".webm") else Fraction(1, 10**6)
    assert times(tmp_path / f"out{suffix}") == pytest.approx(times(source), abs=float(expected))


@pytest.mark.parametrize("suffix", [".mov", ".webm"])
@pytest.mark.parametrize("rate, tick", [(NTSC, 90000), (24, 600), (1000, 90000), (NTSC, 10**9)])
def test_clocks_of_mp4_keep_their_times(make_clip, tmp_path, identity, rate, tick, suffix):
    ticks = [round(number / Fraction(rate) * tick) for number in range(7)]
    source = make_clip(ticks=ticks, time_base=Fraction(1, tick))
    video.translate_video(source, tmp_path / f"out{suffix}", identity)
    assert times(tmp_path / f"out{suffix}") == pytest.approx(times(source), abs=0.001)


def test_a_frame_that_is_shown_for_half_an_hour_fits_into_an_mp4(matroska_of, tmp_path, identity):
    source = matroska_of([0, Fraction(1, 25), 1800, Fraction(180004, 100)], scale=1)
    video.translate_video(source, tmp_path / "out.mp4", identity)
    assert times(tmp_path / "out.mp4") == pytest.approx([0, 0.04, 1800, 1800.04], abs=1e-5)


def test_frames_closer_than_a_millisecond_are_announced_for_matroska(matroska_of, tmp_path, identity):
    source = matroska_of([Fraction(number, 2000) for number in range(6)], scale=1)
    report = video.translate_video(source, tmp_path / "out.mkv", identity)
    assert any("share a time; .mp4" in warning for warning in report.warnings)
    assert video.translate_video(source, tmp_path / "out.mp4", identity).warnings == ()


def test_a_subtitle_of_a_nanosecond_clock_fits_into_an_mp4(matroska_of, tmp_path, identity):
    source = matroska_of([number / Fraction(2) for number in range(20)], scale=1, texts=(0, 8))
    report = video.translate_video(source, tmp_path / "out.mp4", identity)
    assert [stream["detail"] for stream in report.streams] == ["mov_text"]
    with av.open(str(tmp_path / "out.mp4")) as container:
        packets = [packet for packet in container.demux(subtitles=0) if packet.size > 2]
    assert [float(packet.pts * packet.time_base) for packet in packets] == pytest.approx([0, 8], abs=0.001)
