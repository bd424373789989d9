"""Every frame of a clip is decoded, in every container, from the beginning or from a seek."""

import subprocess
import sys
from fractions import Fraction

import av
import numpy as np
import pytest

import video
from video.colour.conversion import FromPicture, ToPicture
from video.core.colour_codes import LIMITED, Colour
from video.core.frames import Picture
from video.core.options import Options
from video.probe import inspect_source
from video.reading.decoding import decoder, decoder_for

TICK = Fraction(1, 25)


def same(frames, others):
    pairs = zip(frames, others, strict=True)
    return all(np.array_equal(one.picture.pixels, other.picture.pixels) for one, other in pairs)


def alpha_clip(path, encoder):
    """Four pictures; their left half is opaque, their right half nearly transparent."""
    alpha = np.full((64, 96), 255, np.uint8)
    alpha[:, 48:] = 64
    pixels = np.full((64, 96, 3), (180, 90, 40), np.uint8)
    frame = FromPicture(Colour(6, LIMITED, 6, 6), "yuva420p")(Picture(pixels, alpha))
    with av.open(str(path), "w") as container:
        stream = container.add_stream(encoder, rate=25, options={"crf": "4", "b": "1M", "auto-alt-ref": "0"})
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuva420p"
        # Threads of VP8 wait in a loop, which takes minutes on a busy machine.
        stream.codec_context.thread_count = 1
        for index in range(4):
            frame.pts = index
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


@pytest.mark.parametrize("name", ["libvpx-vp9", "libvpx"])
def test_a_webm_with_alpha_is_decoded_with_its_alpha_and_times(tmp_path, name):
    path = alpha_clip(tmp_path / "in.webm", name)
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        assert decoder_for(stream) == name
        context = decoder(stream)
        frames = [frame for packet in container.demux(stream) for frame in context.decode(packet)]
    assert [round(float(frame.pts * frame.time_base), 3) for frame in frames] == [0, 0.04, 0.08, 0.12]
    for frame in frames:
        picture = ToPicture(frame, "tone-map")(frame)
        assert abs(picture.alpha[:, :40].astype(int) - 255).max() <= 2
        assert abs(picture.alpha[:, 56:].astype(int) - 64).max() <= 2
        assert abs(picture.pixels[:, :40].astype(int) - (180, 90, 40)).max() <= 6


def test_a_clip_without_alpha_keeps_its_own_decoder(make_clip):
    with av.open(str(make_clip("in.mkv", count=3))) as container:
        stream = container.streams.video[0]
        assert decoder(stream) is stream.codec_context


# 'skip' decodes with SLICE threads, 'stop' with AUTO.
@pytest.mark.parametrize(
    "count, policy, bframes", [(1, "stop", 0), (1, "skip", 3), (2, "stop", 3), (5, "skip", 3), (9, "stop", 3)]
)
def test_no_frame_stays_in_the_decoder(make_clip, read, count, policy, bframes):
    frames, source = read(make_clip(count=count, bframes=bframes), on_bad_frame=policy)
    assert len(frames) == source.frames_read == count
    assert [frame.index for frame in frames] == list(range(count))


STOPPED_EARLY = """
import sys
from itertools import islice
import av
av.logging.set_level(av.logging.VERBOSE)
from video.core.options import Options
from video.probe import inspect_source
from video.reading.reader import ClipSource
for _ in range(4):
    with ClipSource(inspect_source(sys.argv[1], Options()), Options()) as source:
        assert len(list(islice(source.frames(lambda index: True), 5))) == 5
"""


