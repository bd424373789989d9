from fractions import Fraction

import av
import numpy as np
import pytest

import video
from video.reading.stream_facts import stream_facts


@pytest.fixture
def column(tmp_path):
    """A function that writes a grey clip with one coloured chroma column, number 8, at a stated position."""

    def write(codec, pix_fmt="yuv420p", position=None, name="in.mkv", **options):
        path = tmp_path / name
        if position:
            options["chroma_sample_location"] = position
        with av.open(str(path), "w") as output:
            stream = output.add_stream(codec, rate=25, options=options)
            stream.width, stream.height, stream.pix_fmt = 64, 64, pix_fmt
            frame = av.VideoFrame(64, 64, pix_fmt)
            for index, part in enumerate(frame.planes):
                samples = np.frombuffer(part, np.uint8).reshape(part.height, -1)
                samples[:] = 128
                if index == 2:
                    samples[:, 8] = 200
            for number in range(2):
                frame.pts, frame.time_base = number, Fraction(1, 25)
                output.mux(stream.encode(frame))
            output.mux(stream.encode(None))
        return path

    return write


def red(path):
    """Red of the first frame's luma columns 14 to 19, above grey."""
    pixels, _ = next(video.read_clip(path))
    return pixels[20, 14:20, 0].astype(int) - int(pixels[20, 2, 0])


LEFT, CENTRE = [0, 56, 113, 56, 0, 0], [0, 28, 85, 85, 28, 0]


@pytest.mark.parametrize(
    ("codec", "options", "stated", "expected"),
    [
        ("libx264", {"qp": "1"}, None, LEFT),
        ("libx264", {"qp": "1"}, "center", CENTRE),
        ("libx264", {"qp": "1"}, "topleft", LEFT),
        ("libx265", {"x265-params": "log-level=error:qp=1:bframes=0"}, None, LEFT),
        ("mpeg2video", {"qscale": "1"}, None, LEFT),
        ("ffv1", {}, None, LEFT),
        ("ffv1", {}, "center", CENTRE),
        ("libvpx-vp9", {"lossless": "1"}, None, LEFT),
        ("libvpx-vp9", {"lossless": "1"}, "center", CENTRE),
        ("mjpeg", {}, None, CENTRE),
    ],
)
def test_chroma_is_read_where_the_stream_says_and_left_where_it_does_not(
    column, codec, options, stated, expected
):
    path = column(codec, "yuvj420p" if codec == "mjpeg" else "yuv420p", stated, **options)
    assert red(path) == pytest.approx(expected, abs=14)


def test_the_position_of_a_container_without_one_is_left(column):
    path = column("libvpx-vp9", name="in.mp4", position="center", lossless="1")
    with av.open(str(path)) as container:
        assert stream_facts(container.streams.video[0]).chroma_position == "left"


@pytest.mark.parametrize("suffix", [".mp4", ".webm"])
def test_a_translated_clip_keeps_colour_in_its_place(column, tmp_path, identity, suffix):
    path = column("ffv1", position="center")
    video.translate_video(path, tmp_path / f"out{suffix}", identity)
    with av.open(str(tmp_path / f"out{suffix}")) as container:
        frame = next(container.decode(video=0))
    # Centred between luma columns 16 and 17, so that left chroma samples 8 and 9 share it, 2 to 1.
    samples = np.frombuffer(frame.planes[2], np.uint8).reshape(frame.planes[2].height, -1)[10].astype(int)
    seventh, eighth, ninth = samples[7:10] - 128
    assert eighth > 1.5 * ninth > 3 * seventh
