import subprocess
import sys
from fractions import Fraction
from itertools import islice
from pathlib import Path

import av
import numpy as np
import pytest

import video
from video.core.options import Options
from video.probe import inspect_source
from video.reading.reader import ClipSource
from video.reading.upright import UprightPictures

TICK = Fraction(1, 25)


def everything(index):
    return True


def opened(path, **options):
    options = Options(**options)
    return ClipSource(inspect_source(path, options), options)


def read(path, **options):
    with opened(path, **options) as source:
        return list(source.frames(everything)), source


def milliseconds(frames, source):
    return [round(float(frame.pts * source.clip.time_base * 1000), 3) for frame in frames]


def same(frames, others):
    pairs = zip(frames, others, strict=True)
    return all(np.array_equal(one.picture.pixels, other.picture.pixels) for one, other in pairs)


@pytest.mark.parametrize("count", range(1, 10))
@pytest.mark.parametrize("policy", ["stop", "skip"], ids=["AUTO", "SLICE"])
@pytest.mark.parametrize("bframes", [0, 3])
def test_no_frame_stays_in_the_decoder(make_clip, count, policy, bframes):
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


def test_a_clip_that_is_closed_after_five_frames_does_not_hang(make_clip):
    path = make_clip(count=60, bframes=3)
    done = subprocess.run([sys.executable, "-c", STOPPED_EARLY, str(path)], timeout=60, capture_output=True)
    assert done.returncode == 0, done.stderr


def test_a_part_that_ends_at_the_fifth_frame_does_not_hang(make_clip):
    script = STOPPED_EARLY.replace("Options()", "Options(end=0.2)")
    path = make_clip(count=60, bframes=3)
    done = subprocess.run([sys.executable, "-c", script, str(path)], timeout=60, capture_output=True)
    assert done.returncode == 0, done.stderr


# The last duration that FFmpeg writes into an mp4 with B-frames is not the last frame's.
@pytest.mark.parametrize("name, bframes", [("in.mp4", 0), ("in.mov", 0), ("in.mkv", 0), ("in.mkv", 2)])
def test_times_and_durations_at_a_variable_rate(make_clip, name, bframes):
    path = make_clip(name, ticks=[0, 33, 66, 133, 400, 1160], time_base=Fraction(1, 1000), bframes=bframes)
    frames, source = read(path)
    assert milliseconds(frames, source) == [0, 33, 66, 133, 400]
    assert [frame.duration * source.clip.time_base * 1000 for frame in frames] == [33, 33, 67, 267, 760]


@pytest.mark.parametrize("rate", [Fraction(24000, 1001), Fraction(30000, 1001)])
@pytest.mark.parametrize("name", ["in.mp4", "in.mkv"])
def test_the_rate_of_television_is_read_exactly(make_clip, remux, rate, name):
    source = read(television(make_clip, rate, name))[1]
    assert source.clip.rate == rate


def television(make_clip, rate, name):
    path = make_clip("given.mp4", time_base=1 / rate, ticks=list(range(25)))
    target = path.with_name(name)
    with av.open(str(path)) as given, av.open(str(target), "w") as made:
        stream = made.add_stream_from_template(given.streams.video[0])
        for packet in given.demux():
            if packet.size:
                packet.stream = stream
                made.mux(packet)
    return target


def test_a_picture_an_hour_has_a_rate_too(make_clip):
    path = make_clip(ticks=[0, 3600, 7200], time_base=Fraction(1))
    frames, source = read(path)
    assert [frame.duration * source.clip.time_base for frame in frames] == [3600, 3600]
    assert source.clip.rate == Fraction(1, 3600)


def test_a_start_far_from_zero_is_kept(real_clip):
    frames, source = read(real_clip("test_non_zero_start.mp4"))
    assert frames[0].pts * source.clip.time_base == Fraction(127995, 15360)
    assert len(frames) == 12


def test_frames_that_an_edit_list_hides_are_not_shown(real_clip):
    frames, source = read(real_clip("discard_first_keyframe.mp4"))
    assert [frame.pts for frame in frames] == [512 * index for index in range(25)]


def test_the_main_video_is_read_and_not_the_second(real_clip):
    frames, source = read(real_clip("nasa_13013.mp4"), end=1)
    assert len(frames) == 25
    assert (source.clip.width, source.clip.height) == (320, 180)


