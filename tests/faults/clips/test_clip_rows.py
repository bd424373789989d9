"""Rows 45, 46, 49 and 50 of the fault catalogue: what is refused as a clip before anything is done."""

import os
import pty
import socket
import subprocess
import sys

import av
import numpy as np
import pytest

SUPPORTED = "error: not a supported video (mp4, mov, mkv, webm, avi): "
COMMAND = "from cyclegan_tf.cli.app import main; main()"


@pytest.fixture
def without_ffmpeg(monkeypatch):
    """FFmpeg is out of reach: a test fails when something is opened."""
    monkeypatch.setattr(av, "open", lambda *arguments, **options: pytest.fail("FFmpeg saw it"))


@pytest.mark.usefixtures("without_ffmpeg")
@pytest.mark.parametrize("kind", ["missing", "empty_folder", "fifo", "device", "socket", "dangling_link"])
def test_row_45_what_is_no_regular_file_is_refused_before_ffmpeg_sees_it(refused, tmp_path, kind):
    source = tmp_path / "clip.mp4"
    if kind == "empty_folder":
        source.mkdir()
    elif kind == "fifo":
        os.mkfifo(source)
    elif kind == "device":
        source = "/dev/zero"
    elif kind == "socket":
        socket.socket(socket.AF_UNIX).bind(str(source))
    elif kind == "dangling_link":
        source.symlink_to(tmp_path / "gone.mp4")
    refused(source, 4, source)


@pytest.mark.usefixtures("without_ffmpeg")
@pytest.mark.parametrize("name", ["http://127.0.0.1:9/a.mp4", "rtsp://camera/1", "file:///etc/passwd"])
def test_row_45_a_url_is_refused_before_ffmpeg_sees_it(refused, name):
    refused(name, 2, "must be a local file")


@pytest.mark.usefixtures("without_ffmpeg")
@pytest.mark.parametrize("name", ["pipe:0", "concat:a.mp4|b.mp4", "subfile,,start,0,end,9,,:/etc/passwd"])
def test_row_45_what_only_ffmpeg_would_understand_is_a_file_that_is_not_there(refused, name):
    refused(name, 4, "there is no such clip")


def test_row_45_a_terminal_as_standard_input_is_refused(tmp_path):
    terminal, our_end = pty.openpty()
    try:
        result = subprocess.run(
            [sys.executable, "-c", COMMAND, "video", "-", "out.mp4"],
            cwd=tmp_path,
            stdin=terminal,
            capture_output=True,
            text=True,
            timeout=60,
        )
    finally:
        os.close(terminal)
        os.close(our_end)
    assert result.returncode == 2, result.stderr
    assert result.stderr.startswith("error: there is no clip on standard input")
    assert "fix: " in result.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["clip.mp4", "clip.mkv", "clip"])
@pytest.mark.parametrize(
    "content",
    [
        b"",
        np.random.default_rng(0).bytes(5000),
        b"this is just a text\n" * 50,
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(17) + b"\0\0\0\0IDAT" + bytes(4),
    ],
    ids=["zero_bytes", "random_bytes", "text", "png"],
)
def test_row_46_anything_but_a_video_is_refused(refused, tmp_path, name, content):
    source = tmp_path / name
    source.write_bytes(content)
    refused(source, 4, SUPPORTED + str(source))


def test_row_49_an_mp4_without_its_index_says_what_is_missing(refused, make_clip):
    source = make_clip()
    data = source.read_bytes()
    source.write_bytes(data[: data.index(b"moov") - 4])
    refused(source, 4, f"error: no video stream; the file may be incomplete (index missing): {source}")


@pytest.mark.parametrize("name", ["sound.mp4", "sound.mkv"])
def test_row_49_a_file_with_sound_alone_says_what_is_missing(refused, tmp_path, name):
    with av.open(str(tmp_path / name), "w") as output:
        stream = output.add_stream("aac", rate=48000)
        frame = av.AudioFrame.from_ndarray(np.zeros((2, 1024), np.float32), format="fltp", layout="stereo")
        frame.sample_rate = 48000
        output.mux([*stream.encode(frame), *stream.encode(None)])
    refused(tmp_path / name, 4, "error: no video stream; the file may be incomplete", "found: audio")


@pytest.mark.parametrize(
    "share, said",
    [
        (0.2, "error: 0 of 60 frames can be read: "),
        (0.6, "error: the clip is cut short or damaged: "),
        (0.99, "error: the clip is cut short or damaged: "),
    ],
)
def test_row_50_a_matroska_clip_that_is_cut_is_refused(refused, make_clip, share, said):
    source = make_clip("in.mkv", count=60)
    data = source.read_bytes()
    source.write_bytes(data[: int(len(data) * share)])
    refused(source, 4, f"{said}{source}", "fix: copy or download")


@pytest.mark.parametrize("policy", ["stop", "skip", "repeat"])
def test_row_50_nothing_left_of_a_clip_is_never_an_empty_success(command, make_clip, tmp_path, policy):
    source = make_clip("in.mkv", count=25)
    data = source.read_bytes()
    source.write_bytes(data[: data.index(b"\x1f\x43\xb6\x75") + 8])
    result = command("video", source, tmp_path / "out.mp4", "--dry-run", "--on-bad-frame", policy)
    assert result.exit_code == 4
    assert f"error: 0 of 25 frames can be read: {source}" in result.stderr
    assert not (tmp_path / "out.mp4").exists()
