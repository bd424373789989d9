import struct
from fractions import Fraction

import av
import imageio.v3 as imageio
import pytest

import video
from video.core.options import Options
from video.probe import check_source, inspect_source, open_frames

TICK = Fraction(1, 25)
FASTSTART = {"movflags": "+faststart"}


def found(path, **options):
    return inspect_source(path, Options(**options))


@pytest.mark.parametrize("name", ["in.mp4", "in.mov", "in.mkv"])
def test_frames_start_and_duration_are_found(make_clip, name):
    source = found(make_clip(name, count=30, sounds=["aac"]))
    assert (source.kind, source.video_index, source.frames_total) == ("clip", 0, 30)
    assert source.start <= 0
    assert abs(source.start + source.duration - Fraction(6, 5)) <= Fraction(1, 20)
    assert source.warnings == ()


@pytest.mark.parametrize("name, kind", [("a.ts", "MPEG-TS"), ("a.mpg", "MPEG-PS"), ("a.avi", "avi")])
def test_mpeg_transport_and_program_streams_are_inspected_too(make_clip, remux, name, kind):
    path = make_clip("in.mkv", codec="mpeg2video", time_base=TICK, count=30)
    source = found(remux(path, name))
    assert (source.format, source.frames_total) == (kind, 30)
    assert abs(source.duration - Fraction(6, 5)) <= TICK


def test_the_clock_starts_where_the_first_stream_starts(make_clip):
    ticks = [12800 + 512 * index for index in range(9)]
    source = found(make_clip(ticks=ticks, sounds=["aac"], sound_start=Fraction(3, 2)))
    assert source.start == 1
    assert source.duration >= Fraction(8, 25)


@pytest.mark.parametrize("name", ["in.mp4", "in.mkv"])
def test_the_pictures_alone_begin_and_end_where_they_do_beside_longer_sound(make_clip, name):
    source = found(make_clip(name, count=30, sounds=["aac"], sound_start=Fraction(1)))
    assert source.start + source.video_start == 0
    assert abs(source.start + source.video_end - Fraction(6, 5)) <= Fraction(1, 1000)
    assert source.duration > 2


def test_pictures_without_sound_last_as_long_as_the_clip(make_clip):
    source = found(make_clip("in.mkv", ticks=[0, 40, 80, 3000], time_base=Fraction(1, 1000), bframes=0))
    assert (source.video_start, source.video_end) == (0, source.duration)


def test_a_start_is_not_rounded_to_microseconds(make_clip):
    ticks = [127995 + 512 * index for index in range(9)]
    assert found(make_clip(ticks=ticks, time_base=Fraction(1, 15360))).start == Fraction(127995, 15360)


def test_the_quick_check_does_not_read_the_packets(make_clip):
    path = make_clip("in.mkv", count=60)
    path.write_bytes(path.read_bytes()[:-2000])
    check_source(path)
    with pytest.raises(video.MediaError, match="cut short"):
        found(path)


def test_the_quick_check_refuses_what_has_no_picture(tmp_path):
    (tmp_path / "text.mp4").write_text("not a clip")
    with pytest.raises(video.MediaError, match="text.mp4"):
        check_source(tmp_path / "text.mp4")


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
        kinds = {stream.codec_context.name: stream.index for stream in made.streams.video}
    assert "png" in kinds, "the clip must have a cover for this test to say anything"
    source = found(path)
    assert (source.video_index, source.frames_total) == (kinds["h264"], 3)


def test_frames_that_an_edit_list_hides_are_not_counted(real_clip):
    assert found(real_clip("discard_first_keyframe.mp4")).frames_total == 25


@pytest.mark.parametrize("bframes", [0, 2])
@pytest.mark.parametrize("name", ["in.mp4", "in.mkv"])
def test_a_long_last_frame_is_not_a_missing_end(make_clip, name, bframes):
    ticks = [0, 40, 80, 120, 160, 3000]
    source = found(make_clip(name, ticks=ticks, time_base=Fraction(1, 1000), bframes=bframes))
    assert (source.frames_total, source.is_cut_short) == (5, False)


def cut(path, share):
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    return path


@pytest.fixture
def made(make_clip, remux):
    """A function that makes a clip of 60 frames of any kind that can be cut."""

    def make(name):
        if name.endswith("avi"):
            # Larger pictures, because the header alone has 5 kB.
            return make_clip(name, codec="mpeg4", time_base=TICK, count=60, size=(320, 240))
        if name.endswith(("ts", "mpg")):
            return remux(make_clip("in.mkv", codec="mpeg2video", time_base=TICK, count=60), name)
        return make_clip(name, count=60, bframes=0, options=FASTSTART if name.endswith("mp4") else None)

    return make


CUT = ["in.mp4", "in.mkv", "a.ts", "a.avi", "a.mpg"]


@pytest.mark.parametrize("name", CUT)
def test_a_clip_that_is_cut_short_is_found_before_any_work(made, name):
    with pytest.raises(video.MediaError, match=r"cut short or damaged: .*\n.*\nfix: .*--on-bad-frame skip"):
        found(cut(made(name), 0.601))


