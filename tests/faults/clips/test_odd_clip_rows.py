"""Rows 48, 51 and 53 to 55 of the fault catalogue: clips that are odd, and translated all the same."""

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
        "a:b.mp4",
        "pipe:1.mp4",
        "100%.mp4",
        "%05d.mp4",
        "two words.mp4",
        "naïve ☃.mp4",
        "new\nline.mp4",
        "-dash.mp4",
        "[1]*?.mp4",
        "quote'\".mp4",
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


def test_row_51_more_than_one_percent_is_too_much(translate, assert_refused, rotten, tmp_path, only_files):
    result = translate(rotten(3), tmp_path / "out.mp4", "--on-bad-frame", "repeat")
    assert_refused(result, 4, "error: frame 120 cannot be decoded: ", "number 3 of at most 2")
    assert not (tmp_path / "out.mp4").exists()
    assert not [name for name in only_files(tmp_path) if name.endswith(".part")]


SPLICED = [(96, 64)] * 3 + [(64, 48)] * 3


def test_row_53_a_size_that_changes_names_the_frame(translate, assert_refused, make_avi, tmp_path):
    result = translate(make_avi(sizes=SPLICED), tmp_path / "out.mp4")
    said = "error: the size changes at frame 3: ", "expected 96x64; found 64x48", "--on-size-change letterbox"
    assert_refused(result, 4, *said)
    assert not (tmp_path / "out.mp4").exists()


def test_row_53_a_size_that_changes_can_be_letterboxed(translate, make_avi, look, tmp_path):
    result = translate(make_avi(sizes=SPLICED), tmp_path / "out.mp4", "--on-size-change", "letterbox")
    assert result.exit_code == 0, result.output
    after = look(tmp_path / "out.mp4")
    assert (after.size, len(after.times)) == ((96, 64), 6)
    assert any("3 frames of another size" in warning for warning in json.loads(result.stdout)["warnings"])


def test_row_54_a_rotated_clip_comes_out_upright(translate, make_clip, look, tmp_path):
    result = translate(make_clip(rotation=90, count=3), tmp_path / "out.mp4")
    assert result.exit_code == 0, result.output
    after = look(tmp_path / "out.mp4")
    assert (after.size, after.rotations) == ((64, 96), {0})


@pytest.mark.parametrize("suffix, size", [(".mp4", (128, 96)), (".webm", (127, 95))])
def test_row_54_an_odd_size_is_kept_or_grows_by_one_and_this_is_said(
    translate, make_clip, look, tmp_path, suffix, size
):
    source = make_clip("in.mkv", codec="ffv1", size=(127, 95), count=3)
    result = translate(source, tmp_path / f"out{suffix}")
    assert result.exit_code == 0, result.output
    assert look(tmp_path / f"out{suffix}").size == size
    said = any("127x95 became 128x96" in warning for warning in json.loads(result.stdout)["warnings"])
    assert said == (size == (128, 96))


def test_row_54_ten_bits_become_eight_and_this_is_said(translate, make_clip, look, tmp_path):
    result = translate(make_clip(pix_fmt="yuv420p10le", count=3), tmp_path / "out.mp4")
    assert result.exit_code == 0, result.output
    assert len(look(tmp_path / "out.mp4").times) == 3
    assert any("8 bits" in warning for warning in json.loads(result.stdout)["warnings"])


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".mkv", ".webm"])
def test_row_54_frames_at_a_variable_rate_keep_their_times(translate, make_clip, look, tmp_path, suffix):
    times = [0, 33, 66, 133, 400, 1160]
    source = make_clip("in.mkv", ticks=times, time_base=Fraction(1, 1000), bframes=0)
    result = translate(source, tmp_path / f"out{suffix}")
    assert result.exit_code == 0, result.output
    after = look(tmp_path / f"out{suffix}")
    for time, expected in zip(after.times, times[:-1], strict=True):
        assert abs(time - Fraction(expected, 1000)) <= after.tick
    assert after.seconds == pytest.approx(1.16, abs=0.002)


