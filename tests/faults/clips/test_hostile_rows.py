"""Rows 47 and 52 of the fault catalogue: clips that lead elsewhere, and clips that ask for too much."""

import struct
import subprocess
import sys
from fractions import Fraction

import av
import numpy as np
import pytest

SUPPORTED = "error: not a supported video (mp4, mov, mkv, webm, avi): "
# How much memory a command takes beyond its imports; it may not even ask for much.
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
SIDE, MILLISECOND = 60000, Fraction(1, 1000)
SECRET = b"nobody but the owner may read this"


@pytest.mark.parametrize("name", ["clip.mp4", "list.m3u8"])
@pytest.mark.parametrize("text", PLAYLISTS.values(), ids=PLAYLISTS)
@pytest.mark.parametrize("where", ["network", "file"])
def test_row_47_a_playlist_is_refused_and_nobody_is_called(
    refused, make_clip, tmp_path, listener, name, text, where
):
    target = make_clip("secret.mp4", count=2)
    if where == "network":
        target = f"http://{listener.address}/a.mp4"
    source = tmp_path / name
    source.write_text(text.format(target=target))
    refused(source, 4, SUPPORTED + str(source))
    assert listener.calls() == 0


@pytest.mark.usefixtures("shallow_generators")
@pytest.mark.parametrize("where", ["network", "file"])
@pytest.mark.parametrize("name", ["clip.avi", "clip.mp4"])
def test_row_47_playlists_in_the_subtitles_of_an_avi_are_not_followed(
    translate, make_avi, tmp_path, listener, name, where
):
    (tmp_path / "secret.txt").write_bytes(SECRET)
    target = f"http://{listener.address}/a.ts" if where == "network" else tmp_path / "secret.txt"
    texts = [text.format(target=target).encode() for text in PLAYLISTS.values()]
    result = translate(make_avi(name, texts=texts), tmp_path / "out.mkv")
    assert listener.calls() == 0
    assert result.exit_code == 0, result.stderr
    assert SECRET not in (tmp_path / "out.mkv").read_bytes()
    with av.open(str(tmp_path / "out.mkv")) as container:
        assert len(list(container.decode(video=0))) == 3


def test_the_listener_of_row_47_hears_whoever_follows_a_playlist(tmp_path, listener):
    path = tmp_path / "list.m3u8"
    path.write_text(PLAYLISTS["hls"].format(target=f"http://{listener.address}/a.ts"))
    with path.open("rb") as file, pytest.raises(av.FFmpegError):
        av.open(file, timeout=0.5)
    assert listener.calls() > 0


@pytest.fixture
def large(make_clip, make_avi, tmp_path):
    """A function that makes a clip of one kind that is more than anybody's."""

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

    def streams():
        path = tmp_path / "many.mkv"
        with av.open(str(path), "w") as output:
            sounds = [output.add_stream("pcm_s16le", rate=8000) for _ in range(1000)]
            frame = av.AudioFrame.from_ndarray(np.zeros((1, 8), np.int16), format="s16", layout="mono")
            frame.sample_rate = 8000
            output.mux(sounds[0].encode(frame))
        return path

    return {
        "size": size_of_the_container_alone,
        "size_everywhere": lambda: make_avi(size=(SIDE, SIDE), change=enlarged),
        "size_of_the_stream_alone": lambda: make_avi(change=enlarged),
        "hours": lambda: make_clip("a.mkv", ticks=[0, 40, 36_000_000, 36_000_040], time_base=MILLISECOND),
        "streams": streams,
    }


@pytest.mark.parametrize(
    "what, said",
    [
        ("size", "error: the clip declares frames of an impossible size: "),
        ("size_everywhere", "error: the clip declares frames of an impossible size: "),
        ("size_of_the_stream_alone", "error: frame 0 cannot be decoded: "),
        ("hours", "expected at most 6 h; it declares 10.0 h"),
        ("streams", "expected at most 100"),
    ],
)
def test_row_52_what_is_more_than_anybodys_clip_is_refused_before_memory_is_spent(
    large, tmp_path, what, said
):
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