@pytest.mark.parametrize("rotation, turns", [(90, 1), (180, 2), (270, 3)])
def test_a_rotated_clip_is_read_upright(make_clip, rotation, turns, draw):
    frames, source = read(make_clip(rotation=rotation, count=2))
    expected = np.rot90(next(draw(1)), turns)
    assert frames[0].picture.pixels.shape == expected.shape
    assert (source.clip.height, source.clip.width) == expected.shape[:2]
    assert abs(frames[0].picture.pixels.astype(int) - expected).mean() < 3


def test_alpha_stands_upright_with_its_picture(tmp_path):
    pixels = np.zeros((64, 96, 4), np.uint8)
    pixels[:8, :24] = 200, 100, 50, 77
    path = tmp_path / "in.mov"
    with av.open(str(path), "w") as output:
        stream = output.add_stream("png", rate=25)
        stream.width, stream.height, stream.pix_fmt = 96, 64, "rgba"
        stream.set_display_rotation(90)
        output.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgba")))
        output.mux(stream.encode(None))
    frames, source = read(path)
    expected = np.rot90(pixels)
    assert source.clip.has_alpha
    np.testing.assert_array_equal(frames[0].picture.pixels, expected[..., :3])
    np.testing.assert_array_equal(frames[0].picture.alpha, expected[..., 3])


def test_depth_stands_upright_with_its_picture(make_clip):
    path = make_clip(pix_fmt="yuv420p10le", rotation=90, count=1)
    picture = read(path, hdr="keep")[0][0].picture
    assert picture.pixels.shape == picture.residual.shape == (96, 64, 3)


def test_a_phone_clip_stands_upright(real_clip):
    source = read(real_clip("walk.mp4"))[1]
    assert (source.clip.width, source.clip.height) == (136, 240)


@pytest.mark.parametrize("rotation, expected", [(None, Fraction(16, 11)), (90, Fraction(11, 16))])
def test_the_shape_of_a_pixel_is_read_and_turned(make_clip, rotation, expected):
    source = read(make_clip(rotation=rotation, aspect=Fraction(16, 11), count=2))[1]
    assert source.clip.sample_aspect_ratio == expected


@pytest.mark.parametrize("bframes", [0, 3])
def test_an_avi_has_the_times_of_its_places(make_clip, bframes):
    frames, source = read(make_clip("in.avi", time_base=TICK, count=20, bframes=bframes))
    assert [(frame.pts, frame.duration) for frame in frames] == [(index, 1) for index in range(20)]
    assert same(frames, read(make_clip("in.mp4", count=20, bframes=bframes))[0])


def test_an_avi_with_mpeg4_and_b_frames_begins_at_its_first_place(tmp_path, draw):
    path = tmp_path / "in.avi"
    mpeg4(path, draw(14), max_b_frames=2)
    frames, _ = read(path)
    assert [frame.pts for frame in frames] == list(range(14))


def mpeg4(path, pictures, *, max_b_frames=0, unchanged=()):
    """Writes an AVI; `unchanged` are places where a packet says that nothing has changed."""
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


def not_coded(place):
    """An MPEG-4 picture without content (ISO/IEC 14496-2, 6.2.5): a P-VOP whose vop_coded is 0."""
    bits = f"0101{place % 25:05b}100"
    return b"\0\0\1\xb6" + int(bits + "0111", 2).to_bytes(2)


def test_places_of_an_avi_without_a_new_picture_show_the_one_before_for_longer(tmp_path, draw):
    path = tmp_path / "in.avi"
    mpeg4(path, draw(10), unchanged=(4, 8))
    frames, source = read(path)
    assert [frame.pts for frame in frames] == [0, 1, 2, 3, 5, 6, 7, 9, 10, 11]
    assert [frame.duration for frame in frames] == [1, 1, 1, 2, 1, 1, 2, 1, 1, 1]
    assert source.warnings == []


