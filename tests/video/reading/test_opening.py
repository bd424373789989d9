import os
import socket
import struct
from fractions import Fraction

import av
import numpy as np
import pytest

import video
from video.reading.main_stream import main_video
from video.reading.opening import family, kind_of, open_source

TICK = Fraction(1, 25)


@pytest.mark.parametrize(
    "name, expected",
    [("a.mp4", "mov"), ("a.mov", "mov"), ("a.mkv", "matroska"), ("a.webm", "matroska"), ("a.avi", "avi")],
)
def test_the_first_bytes_tell_the_kind_and_not_the_name(make_clip, tmp_path, name, expected):
    options = {"a.webm": {"codec": "libvpx-vp9"}, "a.avi": {"codec": "mpeg4", "time_base": TICK}}
    path = make_clip(name, count=2, **options.get(name, {}))
    assert family(path.rename(tmp_path / "clip.txt")) == expected


@pytest.mark.parametrize(
    "name", ["a:b.mp4", "100%.mp4", "with space.mp4", "naïve ☃.mp4", "new\nline.mp4", "%05d.mp4", "-in.mp4"]
)
def test_odd_names_are_opened_as_they_are(make_clip, tmp_path, monkeypatch, name):
    make_clip(name, count=2)
    monkeypatch.chdir(tmp_path)
    assert kind_of(name) == "clip"
    with open_source(name) as container:
        assert len(container.streams.video) == 1


@pytest.mark.parametrize("name", ["-", "http://127.0.0.1:9/a.mp4", "rtsp://camera/1", "file:///etc/passwd"])
def test_urls_and_standard_input_are_refused(name):
    for refuse in (kind_of, open_source):
        with pytest.raises(video.UsageError, match="must be a local file"):
            refuse(name)


@pytest.mark.parametrize("name", ["gone.mp4", "pipe:0", "concat:a.mp4|b.mp4", "nul\0byte.mp4"])
def test_a_missing_clip_is_named(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(video.MediaError, match="there is no such clip: "):
        open_source(name)


def test_a_folder_a_pipe_and_a_device_are_refused_unopened(tmp_path):
    os.mkfifo(tmp_path / "pipe.mp4")
    for path in (tmp_path, tmp_path / "pipe.mp4", "/dev/zero"):
        with pytest.raises(video.MediaError, match="not a regular file"):
            open_source(path)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00" * 4096,
        b"just text\n" * 50,
        b"\x89PNG\r\n\x1a\n" + b"\x00" * 64,
        bytes(range(256)) * 20,
        b"RIFF\x20\0\0\0WEBPVP8 " + bytes(20),
        b"\0\0\0\x18ftypavif\0\0\0\0avifmif1" + bytes(40),
    ],
    ids=["empty", "zeros", "text", "png", "bytes", "webp", "avif"],
)
def test_anything_but_a_video_is_refused(tmp_path, content):
    path = tmp_path / "clip.mp4"
    path.write_bytes(content)
    with pytest.raises(video.MediaError, match=r"not a supported video \(mp4, mov, mkv, webm, avi\)"):
        kind_of(path)


PLAYLISTS = {
    "hls": "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{target}\n#EXT-X-ENDLIST\n",
    "ffconcat": "ffconcat version 1.0\nfile '{target}'\n",
    "dash": "<?xml version='1.0'?><MPD><BaseURL>{target}</BaseURL></MPD>",
}


@pytest.fixture
def listener():
    """A socket on this machine that waits for a connection."""
    with socket.socket() as waiting:
        waiting.bind(("127.0.0.1", 0))
        waiting.listen()
        waiting.setblocking(False)
        yield waiting


@pytest.fixture
def secret(make_clip):
    """A clip that FFmpeg reads where a playlist names it; its access time is 0 until somebody reads it."""
    path = make_clip("secret.mp4", count=2)
    os.utime(path, (0, path.stat().st_mtime))
    return path


@pytest.mark.parametrize("name, kind", [("list.m3u8", "hls"), ("clip.mp4", "ffconcat"), ("clip.ts", "dash")])
def test_a_playlist_is_refused_and_reaches_neither_network_nor_files(tmp_path, listener, secret, name, kind):
    url = f"http://127.0.0.1:{listener.getsockname()[1]}/a.mp4"
    for target in (url, secret.name):
        (tmp_path / name).write_text(PLAYLISTS[kind].format(target=target))
        with pytest.raises(video.MediaError, match="not a supported video"):
            open_source(tmp_path / name)
    with pytest.raises(BlockingIOError):
        listener.accept()
    assert secret.stat().st_atime == 0


@pytest.mark.parametrize("name, kind", [("list.m3u8", "hls"), ("clip.mp4", "ffconcat")])
def test_ffmpeg_alone_follows_a_playlist_and_reads_the_file(tmp_path, secret, name, kind):
    (tmp_path / name).write_text(PLAYLISTS[kind].format(target=secret.name))
    with av.open(str(tmp_path / name)) as container:
        assert len(container.streams.video) == 1
    if secret.stat().st_atime == 0:
        pytest.skip("the file system keeps no access times")


