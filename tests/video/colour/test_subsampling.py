import av
import numpy as np
import pytest

from video.colour.subsampling import ScaleFilter, written_position


def chroma(position, pix_fmt="yuv420p"):
    """The Cr samples of a grey picture with a red column at luma position 16."""
    rgb = np.full((32, 64, 3), 100, np.uint8)
    rgb[:, 16] = 200, 60, 60
    frame = av.VideoFrame.from_ndarray(rgb, format="rgb24")
    flags = "flags=bilinear+accurate_rnd+full_chroma_int+full_chroma_inp"
    options = f"out_chroma_loc={position}:in_range=pc:out_range=tv:out_color_matrix=bt709:{flags}"
    result = ScaleFilter(pix_fmt, options)(frame)
    return np.frombuffer(result.planes[2], np.uint8).reshape(result.planes[2].height, -1)[8, 6:11].astype(int)


@pytest.mark.parametrize("pix_fmt", ["yuv420p", "yuv422p"])
def test_left_chroma_lies_on_every_second_luma_sample(pix_fmt):
    before, previous, on, after, later = chroma("left", pix_fmt)
    assert (before, previous, after, later) == (128, 128, 128, 128)
    assert on > 150


def test_centred_chroma_lies_between_two_luma_samples():
    _, previous, on, after, _ = chroma("center")
    assert on > previous > after == 128


def test_jpeg_alone_is_centred_among_the_codecs_of_today():
    assert [written_position(codec) for codec in ("h264", "vp9", "mjpeg")] == ["left", "left", "center"]


def test_frames_of_several_sizes_go_through_one_converter():
    convert = ScaleFilter("yuv420p", "flags=bilinear")
    for side in (32, 64, 32):
        frame = av.VideoFrame.from_ndarray(np.zeros((side, side, 3), np.uint8), format="rgb24")
        assert convert(frame).width == side