def test_row_54_pixels_that_are_not_square_stay_so(translate, make_clip, look, tmp_path):
    result = translate(make_clip(aspect=Fraction(16, 11), count=3), tmp_path / "out.mp4")
    assert result.exit_code == 0, result.output
    assert look(tmp_path / "out.mp4").aspect == Fraction(16, 11)


def test_row_54_an_interlaced_clip_is_taken_apart_and_this_is_said(translate, tmp_path, look):
    source = tmp_path / "in.mkv"
    with av.open(str(source), "w") as container:
        options = {"flags": "+ildct+ilme", "x264-params": "tff=1"}
        stream = container.add_stream("libx264", rate=25, options=options)
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
        for index in range(5):
            combed = np.full((64, 96, 3), 60, np.uint8)
            combed[index % 2 :: 2, 20:60] = 220
            container.mux(stream.encode(av.VideoFrame.from_ndarray(combed, format="rgb24")))
        container.mux(stream.encode(None))
    result = translate(source, tmp_path / "out.mp4")
    assert result.exit_code == 0, result.output
    assert len(look(tmp_path / "out.mp4").times) == 5
    with av.open(str(tmp_path / "out.mp4")) as container:
        assert not any(frame.interlaced_frame for frame in container.decode(video=0))
    assert any("interlaced" in warning for warning in json.loads(result.stdout)["warnings"])


@pytest.mark.parametrize(
    "sounds, target, actions",
    [
        ([], "out.mp4", []),
        (["aac", "ac3", "aac"], "out.mp4", ["copied"] * 3),
        (["aac", "ac3"], "out.mkv", ["copied"] * 2),
        (["libopus"], "out.webm", ["copied"]),
        (["aac"], "out.webm", ["converted"]),
        (["pcm_s16le"], "out.webm", ["converted"]),
        (["tta"], "out.mp4", ["converted"]),
    ],
)
def test_row_55_sound_is_copied_or_converted_and_this_is_said(
    translate, make_tracks, track, tmp_path, sounds, target, actions
):
    source = make_tracks("in.mkv", *(track("audio", codec) for codec in sounds))
    result = translate(source, tmp_path / target)
    assert result.exit_code == 0, result.output
    streams = json.loads(result.stdout)["streams"]
    assert [stream["action"] for stream in streams] == actions
    assert all(stream["detail"] for stream in streams if stream["action"] != "copied")
    with av.open(str(tmp_path / target)) as container:
        assert [stream.type for stream in container.streams] == ["video"] + ["audio"] * len(sounds)


@pytest.mark.parametrize("target", ["out.mp4", "out.mkv", "out.mov", "out.webm"])
@pytest.mark.parametrize("codec", ["srt", "ass"])
def test_row_55_subtitles_are_carried_or_dropped_with_a_word(
    translate, make_tracks, track, tmp_path, target, codec
):
    source = make_tracks("in.mkv", track("subtitle", codec, spans=((0.2, 1, "hello there"),)))
    result = translate(source, tmp_path / target)
    assert result.exit_code == 0, result.output
    (stream,) = json.loads(result.stdout)["streams"]
    assert stream["kind"] == "subtitle"
    assert stream["action"] == "copied" or stream["detail"]
    with av.open(str(tmp_path / target)) as container:
        carried = [stream.type for stream in container.streams] == ["video", "subtitle"]
    assert carried == (stream["action"] != "dropped")


@pytest.mark.parametrize("target", ["out.mp4", "out.webm"])
def test_row_55_an_attachment_that_does_not_fit_is_dropped_with_a_word(
    translate, make_tracks, track, tmp_path, target
):
    result = translate(make_tracks("in.mkv", track("font")), tmp_path / target)
    assert result.exit_code == 0, result.output
    (stream,) = json.loads(result.stdout)["streams"]
    assert (stream["kind"], stream["action"]) == ("attachment", "dropped")
    assert stream["detail"]
