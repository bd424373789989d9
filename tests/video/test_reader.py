from fractions import Fraction

import numpy as np
import pytest

import video
from video.probe import probe
from video.reader import Reader


def frames_of(path):
    with Reader(probe(path)) as reader:
        return list(reader), reader


@pytest.mark.parametrize("count", range(1, 10))
@pytest.mark.parametrize("bframes", [0, 3])
def test_no_frame_stays_in_the_decoder(make_clip, count, bframes):
    frames, reader = frames_of(make_clip(count=count, bframes=bframes))
    assert len(frames) == reader.frames_read == count


@pytest.mark.parametrize("name", ["in.mp4", "in.mov", "in.mkv"])
def test_times_and_durations_at_a_variable_rate(make_clip, name):
    path = make_clip(name, ticks=[0, 33, 66, 133, 400, 1160], time_base=Fraction(1, 1000), bframes=0)
    frames, reader = frames_of(path)
    base = reader.clip.time_base
    assert [frame.pts * base * 1000 for frame in frames] == [0, 33, 66, 133, 400]
    assert [frame.duration * base * 1000 for frame in frames] == [33, 33, 67, 267, 760]


@pytest.mark.parametrize("rotation, turns", [(90, 1), (180, 2), (270, 3)])
def test_a_rotated_clip_is_read_upright(make_clip, rotation, turns, draw):
    path = make_clip(rotation=rotation, count=2)
    frames, reader = frames_of(path)
    expected = np.rot90(next(draw(1)), turns)
    assert frames[0].pixels.shape == expected.shape
    assert (reader.clip.height, reader.clip.width) == expected.shape[:2]
    assert abs(frames[0].pixels.astype(int) - expected).mean() < 3


def test_a_quarter_turn_also_turns_the_shape_of_a_pixel(make_clip):
    _, reader = frames_of(make_clip(rotation=90, aspect=Fraction(16, 11), count=2))
    assert reader.clip.sample_aspect_ratio == Fraction(11, 16)


def test_more_than_8_bits_are_read_with_a_warning(make_clip):
    frames, reader = frames_of(make_clip(pix_fmt="yuv420p10le", count=2))
    assert frames[0].pixels.dtype == np.uint8
    assert "more than 8 bits" in reader.warnings[0]


def test_damage_in_the_middle_stops_with_frame_and_time(make_clip):
    path = make_clip("in.mp4", count=40, bframes=0, options={"movflags": "+faststart"})
    data = bytearray(path.read_bytes())
    middle = data.index(b"mdat") + (len(data) - data.index(b"mdat")) // 2
    data[middle : middle + 600] = np.random.default_rng(0).integers(0, 255, 600, dtype=np.uint8).tobytes()
    path.write_bytes(data)
    with pytest.raises(video.MediaError, match=r"frame \d+ cannot be decoded.*\nthe data are damaged after"):
        frames_of(path)


def test_no_decodable_frame_is_an_error_with_the_expected_number(make_clip):
    path = make_clip("in.mp4", count=3, bframes=0, options={"movflags": "+faststart"})
    data = bytearray(path.read_bytes())
    start = data.index(b"mdat") + 4
    data[start:] = b"\x00" * (len(data) - start)
    path.write_bytes(data)
    with pytest.raises(video.MediaError, match="0 of 3 frames can be decoded|frame 0 cannot be decoded"):
        frames_of(path)


def test_a_size_that_changes_in_mid_stream_names_the_frame(tmp_path, make_clip):
    import av

    first, second = make_clip("a.mkv", count=3), make_clip("b.mkv", count=3, size=(64, 48))
    path = tmp_path / "spliced.avi"
    with av.open(str(path), "w") as output:
        stream = output.add_stream("mjpeg", rate=25)
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuvj420p"
        for index, clip in enumerate((first, second)):
            packets = _motion_jpeg(clip)
            for offset, data in enumerate(packets):
                packet = av.Packet(data)
                packet.stream, packet.time_base = stream, Fraction(1, 25)
                packet.pts = packet.dts = index * len(packets) + offset
                output.mux(packet)
    with pytest.raises(video.MediaError, match=r"the size changes at frame 3.*\nexpected 96x64; found 64x48"):
        frames_of(path)


def _motion_jpeg(clip):
    import av

    encoded = []
    with av.open(str(clip)) as container:
        context = None
        for frame in container.decode(video=0):
            if context is None:
                context = av.CodecContext.create("mjpeg", "w")
                context.width, context.height, context.pix_fmt = frame.width, frame.height, "yuvj420p"
                context.time_base = Fraction(1, 25)
            frame.pict_type = 0
            encoded += [bytes(packet) for packet in context.encode(frame.reformat(format="yuvj420p"))]
        encoded += [bytes(packet) for packet in context.encode(None)]
    return encoded
