"""Files of recorders, made with plain PyAV: read whole, and refused when their end is missing."""

from fractions import Fraction

import av
import numpy as np
import pytest

import video
from video.probe import inspect_source
from video.reading.recorder_structure import bytes_missing

# Name: muxer, video encoder, pixel format, size, sound encoder.
KINDS = {
    "in.flv": ("flv", "libx264", "yuv420p", (96, 64), "aac"),
    "in.mxf": ("mxf", "mpeg2video", "yuv422p", (96, 64), "pcm_s16le"),
    "in.wmv": ("asf", "wmv2", "yuv420p", (96, 64), None),
    "in.dv": ("dv", "dvvideo", "yuv420p", (720, 576), "pcm_s16le"),
    "in.ogv": ("ogg", "libvpx", "yuv420p", (96, 64), "libopus"),
    "in.y4m": ("yuv4mpegpipe", "wrapped_avframe", "yuv420p", (96, 64), None),
    "in.ivf": ("ivf", "libvpx-vp9", "yuv420p", (96, 64), None),
    "in.h264": ("h264", "libx264", "yuv420p", (96, 64), None),
    "in.hevc": ("hevc", "libx265", "yuv420p", (96, 64), None),
}
COUNT = 8


@pytest.fixture
def record(tmp_path, draw):
    """A function that writes a clip of a recorder, by its name."""

    def write(name):
        muxer, encoder, pix_fmt, size, sound_encoder = KINDS[name]
        options = {"x265-params": "log-level=error"} if encoder == "libx265" else {}
        with av.open(str(tmp_path / name), "w", format=muxer) as output:
            stream = output.add_stream(encoder, rate=25, options=options)
            stream.width, stream.height, stream.pix_fmt = *size, pix_fmt
            sound = output.add_stream(sound_encoder, rate=48000, layout="stereo") if sound_encoder else None
            packets = []
            for index, picture in enumerate(draw(COUNT, *size)):
                frame = av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(format=pix_fmt)
                frame.pts, frame.time_base = index, Fraction(1, 25)
                packets += stream.encode(frame)
            packets += stream.encode(None)
            if sound:
                count = sound.codec_context.frame_size or 1920
                for number in range(COUNT * 1920 // count):
                    silence = np.zeros((1, 2 * count), np.int16)
                    frame = av.AudioFrame.from_ndarray(silence, format="s16", layout="stereo")
                    frame.sample_rate, frame.pts, frame.time_base = 48000, number * count, Fraction(1, 48000)
                    resampled = av.AudioResampler(sound.codec_context.format.name, "stereo", 48000).resample(
                        frame
                    )
                    packets += [packet for one in resampled for packet in sound.encode(one)]
                packets += sound.encode(None)
            packets.sort(key=lambda packet: (packet.dts or 0) * packet.time_base)
            output.mux(packets)
        return tmp_path / name

    return write


@pytest.mark.parametrize("name", KINDS)
def test_the_clip_of_a_recorder_is_translated_whole(record, tmp_path, identity, name):
    report = video.translate_video(record(name), tmp_path / "out.mp4", identity)
    with av.open(str(tmp_path / "out.mp4")) as container:
        times = [frame.pts * frame.time_base for frame in container.decode(video=0)]
    assert (report.frames_written, len(times)) == (COUNT, COUNT)
    steps = [after - before for before, after in zip(times, times[1:])]
    assert steps == pytest.approx([Fraction(1, 25)] * (COUNT - 1), abs=0.0011)
    assert all(stream["action"] != "dropped" for stream in report.streams)


@pytest.mark.parametrize("name", ["in.flv", "in.mxf", "in.dv", "in.ogv", "in.y4m", "in.ivf", "in.wmv"])
def test_a_clip_whose_end_is_missing_is_refused(record, name):
    path = record(name)
    whole = path.read_bytes()
    kind = KINDS[name][0]
    with path.open("rb") as file:
        assert bytes_missing(file, len(whole), kind) == 0
    path.write_bytes(whole[: int(len(whole) * 0.7) // 10 * 10 + 7])
    with pytest.raises(video.MediaError, match="cut short"):
        inspect_source(path, video.Options())


def test_a_beginning_without_a_frame_size_says_so(record):
    path = record("in.hevc")
    path.write_bytes(path.read_bytes()[:60])
    with pytest.raises(video.MediaError, match="does not say how large its frames are|0 of"):
        inspect_source(path, video.Options())