def test_a_sample_without_data_shows_the_frame_before_for_longer(tmp_path):
    path = mjpeg(tmp_path / "in.mov", [(96, 64)] * 8, time_base=TICK)
    data = bytearray(path.read_bytes())
    sizes = data.index(b"stsz") + 16
    data[sizes + 4 * 5 : sizes + 4 * 6] = bytes(4)
    path.write_bytes(data)
    with av.open(str(path)) as container:
        packets = [packet.size for packet in container.demux(video=0)]
    assert packets.index(0) == 5, "the demuxer must give an empty packet for this test to say anything"
    frames, source = read(path)
    step = frames[0].duration
    assert [frame.pts for frame in frames] == [step * place for place in (0, 1, 2, 3, 4, 6, 7)]
    assert frames[4].duration == 2 * step


@pytest.mark.parametrize("name", ["a.ts", "a.m2v"])
def test_broadcasters_kinds_are_read_frame_by_frame(make_clip, remux, name):
    given = make_clip("in.mkv", codec="mpeg2video", time_base=TICK, count=30)
    frames, source = read(remux(given, name))
    step = round(TICK / source.clip.time_base)
    assert [frame.pts - frames[0].pts for frame in frames] == [step * index for index in range(30)]
    assert [frame.duration for frame in frames] == [step] * 30
    assert source.clip.rate == 25
    assert same(frames, read(given)[0])


def test_a_program_stream_has_the_times_that_its_packs_say(make_clip, remux):
    given = make_clip("in.mkv", codec="mpeg2video", time_base=TICK, count=30)
    path = remux(given, "a.mpg")
    frames, source = read(path)
    with av.open(str(path)) as container:
        assert [frame.pts for frame in frames] == [frame.pts for frame in container.decode(video=0)]
    assert same(frames, read(given)[0])


def test_times_that_are_not_said_are_filled_in(tmp_path, draw):
    path = tmp_path / "a.mpg"
    with av.open(str(path), "w", format="mpeg") as output:
        stream = output.add_stream("libx264", rate=25, options={"crf": "30"})
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
        for pixels in draw(14):
            output.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        output.mux(stream.encode(None))
    with av.open(str(path)) as container:
        said = [frame.pts is not None for frame in container.decode(video=0)]
    assert said == [True] + [False] * 13, "the clip must lack times for this test to say anything"
    frames, source = read(path)
    assert [frame.pts - frames[0].pts for frame in frames] == [3600 * index for index in range(14)]


