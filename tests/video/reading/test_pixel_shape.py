from fractions import Fraction

import av
import numpy as np
import pytest

import video
from video.reading.pixel_shape import PixelShape

TICK = Fraction(1, 25)


@pytest.fixture
def joined(tmp_path):
    """A function that writes grey frames of one size on one clock, ten of each shape of pixels."""

    def write(*shapes, codec="mpeg2video"):
        path = tmp_path / "in.ts"
        with av.open(str(path), "w", options={"mpegts_copyts": "1"}) as output:
            stream = output.add_stream(codec, rate=25)
            stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
            for part, shape in enumerate(shapes):
                context = av.CodecContext.create(codec, "w")
                context.width, context.height, context.pix_fmt = 96, 64, "yuv420p"
                context.time_base, context.framerate, context.sample_aspect_ratio = TICK, 25, shape
                context.options = {"bf": "0"}
                frames = [
                    av.VideoFrame.from_ndarray(np.full((64, 96, 3), 200, np.uint8), format="rgb24")
                ] * 10
                packets = []
                for index, frame in enumerate(frames):
                    frame.pts = index
                    packets += context.encode(frame)
                for packet in [*packets, *context.encode(None)]:
                    packet.pts, packet.dts = packet.pts + 10 * part + 50, packet.dts + 10 * part + 50
                    packet.time_base, packet.stream = TICK, stream
                    output.mux(packet)
        return path

    return write


@pytest.mark.parametrize("codec", ["mpeg2video", "libx264"])
def test_a_shape_that_changes_stops_with_the_frame_and_both_shapes(joined, tmp_path, identity, codec):
    path = joined(Fraction(1), Fraction(4, 3) if codec == "libx264" else Fraction(32, 27), codec=codec)
    with pytest.raises(
        video.MediaError, match="the shape of the pixels changes at frame 10.*\n.*expected 1:1"
    ):
        video.translate_video(path, tmp_path / "out.mp4", identity)


def test_a_shape_that_changes_is_letterboxed_when_asked_for(joined, tmp_path, identity, look):
    path = joined(Fraction(1), Fraction(2), codec="libx264")
    options = video.Options(on_size_change="letterbox")
    report = video.translate_video(path, tmp_path / "out.mp4", identity, options)
    pictures = look(tmp_path / "out.mp4").pixels
    assert pictures[5][4, 48].min() > 180
    # Twice as wide pixels: half as high, between black bars of a quarter each.
    assert pictures[15][12, 48].max() < 20 and pictures[15][32, 4].min() > 180
    assert any("10 frames of another size were scaled" in warning for warning in report.warnings)


def test_a_shape_that_stays_is_kept(joined, tmp_path, identity, look):
    video.translate_video(joined(Fraction(16, 11), codec="libx264"), tmp_path / "out.mp4", identity)
    assert look(tmp_path / "out.mp4").aspect == Fraction(16, 11)


def test_a_frame_that_does_not_say_has_square_pixels():
    assert PixelShape()(av.VideoFrame(96, 64, "yuv420p")) == 1
