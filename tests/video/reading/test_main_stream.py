import av
import pytest

import video
from video.core.options import Options
from video.probe import inspect_source

DEFAULT = av.stream.Disposition.default


@pytest.fixture
def several(tmp_path, draw):
    """A function that writes video streams, each of (codec, size, number of pictures, is default)."""

    def write(*streams, name="in.mkv"):
        path = tmp_path / name
        with av.open(str(path), "w") as output:
            made = []
            for codec, size, count, is_default in streams:
                stream = output.add_stream(codec, rate=25)
                stream.width, stream.height = size
                stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
                stream.disposition = DEFAULT if is_default else av.stream.Disposition(0)
                made.append((stream, [*draw(count, *size)]))
            packets = []
            for stream, pictures in made:
                for picture in pictures:
                    packets += stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24"))
                packets += stream.encode(None)
            output.mux(packets)
        return path

    return write


SMALL, LARGE = (32, 24), (96, 64)


@pytest.mark.parametrize(
    "streams, index",
    [
        ([("mjpeg", SMALL, 1, False), ("mpeg4", LARGE, 30, True)], 1),
        ([("mjpeg", SMALL, 1, True), ("mpeg4", LARGE, 30, True)], 1),
        ([("mjpeg", SMALL, 1, False), ("mpeg4", LARGE, 30, False)], 1),
        ([("mpeg4", LARGE, 5, False), ("mpeg4", LARGE, 30, False)], 1),
        ([("mpeg4", LARGE, 30, False), ("mpeg4", LARGE, 30, False)], 0),
        ([("mpeg4", LARGE, 30, True), ("mpeg4", LARGE, 40, True)], 0),
    ],
)
def test_the_stream_that_players_show_is_translated(several, streams, index):
    source = inspect_source(several(*streams), Options())
    assert (source.video_index, source.frames_total) == (index, 30)


def test_the_default_flag_wins_over_more_pictures(several):
    path = several(("mpeg4", LARGE, 30, False), ("mpeg4", LARGE, 20, True))
    assert inspect_source(path, Options()).video_index == 1


def test_a_clip_of_one_picture_is_a_clip(several):
    assert inspect_source(several(("mpeg4", LARGE, 1, False)), Options()).frames_total == 1


def test_another_stream_can_be_asked_for_and_the_rest_is_copied(several, tmp_path, look, identity):
    path = several(("mpeg4", LARGE, 12, False), ("mpeg4", SMALL, 30, True))
    options = Options(video_stream=0)
    report = video.translate_video(path, tmp_path / "out.mkv", identity, options)
    assert (report.frames_written, report.width) == (12, 96)
    assert any("only stream 0 is translated" in warning for warning in report.warnings)


def test_a_number_that_is_no_video_is_refused_with_those_that_are(several):
    path = several(("mpeg4", LARGE, 2, False), ("mpeg4", SMALL, 3, True))
    with pytest.raises(video.UsageError, match="expected one of 0, 1"):
        inspect_source(path, Options(video_stream=2))


def test_pictures_in_a_folder_have_no_streams(tmp_path):
    with pytest.raises(video.UsageError, match="leave out --video-stream"):
        inspect_source(tmp_path, Options(video_stream=0))
