"""Rows 45 to 47, 49 and 50 of the fault catalogue: inputs that are refused before any work."""

import io
import os
import pty
import subprocess
import sys

import av
import numpy as np
import pytest
from PIL import Image

SUPPORTED = "error: not a supported video (mp4, mov, mkv, webm, avi): "
COMMAND = "from cyclegan_tf.cli.app import main; main()"


@pytest.mark.parametrize("kind", ["missing", "fifo", "device", "dangling_link", "url"])
def test_row_45_anything_but_a_regular_file_is_refused_before_ffmpeg_sees_it(
    refused, tmp_path, monkeypatch, kind
):
    monkeypatch.setattr(av, "open", lambda *arguments, **options: pytest.fail("FFmpeg saw it"))
    source = {"device": "/dev/zero", "url": "http://127.0.0.1:9/a.mp4"}.get(kind, tmp_path / "clip.mp4")
    if kind == "fifo":
        os.mkfifo(source)
    elif kind == "dangling_link":
        source.symlink_to(tmp_path / "gone.mp4")
    refused(source, 2 if kind == "url" else 4, "must be a local file" if kind == "url" else source)


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


def noise():
    return np.random.default_rng(0).bytes(4096)


def picture():
    file = io.BytesIO()
    Image.new("RGB", (96, 64)).save(file, "jpeg")
    return file.getvalue()


@pytest.mark.parametrize(
    "content",
    [lambda: b"", lambda: b"just text\n" * 50, noise, picture],
    ids=["empty", "text", "noise", "picture"],
)
def test_row_46_a_clips_name_makes_no_video_of_what_is_none(refused, tmp_path, content):
    (tmp_path / "clip.mp4").write_bytes(content())
    refused(tmp_path / "clip.mp4", 4, SUPPORTED + str(tmp_path / "clip.mp4"))


@pytest.mark.parametrize("name", ["clip.mp4", "clip"])
def test_row_46_and_47_a_playlist_with_a_clips_name_is_refused_and_not_followed(
    refused, tmp_path, listener, name
):
    (tmp_path / name).write_text(f"#EXTM3U\n#EXTINF:1,\nhttp://{listener.address}/a.ts\n#EXT-X-ENDLIST\n")
    refused(tmp_path / name, 4, SUPPORTED + str(tmp_path / name))
    assert listener.calls() == 0


@pytest.mark.parametrize(
    ("name", "end", "error"),
    [
        (
            "in.mp4",
            lambda data: data.index(b"moov") - 4,
            "no video stream; the file may be incomplete (index missing)",
        ),
        ("in.mkv", lambda data: len(data) * 6 // 10, "the clip is cut short or damaged"),
        ("in.mkv", lambda data: data.index(b"\x1f\x43\xb6\x75") + 8, "0 of 60 frames can be read"),
    ],
    ids=["mp4_without_moov", "half_a_matroska", "matroska_without_frames"],
)
def test_row_49_and_50_a_clip_that_is_cut_is_refused_with_what_is_missing(
    refused, make_clip, name, end, error
):
    source = make_clip(name, count=60)
    data = source.read_bytes()
    source.write_bytes(data[: end(data)])
    refused(source, 4, f"error: {error}: {source}")
