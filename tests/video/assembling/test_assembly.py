"""Segments that were encoded separately: nothing may show at their borders."""

from fractions import Fraction

import av
import pytest

import video
from video import translation

SEGMENT = 4


@pytest.fixture(autouse=True)
def _short_segments(monkeypatch):
    monkeypatch.setattr(translation, "SEGMENT_FRAMES", SEGMENT)


def packets_of(path, kind="video"):
    with av.open(str(path)) as container:
        stream = container.streams.get({kind: 0})[0]
        return [packet for packet in container.demux(stream) if packet.size]


@pytest.mark.parametrize(
    "target, codec",
    [
        ("out.mp4", "h264"),
        ("out.mp4", "h265"),
        ("out.mov", "prores"),
        ("out.mkv", "h264"),
        ("out.mkv", "ffv1"),
        ("out.webm", "vp9"),
        ("out.webm", "av1"),
    ],
)
def test_many_segments_make_one_clip(make_clip, tmp_path, identity, look, target, codec):
    ticks = [0, 33, 66, 133, 400, 433, 470, 471, 600, 640, 700, 1160]
    path = make_clip(ticks=ticks, time_base=Fraction(1, 1000), bframes=0, sounds=["aac"])
    report = video.translate_video(path, tmp_path / target, identity, video.Options(codec=codec))
    after = look(tmp_path / target)
    assert [round(time * 1000) for time in after.times] == ticks[:-1]
    assert after.seconds == pytest.approx(1.16, abs=0.0025)
    assert report.duration_seconds == pytest.approx(1.16)
    assert after.keyframes == (3 if codec not in ("prores", "ffv1") else len(after.times))
    for old, new in zip(look(path).pixels, after.pixels):
        assert abs(old.astype(int) - new).mean() < 4


def test_the_result_has_the_bytes_of_its_segments(make_clip, tmp_path, identity):
    path = make_clip(count=4)
    video.translate_video(path, tmp_path / "segment.mkv", identity, video.Options(crf=20, batch_size=2))
    video.translate_video(path, tmp_path / "clip.mp4", identity, video.Options(crf=20, batch_size=2))
    one, other = (packets_of(tmp_path / name) for name in ("segment.mkv", "clip.mp4"))
    assert [bytes(packet) for packet in one] == [bytes(packet) for packet in other]


def test_streams_are_interleaved_in_the_file(make_clip, tmp_path, identity):
    path = make_clip(count=50, sounds=["aac", "aac"])
    video.translate_video(path, tmp_path / "out.mkv", identity)
    with av.open(str(tmp_path / "out.mkv")) as container:
        newest = {}
        for packet in container.demux():
            if packet.size:
                newest[packet.stream_index] = packet.pts * packet.time_base
                if len(newest) == 3:
                    assert max(newest.values()) - min(newest.values()) < 0.3


@pytest.mark.parametrize("target, codec, tag", [("out.mp4", "h264", "avc1"), ("out.mov", "h265", "hvc1")])
def test_an_mp4_has_its_moov_at_the_start_and_tags_that_apple_plays(
    make_clip, tmp_path, identity, target, codec, tag
):
    video.translate_video(make_clip(), tmp_path / target, identity, video.Options(codec=codec))
    data = (tmp_path / target).read_bytes()
    assert 0 < data.index(b"moov") < data.index(b"mdat")
    with av.open(str(tmp_path / target)) as container:
        assert container.streams.video[0].codec_context.codec_tag == tag


@pytest.mark.parametrize("target", ["out.mp4", "out.mov", "out.mkv", "out.webm"])
def test_the_frame_rate_of_a_file_is_the_clips(make_clip, tmp_path, identity, target):
    rate = Fraction(30000, 1001)
    path = make_clip(ticks=[1001 * index for index in range(11)], time_base=Fraction(1, 30000))
    video.translate_video(path, tmp_path / target, identity)
    with av.open(str(tmp_path / target)) as container:
        found = container.streams.video[0].average_rate
    assert Fraction(found.numerator, found.denominator) == rate


@pytest.mark.parametrize(
    "target, codec, ratio",
    [
        ("out.mp4", "h264", Fraction(16, 11)),
        ("out.mov", "prores", Fraction(16, 11)),
        ("out.mkv", "vp9", Fraction(16, 11)),
        ("out.mkv", "ffv1", Fraction(16, 11)),
        # WebM stores the display size in whole pixels: 140x64 for 96x64.
        ("out.webm", "vp9", Fraction(140, 96)),
    ],
)
def test_the_sample_aspect_ratio_is_in_every_file(make_clip, tmp_path, identity, look, target, codec, ratio):
    path = make_clip(aspect=Fraction(16, 11), count=5)
    video.translate_video(path, tmp_path / target, identity, video.Options(codec=codec))
    assert look(tmp_path / target).aspect == ratio


@pytest.mark.parametrize("target", ["out.mp4", "out.mkv"])
def test_sound_that_is_longer_than_the_picture_is_kept_to_its_end(
    make_clip, tmp_path, identity, target, look
):
    path = make_clip(count=40, sounds=["aac"])
    with av.open(str(path)) as source, av.open(str(tmp_path / "long.mkv"), "w") as output:
        streams = [output.add_stream_from_template(stream) for stream in source.streams]
        for packet in source.demux():
            if packet.size and (packet.stream_index == 1 or packet.dts * packet.time_base < 0.5):
                packet.stream = streams[packet.stream_index]
                output.mux(packet)
    video.translate_video(tmp_path / "long.mkv", tmp_path / target, identity)
    before, after = look(tmp_path / "long.mkv"), look(tmp_path / target)
    assert [payload for _, payload in after.audio] == [payload for _, payload in before.audio]
    assert float(after.audio[-1][0]) > 1.4 > 0.6 > float(after.times[-1])


def test_the_same_call_writes_the_same_bytes(make_clip, tmp_path, identity):
    path = make_clip(count=9, sounds=["aac"])
    for name in ("one.mp4", "two.mp4"):
        video.translate_video(path, tmp_path / name, identity, video.Options(batch_size=2))
    assert (tmp_path / "one.mp4").read_bytes() == (tmp_path / "two.mp4").read_bytes()