@pytest.mark.parametrize("codec", ["libx264", "mpeg2video"])
def test_a_recording_that_begins_in_between_starts_at_its_first_key_frame(
    make_clip, remux, long_clips, tmp_path, codec
):
    made = long_clips["ts"]
    if codec == "mpeg2video":
        made = remux(make_clip("in.mkv", codec=codec, time_base=TICK, count=60), "a.ts")
    data = made.read_bytes()
    # The tables that lie in front are kept, and the first frames are not.
    path = tmp_path / "between.ts"
    path.write_bytes(data[: 3 * 188] + data[188 * (len(data) // 188 // 6) :])
    with av.open(str(path)) as container:
        packets = [packet for packet in container.demux(video=0) if packet.size]
        keys = [packet.pts for packet in packets if packet.is_keyframe]
    assert not packets[0].is_keyframe and keys, "or this test says nothing"
    frames, source = read(path)
    assert frames[0].pts == keys[0]
    assert "begins in the middle of a group of pictures" in source.warnings[0]


def mjpeg(path, sizes, times=None, time_base=Fraction(1, 1000)):
    """Writes one picture of each size, each a key frame."""
    with av.open(str(path), "w") as output:
        stream = output.add_stream("mjpeg", rate=25)
        stream.width, stream.height, stream.pix_fmt = *sizes[0], "yuvj420p"
        stream.time_base = time_base
        for index, (width, height) in enumerate(sizes):
            context = av.CodecContext.create("mjpeg", "w")
            context.width, context.height, context.pix_fmt = width, height, "yuvj420p"
            context.time_base = time_base
            pixels = np.full((height, width, 3), 40 + 20 * index, np.uint8)
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24").reformat(format="yuvj420p")
            packet = av.Packet(bytes(context.encode(frame)[0]))
            packet.stream, packet.time_base = stream, time_base
            packet.dts = index
            packet.pts = times[index] if times else index
            output.mux(packet)
    return path


def test_frames_that_slip_back_are_moved_with_a_warning(tmp_path):
    path = mjpeg(tmp_path / "in.mkv", [(96, 64)] * 5, times=[100, 140, 180, 170, 260])
    frames, source = read(path)
    assert milliseconds(frames, source) == [100, 140, 180, pytest.approx(180, abs=1), 260]
    assert frames[3].pts == frames[2].pts + 1
    assert source.warnings == [
        "The source has 1 frames that are not later than the one before; they were moved."
    ]


def test_times_that_jump_back_mean_another_clip(tmp_path):
    path = mjpeg(tmp_path / "in.mkv", [(96, 64)] * 4, times=[3000, 3040, 100, 140])
    with pytest.raises(video.MediaError, match=r"times jump back: .*\nfrom 3\.04 s to 0\.10 s"):
        read(path)


SPLICED = [(96, 64)] * 3 + [(64, 64)] * 2 + [(96, 64)]


def test_a_size_that_changes_in_mid_stream_names_the_frame(tmp_path):
    path = mjpeg(tmp_path / "spliced.avi", SPLICED, time_base=TICK)
    expected = r"the size changes at frame 3: .*\nexpected 96x64; found 64x64 at 0\.12 s\nfix: .*letterbox"
    with pytest.raises(video.MediaError, match=expected):
        read(path)


def test_a_size_that_changes_behind_the_wanted_part_does_not_matter(tmp_path):
    path = mjpeg(tmp_path / "spliced.avi", SPLICED, time_base=TICK)
    assert len(read(path, end=0.12)[0]) == 3


def test_a_part_has_the_size_that_it_begins_with(tmp_path):
    path = mjpeg(tmp_path / "spliced.avi", SPLICED, time_base=TICK)
    frames, source = read(path, start=0.12, end=0.2)
    assert (len(frames), source.clip.width) == (2, 64)


def test_another_size_can_be_scaled_into_the_first_one_on_black(tmp_path):
    path = mjpeg(tmp_path / "spliced.avi", SPLICED, time_base=TICK)
    frames, source = read(path, on_size_change="letterbox")
    assert {frame.picture.pixels.shape for frame in frames} == {(64, 96, 3)}
    inner = frames[3].picture.pixels
    assert (inner[:, :16] == 0).all() and (inner[:, 80:] == 0).all()
    assert abs(inner[:, 17:79].astype(int) - 100).max() <= 3
    assert frames[5].picture.pixels.min() > 100
    assert source.warnings == ["2 frames of another size were scaled into the first one's, on black."]


def test_frames_that_are_not_wanted_are_counted_but_not_converted(make_clip, monkeypatch):
    converted, original = [], UprightPictures._converted

    def counted(self, shot):
        converted.append(shot.pts)
        return original(self, shot)

    monkeypatch.setattr(UprightPictures, "_converted", counted)
    with opened(make_clip(count=20)) as source:
        frames = list(source.frames(lambda index: index in (3, 17)))
    assert [frame.index for frame in frames] == [3, 17]
    assert source.frames_read == 20
    assert len(converted) == 2


@pytest.mark.parametrize("name", ["in.mp4", "in.mkv", "a.ts"])
@pytest.mark.parametrize("options", [{}, {"fps": 10}, {"start": 0.5}, {"deinterlace": "on"}])
def test_going_on_in_the_middle_gives_the_same_frames(make_clip, remux, name, options):
    path = make_clip("in.mkv" if name.endswith("ts") else name, count=30)
    path = remux(path, name) if name.endswith("ts") else path
    frames, _ = read(path, **options)
    with opened(path, **options) as source:
        rest = list(source.frames(lambda index: index >= 5))
    assert [frame.index for frame in rest] == [frame.index for frame in frames[5:]]
    assert [frame.pts for frame in rest] == [frame.pts for frame in frames[5:]]
    assert same(frames[5:], rest)


@pytest.fixture(scope="module")
def long_clips(tmp_path_factory):
    """Clips of 4 s with a key frame every half second, whose groups of pictures lean on each other."""
    folder, clips = tmp_path_factory.mktemp("long"), {}
    for name, muxer in (
        ("mp4", "mp4"),
        ("mkv", "matroska"),
        ("ts", "mpegts"),
        ("mpg", "mpeg"),
        ("avi", "avi"),
    ):
        path = folder / f"long.{name}"
        with av.open(str(path), "w", format=muxer) as output:
            codec = "mpeg2video" if name == "mpg" else "libx264"
            groups = {"x264-params": "open-gop=1:keyint=12:min-keyint=12:scenecut=0", "preset": "veryfast"}
            stream = output.add_stream(codec, rate=25, options=groups if codec == "libx264" else {})
            stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
            stream.codec_context.time_base = TICK
            for index in range(100):
                pixels = np.full((64, 96, 3), index * 2, np.uint8)
                pixels[16:32, index % 80 : index % 80 + 16] = 255
                frame = av.VideoFrame.from_ndarray(pixels, format="rgb24").reformat(format="yuv420p")
                frame.pts, frame.time_base = index, TICK
                output.mux(stream.encode(frame))
            output.mux(stream.encode(None))
        clips[name] = path
    return clips


PARTS = [(0, None), (0.1, None), (1.5, 1.9), (Fraction(48, 25), 3), (2.01, 2.02), (2.01, 2.2), (3.96, None)]


@pytest.mark.parametrize("name", ["mp4", "mkv", "ts", "mpg", "avi"])
@pytest.mark.parametrize("start, end", PARTS)
def test_a_part_is_what_decoding_from_the_beginning_would_give(long_clips, name, start, end):
    path = long_clips[name]
    whole, about = read(path)
    time_base, first = about.clip.time_base, inspect_source(path, Options()).start
    wanted = [
        frame
        for frame in whole
        if Fraction(start).limit_denominator(1000) <= frame.pts * time_base - first
        and (end is None or frame.pts * time_base - first < Fraction(end).limit_denominator(1000))
    ]
    if not wanted:
        with pytest.raises(video.MediaError, match="0 of 100 frames of the wanted part"):
            read(path, start=start, end=end)
        return
    part, _ = read(path, start=start, end=end)
    shift = round((first + Fraction(start).limit_denominator(1000)) / time_base)
    assert [frame.pts for frame in part] == [frame.pts - shift for frame in wanted]
    assert [frame.index for frame in part] == list(range(len(wanted)))
    assert same(part, wanted)
    until = (Fraction(end) if end else 4) - Fraction(start)
    assert abs((part[-1].pts + part[-1].duration) * time_base - until) <= max(time_base, Fraction(1, 1000))


def test_a_constant_rate_is_exact_and_repeats_the_same_picture(make_clip):
    frames, source = read(make_clip(count=10), fps=59.94)
    assert source.clip.rate == 1 / source.clip.time_base == Fraction(60000, 1001)
    assert [(frame.pts, frame.duration) for frame in frames] == [(index, 1) for index in range(24)]
    assert len({id(frame.picture) for frame in frames}) == 10
    assert frames[0].picture is frames[1].picture


def test_a_constant_rate_begins_at_the_start_of_a_part(long_clips):
    frames, source = read(long_clips["mp4"], start=1, end=2, fps=10)
    assert [frame.pts for frame in frames] == list(range(10))
    whole, _ = read(long_clips["mp4"])
    assert same(frames, [whole[index] for index in (25, 27, 30, 32, 35, 37, 40, 42, 45, 47)])


def test_a_start_behind_the_end_is_refused(make_clip):
    with pytest.raises(video.UsageError, match="after the end of the clip"):
        opened(make_clip(), start=2)


def test_a_growing_size_is_refused_before_its_memory_is_taken(tmp_path):
    path = mjpeg(tmp_path / "in.avi", [(96, 64)] * 3, time_base=TICK)
    data = bytearray(path.read_bytes())
    headers = [at for at in range(len(data) - 4) if data[at : at + 4] == b"\xff\xc0\x00\x11"]
    assert len(headers) == 3
    data[headers[2] + 5 : headers[2] + 9] = b"\xea\x60\xea\x60"
    path.write_bytes(data)
    with pytest.raises(video.MediaError, match="frame 2 cannot be decoded"):
        read(path, on_size_change="letterbox")


@pytest.mark.parametrize("num_frames", [0, 3, 60])
def test_a_clip_lets_go_of_its_file(make_clip, num_frames):
    path = make_clip(count=60)
    with opened(path) as source:
        list(islice(source.frames(everything), num_frames))
        assert is_open(path)
    assert not is_open(path)


def is_open(path):
    files = Path("/proc/self/fd")
    if not files.is_dir():
        pytest.skip("this system does not tell which files are open")
    return any(link.exists() and link.samefile(path) for link in files.iterdir())
