"""Rows 47 and 52 of the fault catalogue: clips that lead to other files or ask for too much memory."""

import os
import struct
import subprocess
import sys

import av
import pytest

# A command that reports how much memory it takes beyond its imports, and may not ask for much.
MEASURED = """
import re, resource
from pathlib import Path
from cyclegan_tf.cli import clips as video_command
from cyclegan_tf.cli.app import main
import video
from video.plan import plan_video
from video.probe import check_source
video.translate_video, plan_video, check_source

def status(name):
    return int(re.search(name + r":\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1])

before = status("VmHWM")
resource.setrlimit(resource.RLIMIT_AS, (status("VmSize") * 1024 + 2**30,) * 2)
try:
    main()
finally:
    print("grew by", status("VmHWM") - before, "kB")
"""
PLAYLISTS = {
    "hls": "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{target}\n#EXT-X-ENDLIST\n",
    "ffconcat": "ffconcat version 1.0\nfile '{target}'\n",
    "dash": "<?xml version='1.0'?><MPD type='static'><BaseURL>{target}</BaseURL></MPD>",
}
SIDE = 60000
SECRET = "nobody but the owner may read this"


@pytest.fixture
def secret(tmp_path):
    """A file of subtitles, which FFmpeg reads; its access time is 0 until somebody does."""
    path = tmp_path / "secret.srt"
    path.write_text(f"1\n00:00:00,000 --> 00:00:01,000\n{SECRET}\n\n")
    os.utime(path, (0, path.stat().st_mtime))
    return path


@pytest.mark.usefixtures("shallow_generators")
@pytest.mark.parametrize(("name", "where"), [("clip.avi", "network"), ("clip.mp4", "file")])
def test_row_47_playlists_in_the_subtitles_of_an_avi_are_not_followed(
    translate, make_avi, tmp_path, monkeypatch, listener, secret, name, where
):
    # ffconcat takes names of its own folder alone, and here that is the current one.
    monkeypatch.chdir(tmp_path)
    target = f"http://{listener.address}/a.ts" if where == "network" else secret.name
    texts = [text.format(target=target).encode() for text in PLAYLISTS.values()]
    result = translate(make_avi(name, texts=texts), tmp_path / "out.mkv")
    assert listener.calls() == 0
    assert secret.stat().st_atime == 0
    assert result.exit_code == 0, result.stderr
    assert SECRET.encode() not in (tmp_path / "out.mkv").read_bytes()
    with av.open(str(tmp_path / "out.mkv")) as container:
        assert len(list(container.decode(video=0))) == 3


def test_the_listener_of_row_47_hears_whoever_follows_a_playlist(tmp_path, listener):
    path = tmp_path / "list.m3u8"
    path.write_text(PLAYLISTS["hls"].format(target=f"http://{listener.address}/a.ts"))
    with path.open("rb") as file, pytest.raises(av.FFmpegError):
        av.open(file, timeout=0.5)
    assert listener.calls() > 0


def test_the_secret_of_row_47_tells_when_somebody_follows_a_playlist(tmp_path, secret):
    path = tmp_path / "list.ffconcat"
    path.write_text(PLAYLISTS["ffconcat"].format(target=secret.name))
    with av.open(str(path)) as container:
        assert SECRET.encode() in b"".join(bytes(packet) for packet in container.demux())
    if secret.stat().st_atime == 0:
        pytest.skip("the file system keeps no access times")


@pytest.fixture
def large(make_clip, make_avi):
    """Functions that make clips with an impossible size in their headers."""

    def size_of_the_container_alone():
        path = make_clip("huge.mkv", codec="ffv1", count=1, size=(300, 302))
        data = path.read_bytes()
        for element, pixels in ((b"\xb0\x82", 300), (b"\xba\x82", 302)):
            before = element + struct.pack(">H", pixels)
            assert data.count(before) == 1
            data = data.replace(before, element + struct.pack(">H", SIDE))
        path.write_bytes(data)
        return path

    def enlarged(picture):
        at = picture.index(b"\xff\xc0") + 5
        return picture[:at] + struct.pack(">HH", SIDE, SIDE) + picture[at + 4 :]

    return {
        "size": size_of_the_container_alone,
        "size_everywhere": lambda: make_avi(size=(SIDE, SIDE), change=enlarged),
        "size_of_the_stream_alone": lambda: make_avi(change=enlarged),
    }


@pytest.mark.parametrize(
    "what, said",
    [
        ("size", "error: the clip declares frames of an impossible size: "),
        ("size_everywhere", "error: the clip declares frames of an impossible size: "),
        ("size_of_the_stream_alone", "error: frame 0 cannot be decoded: "),
    ],
)
def test_row_52_an_impossible_size_is_refused_before_memory_is_spent(large, tmp_path, what, said):
    source = large[what]()
    result = subprocess.run(
        [sys.executable, "-c", MEASURED, "video", source, tmp_path / "out.mp4", "--dry-run"],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert result.returncode == 4, result.stderr
    lines = result.stderr.splitlines()
    assert lines[0].startswith("error: ") and lines[-1].startswith("fix: ")
    assert said in result.stderr
    assert int(result.stdout.split()[-2]) < 50_000, result.stdout
    assert not (tmp_path / "out.mp4").exists()


def test_the_memory_of_row_52_is_really_measured(tmp_path):
    code = MEASURED.replace("main()", "bytearray(10**8)")
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert int(result.stdout.split()[-2]) > 90_000
