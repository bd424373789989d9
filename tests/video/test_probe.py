import os
import socket

import av
import numpy as np
import pytest

import video
from video import probe


def test_streams_are_chosen_and_the_rest_is_listed(make_clip):
    found = probe.probe(make_clip(sounds=["aac", "aac"]))
    assert (found.video_index, found.audio_index, found.frames_total) == (0, 1, 8)
    assert found.dropped == ("audio stream 2 (aac)",)


def test_a_clip_can_be_checked_without_reading_it(make_clip):
    video.check_source(make_clip())


def test_the_quick_check_refuses_what_has_no_picture(tmp_path):
    (tmp_path / "text.mp4").write_text("not a clip")
    with pytest.raises(video.MediaError, match="text.mp4"):
        video.check_source(tmp_path / "text.mp4")


def test_a_cover_picture_is_not_the_video(tmp_path, draw):
    path = tmp_path / "cover.mp4"
    with av.open(str(path), "w") as output:
        cover = output.add_stream("png", rate=1)
        cover.width, cover.height, cover.pix_fmt = 96, 64, "rgb24"
        cover.disposition = av.stream.Disposition.attached_pic
        main = output.add_stream("libx264", rate=25)
        main.width, main.height, main.pix_fmt = 96, 64, "yuv420p"
        for index, picture in enumerate(draw(3)):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            if index == 0:
                output.mux(cover.encode(frame))
                output.mux(cover.encode(None))
            output.mux(main.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        output.mux(main.encode(None))
    with av.open(str(path)) as made:
        covers = [s.index for s in made.streams.video if s.disposition & probe._COVER]
    assert covers, "the clip must have a cover for this test to say anything"
    found = probe.probe(path)
    assert found.video_index not in covers
    assert found.dropped == (f"cover picture {covers[0]} (png)",)


@pytest.mark.parametrize("name", ["-", "http://127.0.0.1:9/a.mp4", "rtsp://camera/1", "file:///etc/passwd"])
def test_urls_and_standard_input_are_refused(name):
    with pytest.raises(video.UsageError, match="must be a local file"):
        probe.probe(name)


def test_a_missing_clip_is_named(tmp_path):
    with pytest.raises(video.MediaError, match="there is no such clip: .*gone.mp4"):
        probe.probe(tmp_path / "gone.mp4")


def test_a_folder_a_pipe_and_a_device_are_refused_unopened(tmp_path):
    os.mkfifo(tmp_path / "pipe.mp4")
    for path in (tmp_path, tmp_path / "pipe.mp4", "/dev/zero"):
        with pytest.raises(video.MediaError, match="not a regular file"):
            probe.probe(path)


@pytest.mark.parametrize(
    "content",
    [b"", b"\x00" * 4096, b"just text\n" * 50, b"\x89PNG\r\n\x1a\n" + b"\x00" * 64, bytes(range(256)) * 20],
)
def test_anything_but_a_video_is_refused(tmp_path, content):
    path = tmp_path / "clip.mp4"
    path.write_bytes(content)
    with pytest.raises(video.MediaError, match=r"not a supported video \(mp4, mov, mkv, webm, avi\)"):
        probe.probe(path)


@pytest.mark.parametrize(
    "text",
    [
        "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{target}\n#EXT-X-ENDLIST\n",
        "ffconcat version 1.0\nfile '{target}'\n",
        "<?xml version='1.0'?><MPD><BaseURL>{target}</BaseURL></MPD>",
    ],
)
def test_a_playlist_reaches_neither_the_network_nor_another_file(tmp_path, text):
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        listener.setblocking(False)
        path = tmp_path / "clip.mp4"
        path.write_text(text.format(target=f"http://127.0.0.1:{listener.getsockname()[1]}/a.mp4"))
        with pytest.raises(video.MediaError, match="not a supported video"):
            probe.probe(path)
        with pytest.raises(BlockingIOError):
            listener.accept()


def test_an_mp4_without_its_index_says_so(make_clip):
    path = make_clip()
    data = path.read_bytes()
    path.write_bytes(data[: data.index(b"moov") - 4])
    with pytest.raises(video.MediaError) as caught:
        probe.probe(path)
    assert "no video stream; the file may be incomplete (index missing)" in str(caught.value)


def test_a_sound_file_says_that_there_is_no_video(tmp_path):
    path = tmp_path / "sound.mp4"
    with av.open(str(path), "w") as output:
        stream = output.add_stream("aac", rate=48000)
        silence = np.zeros((2, 1024), np.float32)
        frame = av.AudioFrame.from_ndarray(silence, format="fltp", layout="stereo")
        frame.sample_rate = 48000
        output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    with pytest.raises(video.MediaError, match="no video stream.*\nfound: audio"):
        probe.probe(path)


@pytest.mark.parametrize("name", ["in.mp4", "in.mkv"])
def test_a_clip_that_is_cut_short_is_found_before_any_work(make_clip, name):
    faststart = {"movflags": "+faststart"} if name.endswith("mp4") else None
    path = make_clip(name, count=60, bframes=0, options=faststart)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * 0.6)])
    with pytest.raises(video.MediaError, match="cut short or damaged"):
        probe.probe(path)


@pytest.mark.parametrize("width, height", [(60000, 60000), (0, 0), (8192, 8193)])
def test_impossible_sizes_are_refused(width, height):
    with pytest.raises(video.MediaError, match=f"found {width}x{height}"):
        probe._check_size(width, height, "clip.mp4")


def test_a_header_that_claims_ten_hours_is_refused(make_clip, monkeypatch):
    monkeypatch.setattr(probe, "MAX_DURATION_SECONDS", 0)
    with pytest.raises(video.MediaError, match="too long"):
        probe.probe(make_clip())


def test_too_many_streams_are_refused(make_clip, monkeypatch):
    monkeypatch.setattr(probe, "MAX_STREAMS", 2)
    with pytest.raises(video.MediaError, match="too many streams"):
        probe.probe(make_clip(sounds=["aac", "aac"]))


@pytest.mark.parametrize("name", ["a:b.mp4", "100%.mp4", "with space.mp4", "naïve ☃.mp4", "new\nline.mp4"])
def test_odd_names_work_in_and_out(make_clip, identity, tmp_path, name):
    report = video.translate_video(make_clip(name, count=2), tmp_path / f"out {name}", identity)
    assert report.frames_written == 2


def test_a_name_with_a_leading_dash_works(make_clip, identity, tmp_path, monkeypatch):
    make_clip("-in.mp4", count=2)
    monkeypatch.chdir(tmp_path)
    assert video.translate_video("-in.mp4", "-out.mp4", identity).frames_written == 2