@pytest.mark.parametrize("text", PLAYLISTS.values(), ids=PLAYLISTS)
@pytest.mark.parametrize("where", ["network", "file"])
def test_a_playlist_within_an_avi_reaches_neither_network_nor_files(
    tmp_path, monkeypatch, listener, secret, text, where
):
    # ffconcat takes names of its own folder alone, and here that is the current one.
    monkeypatch.chdir(tmp_path)
    url = f"http://127.0.0.1:{listener.getsockname()[1]}/a.mp4"
    target = url if where == "network" else secret.name
    path = tmp_path / "clip.avi"
    path.write_bytes(avi_with_subtitles(text.format(target=target).encode()))
    with open_source(path) as container:
        with pytest.raises(video.MediaError, match="no video stream"):
            main_video(container, path)
        assert [packet.stream.index for packet in container.demux() if packet.size] == [0]
    with pytest.raises(BlockingIOError):
        listener.accept()
    assert secret.stat().st_atime == 0


def test_subtitles_within_an_avi_are_read_by_a_demuxer_of_their_own(tmp_path):
    path = tmp_path / "clip.avi"
    path.write_bytes(avi_with_subtitles(b"1\n00:00:00,000 --> 00:00:01,000\nhello\n\n"))
    with open_source(path) as container:
        assert container.streams[0].codec_context.name == "srt"


def avi_with_subtitles(text):
    """An AVI with one stream of text, which players give to a demuxer of its own."""

    def chunk(name, data):
        return name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)

    subtitles = b"GAB2\0" + struct.pack("<HI", 2, 2) + b"a\0" + struct.pack("<HI", 4, len(text)) + text
    main = struct.pack("<14I", 40000, 0, 0, 0x10, 1, 0, 1, 0, 96, 64, 0, 0, 0, 0)
    stream = b"txts" + bytes(16) + struct.pack("<8I", 1, 25, 0, 1, 0, 0, 0, 0)
    header = chunk(b"LIST", b"strl" + chunk(b"strh", stream + bytes(8)) + chunk(b"strf", b""))
    header = chunk(b"LIST", b"hdrl" + chunk(b"avih", main) + header)
    return chunk(b"RIFF", b"AVI " + header + chunk(b"LIST", b"movi" + chunk(b"00tx", subtitles)))


def test_an_mp4_without_its_index_says_so(make_clip):
    path = make_clip()
    data = path.read_bytes()
    path.write_bytes(data[: data.index(b"moov") - 4])
    with pytest.raises(video.MediaError) as caught:
        open_source(path)
    assert "no video stream; the file may be incomplete (index missing)" in str(caught.value)


@pytest.mark.parametrize("size", [2**63 - 1, 2**64 - 1, 7, 0])
def test_boxes_of_an_impossible_size_are_refused(tmp_path, size):
    path = tmp_path / "clip.mp4"
    path.write_bytes(b"\0\0\0\x01free" + struct.pack(">Q", size) + bytes(64))
    with pytest.raises(video.MediaError, match="no video stream; the file may be incomplete"):
        open_source(path)


def test_a_sound_file_says_that_there_is_no_video(tmp_path):
    path = tmp_path / "sound.mp4"
    with av.open(str(path), "w") as output:
        stream = output.add_stream("aac", rate=48000)
        silence = np.zeros((2, 1024), np.float32)
        frame = av.AudioFrame.from_ndarray(silence, format="fltp", layout="stereo")
        frame.sample_rate = 48000
        output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    with (
        open_source(path) as container,
        pytest.raises(video.MediaError, match="no video stream.*\nfound: audio"),
    ):
        main_video(container, path)


def test_too_many_streams_are_refused(tmp_path):
    path = tmp_path / "many.mkv"
    with av.open(str(path), "w") as output:
        streams = [output.add_stream("pcm_s16le", rate=8000) for _ in range(101)]
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 8), np.int16), format="s16", layout="mono")
        frame.sample_rate = 8000
        output.mux(streams[0].encode(frame))
    with pytest.raises(video.MediaError, match="too many streams: .*\nexpected at most 100"):
        open_source(path)


@pytest.mark.parametrize(("name", "sound"), [("in.ts", "aac"), ("in.ts", "mp2"), ("in.mpg", "mp2")])
def test_the_sound_of_a_broadcast_is_known_where_it_begins_late(make_clip, remux, name, sound):
    codec = {"codec": "mpeg2video", "time_base": TICK}
    clip = make_clip("in.mkv", count=325, sounds=[sound], sound_start=12, **codec)
    with open_source(remux(clip, name)) as container:
        (found,) = container.streams.audio
        assert (found.codec_context.codec.canonical_name, found.codec_context.sample_rate) == (sound, 48000)


def test_folders_and_patterns_are_sequences(tmp_path):
    assert kind_of(tmp_path) == kind_of(tmp_path / "%05d.png") == kind_of(tmp_path / "a*.png") == "sequence"


def test_animated_pictures_are_animations_and_stills_are_not(tmp_path):
    animated_png = b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", bytes(13)) + png_chunk(b"iCCP", bytes(9000))
    contents = {
        "a.gif": b"GIF89a" + bytes(20),
        "a.png": animated_png + png_chunk(b"acTL", bytes(8)),
        "a.webp": b"RIFF\x20\0\0\0WEBPVP8X\x0a\0\0\0\x02" + bytes(20),
    }
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
        assert kind_of(tmp_path / name) == "animation"
        with pytest.raises(video.MediaError, match="an animated picture"):
            open_source(tmp_path / name)
    (tmp_path / "still.png").write_bytes(animated_png + png_chunk(b"IDAT", b"acTL"))
    with pytest.raises(video.MediaError, match="a still picture"):
        kind_of(tmp_path / "still.png")


def png_chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + bytes(4)
