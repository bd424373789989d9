"""Rows 48, 51 and 53 to 55 of the fault catalogue: unusual and damaged clips that are translated."""

import json
import os
from fractions import Fraction

import av
import numpy as np
import pytest

pytestmark = pytest.mark.usefixtures("shallow_generators")


@pytest.mark.parametrize(
    "name",
    [
        "a:b %05d.mp4",
        "-dash.mp4",
        "[1]*? ☃\nnew line.mp4",
        os.fsdecode(b"latin-\xef.mp4"),
        "n" * 251 + ".mp4",
    ],
)
def test_row_48_odd_names_work_in_and_out(translate, make_clip, look, tmp_path, monkeypatch, name):
    (tmp_path / "out").mkdir()
    make_clip(name, count=3)
    monkeypatch.chdir(tmp_path)
    result = translate(name, os.path.join("out", name) if name[0] != "-" else "-out.mp4")
    assert result.exit_code == 0, result.output
    target = tmp_path / "out" / name if name[0] != "-" else tmp_path / "-out.mp4"
    assert len(look(target).times) == 3
    assert len(list(target.parent.glob(".*"))) == 0


@pytest.fixture
def rotten(make_clip):
    """A clip with sound, of 200 frames, of which so many cannot be decoded, from 100 on every tenth."""

    def make(count):
        path = make_clip("in.mp4", count=200, bframes=0, sounds=["aac"])
        with av.open(str(path)) as container:
            packets = [(packet.pos, packet.size) for packet in container.demux(video=0) if packet.size]
        data = bytearray(path.read_bytes())
        for place, size in packets[100 : 100 + 10 * count : 10]:
            rot = np.random.default_rng(0).bytes(size - size // 3)
            data[place + size // 3 : place + size] = rot
        path.write_bytes(data)
        return path

    return make


def test_row_51_a_rotten_frame_stops_with_its_number_and_time(
    translate, assert_refused, rotten, tmp_path, only_files
):
    result = translate(rotten(1), tmp_path / "out.mp4")
    said = "error: frame 100 cannot be decoded: ", "damaged at 4.00 s", "--on-bad-frame skip"
    assert_refused(result, 4, *said)
    assert only_files(tmp_path) == ["in.mp4"]


@pytest.mark.slow
@pytest.mark.parametrize("policy, frames", [("skip", 199), ("repeat", 200)])
def test_row_51_a_rotten_frame_can_be_passed_over_and_everything_keeps_its_time(
    translate, rotten, look, tmp_path, policy, frames
):
    source, target = rotten(2), tmp_path / "out.mp4"
    result = translate(source, target, "--on-bad-frame", policy)
    assert result.exit_code == 0, result.output
    report, before, after = json.loads(result.stdout), look(source), look(target)
    frames -= policy == "skip"
    assert len(after.times) == report["frames_written"] == frames
    bad = (report["frames_skipped"], report["frames_repeated"])
    assert bad == ((2, 0) if policy == "skip" else (0, 2))
    assert any("2 frames could not be decoded" in warning for warning in report["warnings"])
    assert after.seconds == pytest.approx(before.seconds, abs=0.001)
    assert after.audio == before.audio
    missing = {Fraction(4), Fraction(44, 10)}
    every = {Fraction(index, 25) for index in range(200)}
    assert set(after.times) == (every - missing if policy == "skip" else every)


SPLICED = [(96, 64)] * 3 + [(64, 48)] * 3


def test_row_53_a_size_that_changes_is_refused_or_letterboxed(
    translate, assert_refused, make_avi, look, tmp_path
):
    source, target = make_avi(sizes=SPLICED), tmp_path / "out.mp4"
    said = "error: the size changes at frame 3: ", "expected 96x64; found 64x48", "--on-size-change letterbox"
    assert_refused(translate(source, target), 4, *said)
    assert not target.exists()
    result = translate(source, target, "--on-size-change", "letterbox")
    assert result.exit_code == 0, result.output
    after = look(target)
    assert (after.size, len(after.times)) == ((96, 64), 6)
    assert any("3 frames of another size" in warning for warning in json.loads(result.stdout)["warnings"])


def test_row_54_an_odd_clip_is_upright_keeps_its_times_and_its_pixels_shape(
    translate, make_clip, look, tmp_path
):
    times, odd = [0, 33, 66, 133, 400, 1160], {"rotation": 90, "pix_fmt": "yuv420p10le"}
    source = make_clip(ticks=times, time_base=Fraction(1, 1000), bframes=0, aspect=Fraction(16, 11), **odd)
    result = translate(source, tmp_path / "out.mp4")
    assert result.exit_code == 0, result.output
    after = look(tmp_path / "out.mp4")
    assert (after.size, after.rotations, after.aspect) == ((64, 96), {0}, Fraction(11, 16))
    for time, expected in zip(after.times, times[:-1], strict=True):
        assert abs(time - Fraction(expected, 1000)) <= after.tick
    assert after.seconds == pytest.approx(1.16, abs=0.002)
    assert any("8 bits" in warning for warning in json.loads(result.stdout)["warnings"])


def test_row_55_streams_are_copied_converted_or_dropped_and_reported(translate, make_tracks, track, tmp_path):
    subtitles = track("subtitle", "srt", spans=((0.2, 1, "hello there"),))
    sounds = (track("audio", "libopus"), track("audio", "ac3"))
    source = make_tracks("in.mkv", *sounds, subtitles, track("font"))
    result = translate(source, tmp_path / "out.webm")
    assert result.exit_code == 0, result.output
    streams = json.loads(result.stdout)["streams"]
    assert [(stream["kind"], stream["action"]) for stream in streams] == [
        ("audio", "copied"),
        ("audio", "converted"),
        ("subtitle", "converted"),
        ("attachment", "dropped"),
    ]
    assert all(stream["detail"] for stream in streams if stream["action"] != "copied")
    with av.open(str(tmp_path / "out.webm")) as container:
        assert [stream.type for stream in container.streams] == ["video", "audio", "audio", "subtitle"]