# Closed after the fifth frame, or read up to an end there.
@pytest.mark.parametrize("options", ["Options()", "Options(end=0.2)"])
def test_stopping_early_does_not_hang(make_clip, options):
    script, path = STOPPED_EARLY.replace("Options()", options), make_clip(count=60, bframes=3)
    done = subprocess.run([sys.executable, "-c", script, str(path)], timeout=60, capture_output=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("bframes", [0, 3])
def test_the_frames_of_an_avi_follow_their_positions(make_clip, read, bframes):
    frames, source = read(make_clip("in.avi", time_base=TICK, count=20, bframes=bframes))
    assert [(frame.pts, frame.duration) for frame in frames] == [(index, 1) for index in range(20)]
    assert same(frames, read(make_clip("in.mp4", count=20, bframes=bframes))[0])


def mpeg4(path, pictures, *, max_b_frames=0, unchanged=()):
    """Writes an AVI; at the positions `unchanged`, a packet signals that nothing has changed."""
    with av.open(str(path), "w") as output:
        stream = output.add_stream("mpeg4", rate=25)
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
        stream.codec_context.gop_size, stream.codec_context.max_b_frames = 100, max_b_frames
        packets = []
        for pixels in pictures:
            packets += stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24"))
        packets += stream.encode(None)
        for place in range(len(packets) + len(unchanged)):
            packet = av.Packet(not_coded(place)) if place in unchanged else packets.pop(0)
            packet.stream, packet.time_base = stream, TICK
            packet.pts = packet.dts = place
            output.mux(packet)
    return path


def not_coded(place):
    """An MPEG-4 picture without content (ISO/IEC 14496-2, 6.2.5): a P-VOP whose vop_coded is 0."""
    bits = f"0101{place % 25:05b}100"
    return b"\0\0\1\xb6" + int(bits + "0111", 2).to_bytes(2)


def test_an_avi_with_mpeg4_and_b_frames_starts_at_its_first_position(tmp_path, draw, read):
    frames, _ = read(mpeg4(tmp_path / "in.avi", draw(14), max_b_frames=2))
    assert [frame.pts for frame in frames] == list(range(14))


def test_positions_of_an_avi_without_a_new_picture_show_the_previous_one_longer(tmp_path, draw, read):
    frames, source = read(mpeg4(tmp_path / "in.avi", draw(10), unchanged=(4, 8)))
    assert [frame.pts for frame in frames] == [0, 1, 2, 3, 5, 6, 7, 9, 10, 11]
    assert [frame.duration for frame in frames] == [1, 1, 1, 2, 1, 1, 2, 1, 1, 1]
    assert source.warnings == []


def test_a_sample_without_data_shows_the_previous_frame_longer(write_jpegs, read):
    path = write_jpegs("in.mov", [(96, 64)] * 8, time_base=TICK)
    data = bytearray(path.read_bytes())
    sizes = data.index(b"stsz") + 16
    data[sizes + 4 * 5 : sizes + 4 * 6] = bytes(4)
    path.write_bytes(data)
    with av.open(str(path)) as container:
        packets = [packet.size for packet in container.demux(video=0)]
    assert packets.index(0) == 5, "the demuxer must give an empty packet for this test to say anything"
    frames, _ = read(path)
    step = frames[0].duration
    assert [frame.pts for frame in frames] == [step * place for place in (0, 1, 2, 3, 4, 6, 7)]
    assert frames[4].duration == 2 * step


@pytest.mark.parametrize("name", ["a.ts", "a.m2v"])
def test_transport_and_elementary_streams_are_read_frame_by_frame(make_clip, remux, read, name):
    given = make_clip("in.mkv", codec="mpeg2video", time_base=TICK, count=30)
    frames, source = read(remux(given, name))
    step = round(TICK / source.clip.time_base)
    assert [frame.pts - frames[0].pts for frame in frames] == [step * index for index in range(30)]
    assert [frame.duration for frame in frames] == [step] * 30
    assert source.clip.rate == 25
    assert same(frames, read(given)[0])


def test_a_program_stream_has_the_pts_of_its_packs(make_clip, remux, read):
    given = make_clip("in.mkv", codec="mpeg2video", time_base=TICK, count=30)
    path = remux(given, "a.mpg")
    frames, _ = read(path)
    with av.open(str(path)) as container:
        assert [frame.pts for frame in frames] == [frame.pts for frame in container.decode(video=0)]
    assert same(frames, read(given)[0])


def test_missing_pts_are_filled_in(tmp_path, draw, read):
    path = tmp_path / "a.mpg"
    with av.open(str(path), "w", format="mpeg") as output:
        stream = output.add_stream("libx264", rate=25, options={"crf": "30"})
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
        for pixels in draw(14):
            output.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        output.mux(stream.encode(None))
    with av.open(str(path)) as container:
        has_pts = [frame.pts is not None for frame in container.decode(video=0)]
    assert has_pts == [True] + [False] * 13, "the clip must lack PTS for this test to say anything"
    frames, _ = read(path)
    assert [frame.pts - frames[0].pts for frame in frames] == [3600 * index for index in range(14)]


def test_frames_that_step_back_are_moved_with_a_warning(write_jpegs, read):
    frames, source = read(write_jpegs("in.mkv", [(96, 64)] * 5, times=[100, 140, 180, 170, 260]))
    milliseconds = [float(frame.pts * source.clip.time_base * 1000) for frame in frames]
    assert milliseconds == [100, 140, 180, pytest.approx(180, abs=1), 260]
    assert frames[3].pts == frames[2].pts + 1
    assert source.warnings == [
        "The source has 1 frames that are not later than the one before; they were moved."
    ]


def test_timestamps_that_jump_back_mean_another_clip(write_jpegs, read):
    path = write_jpegs("in.mkv", [(96, 64)] * 4, times=[3000, 3040, 100, 140])
    with pytest.raises(video.MediaError, match=r"timestamps jump back: .*\nfrom 3\.04 s to 0\.10 s"):
        read(path)


def test_a_clip_after_another_follows_it_when_asked_for(write_jpegs, read):
    path = write_jpegs("in.mkv", [(96, 64)] * 4, times=[3000, 3040, 100, 140])
    frames, _ = read(path, on_time_jump="close")
    assert [frame.pts for frame in frames] == [3000, 3040, 3080, 3120]


def test_a_growing_size_is_refused_before_its_memory_is_allocated(write_jpegs, read):
    path = write_jpegs("in.avi", [(96, 64)] * 3, time_base=TICK)
    data = bytearray(path.read_bytes())
    headers = [at for at in range(len(data) - 4) if data[at : at + 4] == b"\xff\xc0\x00\x11"]
    assert len(headers) == 3
    data[headers[2] + 5 : headers[2] + 9] = b"\xea\x60\xea\x60"
    path.write_bytes(data)
    with pytest.raises(video.MediaError, match="frame 2 cannot be decoded"):
        read(path, on_size_change="letterbox")


@pytest.fixture(scope="module")
def long_clips(tmp_path_factory):
    """Clips of 4 s with a keyframe every half second and open groups of pictures."""
    folder, clips = tmp_path_factory.mktemp("long"), {}
    muxers = {"mp4": "mp4", "mkv": "matroska", "ts": "mpegts", "mpg": "mpeg", "avi": "avi"}
    x264 = {"x264-params": "open-gop=1:keyint=12:min-keyint=12:scenecut=0", "preset": "veryfast"}
    for name, muxer in muxers.items():
        clips[name] = folder / f"long.{name}"
        codec = "mpeg2video" if name == "mpg" else "libx264"
        with av.open(str(clips[name]), "w", format=muxer) as output:
            stream = output.add_stream(codec, rate=25, options=x264 if codec == "libx264" else {})
            stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
            stream.codec_context.time_base = TICK
            for index in range(100):
                pixels = np.full((64, 96, 3), index * 2, np.uint8)
                pixels[16:32, index % 80 : index % 80 + 16] = 255
                frame = av.VideoFrame.from_ndarray(pixels, format="rgb24").reformat(format="yuv420p")
                frame.pts, frame.time_base = index, TICK
                output.mux(stream.encode(frame))
            output.mux(stream.encode(None))
    return clips


@pytest.mark.parametrize("codec", ["libx264", "mpeg2video"])
def test_a_recording_that_starts_within_a_gop_is_read_from_its_first_keyframe(
    make_clip, remux, long_clips, tmp_path, read, codec
):
    made = long_clips["ts"]
    if codec == "mpeg2video":
        made = remux(make_clip("in.mkv", codec=codec, time_base=TICK, count=60), "a.ts")
    data = made.read_bytes()
    # The tables at the start are kept, the first frames are not.
    path = tmp_path / "between.ts"
    path.write_bytes(data[: 3 * 188] + data[188 * (len(data) // 188 // 6) :])
    with av.open(str(path)) as container:
        packets = [packet for packet in container.demux(video=0) if packet.size]
        keys = [packet.pts for packet in packets if packet.is_keyframe]
    assert not packets[0].is_keyframe and keys, "or this test says nothing"
    frames, source = read(path)
    assert frames[0].pts == keys[0]
    assert "begins in the middle of a group of pictures" in source.warnings[0]


@pytest.mark.parametrize(
    "name, start, end",
    [
        ("mp4", 1.5, 1.9),
        ("mp4", 2.01, 2.02),
        ("mp4", 3.96, None),
        ("mkv", 0.1, None),
        ("mkv", Fraction(48, 25), 3),
        ("ts", 0, None),
        ("ts", 1.5, 1.9),
        ("ts", 2.01, 2.2),
        ("mpg", 2.01, 2.2),
        ("avi", Fraction(48, 25), 3),
        ("avi", 3.96, None),
    ],
)
def test_a_part_is_what_decoding_from_the_beginning_would_give(long_clips, read, name, start, end):
    path = long_clips[name]
    whole, source = read(path)
    time_base, first = source.clip.time_base, inspect_source(path, Options()).start
    exact_start, exact_end = (Fraction(time).limit_denominator(1000) for time in (start, end or 4))
    wanted = [f for f in whole if exact_start <= f.pts * time_base - first < exact_end]
    if not wanted:
        with pytest.raises(video.MediaError, match="no frame begins in the wanted part"):
            read(path, start=start, end=end)
        return
    part, _ = read(path, start=start, end=end)
    shift = round((first + exact_start) / time_base)
    assert [(f.index, f.pts) for f in part] == [(i, f.pts - shift) for i, f in enumerate(wanted)]
    assert same(part, wanted)
    length = (part[-1].pts + part[-1].duration) * time_base
    assert abs(length - (exact_end - exact_start)) <= max(time_base, Fraction(1, 1000))