@pytest.mark.parametrize("name", CUT)
def test_the_rest_of_a_cut_clip_can_be_asked_for(made, name):
    source = found(cut(made(name), 0.601), on_bad_frame="skip")
    assert source.is_cut_short
    assert 10 < source.frames_total < 60
    assert any("cut short" in warning for warning in source.warnings)


@pytest.mark.parametrize("policy", ["stop", "skip"])
def test_a_clip_without_frames_is_an_error_with_every_policy(make_clip, policy):
    path = make_clip("in.mkv", count=25)
    data = path.read_bytes()
    path.write_bytes(data[: data.index(b"\x1f\x43\xb6\x75") + 8])
    with pytest.raises(video.MediaError, match="0 of 25 frames can be read"):
        found(path, on_bad_frame=policy)


def spoil(path, at, count=200):
    data = bytearray(path.read_bytes())
    data[at : at + count] = bytes(count)
    path.write_bytes(data)
    return path


def block_of(path, number):
    """The place of a video packet in the file."""
    with av.open(str(path)) as container:
        return [packet.pos for packet in container.demux(video=0) if packet.size][number]


def test_a_break_that_a_matroska_demuxer_skips_is_found_with_frame_and_time(make_clip):
    path = make_clip("in.mkv", count=60, bframes=0, options={"cluster_time_limit": "400"})
    spoil(path, block_of(path, 20) - 6)
    with av.open(str(path)) as container:
        packets = sum(bool(packet.size) for packet in container.demux(video=0))
    assert 20 < packets < 59, "the demuxer must continue after a loss for this test to say anything"
    with pytest.raises(
        video.MediaError, match=r"frame 20 cannot be read: .*\n.*damaged after 0\.76 s .*broken"
    ):
        found(path)
    source = found(path, on_bad_frame="skip")
    assert source.is_damaged
    assert any("damaged" in warning for warning in source.warnings)


@pytest.mark.parametrize("name", ["a.ts", "a.avi"])
def test_a_break_in_other_containers_is_found_too(made, name):
    path = made(name)
    spoil(path, block_of(path, 30) - 8 if name == "a.avi" else path.stat().st_size // 2)
    with pytest.raises(video.MediaError, match=r"frame \d+ cannot be read: .*\n.*damaged after \d\.\d\d s"):
        found(path)


def test_a_matroska_clip_that_ends_in_zeros_is_damaged_and_not_short(make_clip):
    path = make_clip("in.mkv", count=60, bframes=0)
    spoil(path, block_of(path, 20) - 6, count=9999)
    with pytest.raises(video.MediaError, match="frame 20 cannot be read"):
        found(path)


def test_packets_that_are_missing_from_a_transport_stream_are_noticed(made, tmp_path):
    data = made("a.ts").read_bytes()
    packets = [data[at : at + 188] for at in range(0, len(data), 188)]
    (tmp_path / "gone.ts").write_bytes(b"".join(packets[:60] + packets[70:]))
    with pytest.raises(video.MediaError, match="its packets have a gap"):
        found(tmp_path / "gone.ts")


def test_joined_transport_streams_are_whole(made, remux, tmp_path, make_clip):
    later = list(range(60, 91))
    first = made("a.ts")
    second = remux(make_clip("b.mkv", codec="mpeg2video", time_base=TICK, ticks=later), "b.ts")
    (tmp_path / "joined.ts").write_bytes(first.read_bytes() + second.read_bytes())
    assert found(tmp_path / "joined.ts").frames_total == 90


@pytest.mark.parametrize("seconds", [600, 8 * 3600])
def test_joined_transport_streams_may_be_recorded_hours_apart(made, remux, tmp_path, make_clip, seconds):
    later = [25 * seconds + index for index in range(31)]
    second = remux(make_clip("b.mkv", codec="mpeg2video", time_base=TICK, ticks=later), "b.ts")
    (tmp_path / "joined.ts").write_bytes(made("a.ts").read_bytes() + second.read_bytes())
    source = found(tmp_path / "joined.ts")
    assert source.frames_total == 90
    assert float(source.duration) == pytest.approx(3.6, abs=0.1)


def test_a_transport_stream_of_seven_hours_is_refused(remux, make_clip):
    ticks = [0, *(1500 * minute for minute in range(1, 421))]
    path = remux(make_clip("in.mkv", codec="mpeg2video", time_base=TICK, ticks=ticks, bframes=0), "a.ts")
    with pytest.raises(video.MediaError, match=r"too long: .*\nexpected at most 6 h; found 7\.0 h"):
        found(path)


def patched(path, before, after):
    data = path.read_bytes()
    assert data.count(before) == 1
    path.write_bytes(data.replace(before, after))
    return path


@pytest.mark.parametrize("side", [60000, 30000])
def test_impossible_sizes_are_refused_before_anything_is_decoded(make_clip, side):
    path = make_clip("in.mkv", codec="ffv1", count=1, size=(300, 302))
    patched(path, b"\xb0\x82\x01\x2c", b"\xb0\x82" + struct.pack(">H", side))
    patched(path, b"\xba\x82\x01\x2e", b"\xba\x82" + struct.pack(">H", side))
    with pytest.raises(video.MediaError, match="frames of an impossible size"):
        found(path)


def test_a_header_that_claims_ten_hours_is_refused(make_clip):
    path = make_clip("in.mkv", count=25)
    patched(path, b"\x44\x89\x88" + struct.pack(">d", 1000), b"\x44\x89\x88" + struct.pack(">d", 36e6))
    with pytest.raises(video.MediaError, match=r"too long: .*\nexpected at most 6 h; found 10\.0 h"):
        found(path)


def test_packets_ten_hours_away_are_refused(make_clip):
    path = make_clip("in.mkv", ticks=[0, 40, 36_000_000, 36_000_040], time_base=Fraction(1, 1000))
    duration = path.read_bytes()[path.read_bytes().index(b"\x44\x89\x88") :][:11]
    patched(path, duration, b"\x44\x89\x88" + struct.pack(">d", 80))
    with pytest.raises(video.MediaError, match="too long"):
        found(path)


@pytest.fixture
def inputs(make_clip, tmp_path, draw):
    """One input of every kind, five frames each."""
    pictures = list(draw(5))
    (tmp_path / "pictures").mkdir()
    for index, picture in enumerate(pictures):
        imageio.imwrite(tmp_path / "pictures" / f"{index:03d}.png", picture)
    with av.open(str(tmp_path / "in.gif"), "w") as output:
        stream = output.add_stream("gif", rate=10)
        stream.width, stream.height, stream.pix_fmt = 96, 64, "rgb8"
        for picture in pictures:
            output.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        output.mux(stream.encode(None))
    return {
        "clip": make_clip(count=5),
        "animation": tmp_path / "in.gif",
        "sequence": tmp_path / "pictures",
    }


@pytest.mark.parametrize("kind", ["clip", "animation", "sequence"])
def test_every_kind_of_input_gives_frames(inputs, kind):
    source = inspect_source(inputs[kind], Options())
    assert (source.kind, source.frames_total) == (kind, 5)
    with open_frames(source, Options()) as frames:
        given = list(frames.frames(lambda index: index != 2))
    assert [frame.index for frame in given] == [0, 1, 3, 4]
    assert {frame.picture.pixels.shape for frame in given} == {(64, 96, 3)}
    assert frames.frames_read == 5


@pytest.mark.parametrize("scheme", ["cenc-aes-ctr"])
def test_an_encrypted_clip_is_called_encrypted(make_clip, scheme):
    key = {"encryption_key": "00112233445566778899aabbccddeeff", "encryption_kid": "11" * 16}
    path = make_clip(options={"encryption_scheme": scheme, **key}, bframes=0)
    with pytest.raises(video.MediaError, match="the clip is encrypted"):
        found(path)


@pytest.mark.parametrize("profile, is_refused", [(5, True), (8, False)])
def test_dolby_vision_is_refused_where_only_its_decoder_knows_the_colours(
    tmp_path, make_clip, ebml, profile, is_refused
):
    # With B-frames and fewer than three frames, x265 takes the DTS from uninitialized memory.
    path = make_clip("in.mkv", codec="libx265", count=1, bframes=0)
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        packets = [bytes(packet) for packet in container.demux(stream) if packet.size]
        private = stream.codec_context.extradata
    # The configuration record: version 1.0, profile, level, layers, compatibility of the base layer.
    about = bytes([1, 0, profile << 1, 6 << 3 | 5, 0x10 if profile == 8 else 0]) + bytes(19)
    addition = ebml("41E4", ebml("41E7", 0x64766343) + ebml("41ED", about))
    track = ebml("D7", 1) + ebml("73C5", 1) + ebml("83", 1) + ebml("86", "V_MPEGH/ISO/HEVC")
    track += ebml("63A2", private) + addition + ebml("E0", ebml("B0", 96) + ebml("BA", 64))
    body = ebml("1549A966", ebml("2AD7B1", 10**6)) + ebml("1654AE6B", ebml("AE", track))
    for index, packet in enumerate(packets):
        body += ebml("1F43B675", ebml("E7", 40 * index) + ebml("A3", b"\x81\0\0\x80" + packet))
    head = ebml("1A45DFA3", ebml("4282", "matroska") + ebml("4287", 4) + ebml("4285", 2))
    (tmp_path / "dv.mkv").write_bytes(head + ebml("18538067", body))
    source = found(tmp_path / "dv.mkv")
    if not is_refused:
        with open_frames(source, Options()) as frames:
            assert frames.clip.width == 96
        return
    with pytest.raises(video.MediaError, match="Dolby Vision of profile 5"):
        open_frames(source, Options())
