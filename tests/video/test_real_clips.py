"""Clips from the world, with everything that is odd about them, and walk.mp4, which the repository holds."""

from dataclasses import dataclass, field
from fractions import Fraction

import av
import numpy as np
import pytest

import video


@dataclass(frozen=True)
class Clip:
    """What a translation of a clip has to look like.

    Attributes:
        frames: their number.
        tags: matrix, range, primaries and transfer.
        size: upright, even.
        turns: quarter turns that bring stored frames upright.
        luma_error: largest mean difference of luma; None where numbers do not mean the same as before.
        words: of the warnings, one each.
    """

    frames: int
    tags: tuple
    size: tuple
    turns: int = 0
    luma_error: float | None = 1.5
    words: tuple = field(default=(), repr=False)


SD, HD = (6, 1, 6, 6), (1, 1, 1, 1)
EVEN = ("even sides only",)
CLIPS = {
    "animated.gif": Clip(4, HD, (64, 48), luma_error=None),
    "av1_video.mkv": Clip(125, HD, (640, 360)),
    "bt601_full_range.mp4": Clip(60, (6, 2, 6, 6), (320, 240)),
    "bt601_limited_range.mp4": Clip(60, SD, (320, 240)),
    "bt709_full_range.mp4": Clip(30, (1, 2, 1, 1), (1280, 720)),
    "discard_first_keyframe.mp4": Clip(25, SD, (64, 64)),
    "h264_10bits.mp4": Clip(30, SD, (200, 200), words=("more than 8 bits",)),
    "h265_video.mp4": Clip(10, SD, (128, 128)),
    "horsejump.mp4": Clip(50, HD, (854, 480)),
    "nasa_13013.mp4": Clip(325, HD, (320, 180), words=("stream 3 (h264, eng) is copied as it is",)),
    "nasa_13013_hdr.mp4": Clip(325, HD, (320, 180), luma_error=None, words=("HDR", "more than 8 bits")),
    "nasa_13013_rotated.mp4": Clip(17, HD, (270, 480), turns=1),
    "test_non_zero_start.mp4": Clip(12, SD, (200, 112)),
    "walk.mp4": Clip(59, HD, (136, 240), turns=1),
    "testsrc2_odd_height_and_width_mpeg2.mp4": Clip(10, SD, (122, 82), words=EVEN),
    "testsrc2_odd_height_and_width_vp9.mp4": Clip(25, SD, (322, 242), words=EVEN),
    # Made as BT.601, which nothing in it says: read as BT.709, its purest colours are out of range.
    "testsrc2_vp9.webm": Clip(30, HD, (1280, 720), luma_error=3),
}
STILLS = ["bad_huffman.jpg", "cmyk.jpg", "corrupt.jpg", "grayscale.jpg", "rgba.webp", "transparent.gif"]


@dataclass
class Seen:
    """What plain PyAV finds in a clip: of its first video, and of all other streams."""

    tick: Fraction
    tags: set
    size: tuple
    aspect: Fraction | None
    times: list = field(default_factory=list)
    luma: list = field(default_factory=list)
    rotations: set = field(default_factory=set)
    others: list = field(default_factory=list)
    packets: dict = field(default_factory=dict)


def see(path, every=7):
    """Looks at a clip; keeps the luma of every seventh frame."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        seen = Seen(exact(stream.time_base), set(), (), exact(stream.sample_aspect_ratio))
        kinds = {other.index: (other.type, other.codec_context.name) for other in container.streams}
        seen.others = [kind for index, kind in kinds.items() if index != stream.index]
        for packet in container.demux():
            if packet.stream == stream:
                for frame in packet.decode():
                    note(seen, frame, every)
            elif packet.size > 2:
                time = packet.pts * exact(packet.time_base)
                seen.packets.setdefault(packet.stream_index, []).append((time, bytes(packet)))
    return seen


def note(seen, frame, every):
    seen.tags.add((frame.colorspace, frame.color_range, int(frame.color_primaries), int(frame.color_trc)))
    seen.size = frame.width, frame.height
    seen.rotations.add(frame.rotation)
    if len(seen.times) % every == 0:
        luma = np.frombuffer(frame.planes[0], np.uint16 if "10le" in frame.format.name else np.uint8)
        luma = luma.reshape(frame.height, -1)[:, : frame.width]
        seen.luma.append(luma / 4 if luma.dtype == np.uint16 else luma.astype(float))
    seen.times.append(frame.pts * seen.tick)


def exact(rational):
    return Fraction(rational.numerator, rational.denominator) if rational else None


@pytest.fixture
def translate(real_clip, tmp_path, identity):
    """A function that translates a real clip by the identity, nearly without loss."""

    def run(name, target="out.mp4", **options):
        path = real_clip(name)
        options = {"crf": 1, "preset": "ultrafast", "batch_size": 4, **options}
        return video.translate_video(path, tmp_path / target, identity, video.Options(**options)), see(path)

    return run


@pytest.mark.slow
@pytest.mark.parametrize("name", CLIPS)
def test_a_real_clip_stays_what_it_is(translate, tmp_path, name):
    expected = CLIPS[name]
    report, before = translate(name)
    after = see(tmp_path / "out.mp4")
    assert report.verified
    assert report.frames_read == report.frames_written == len(before.times) == expected.frames
    tick = max(before.tick, after.tick)
    assert all(abs(new - old) <= tick for old, new in zip(before.times, after.times, strict=True))
    assert after.tags == {expected.tags}
    assert after.rotations == {0}
    assert after.aspect == (1 / before.aspect if expected.turns and before.aspect else before.aspect)
    assert after.size == (report.width, report.height) == expected.size
    assert after.others == before.others
    assert after.packets.keys() == before.packets.keys()
    warnings = " ".join(report.warnings)
    assert all(word in warnings for word in expected.words)
    assert len(report.warnings) == len(expected.words)
    if expected.luma_error:
        for old, new in zip(before.luma, after.luma, strict=True):
            old = np.rot90(old, expected.turns)
            difference = abs(old - new[: old.shape[0], : old.shape[1]])
            # Luma of an encoder near its best; chroma is at the mercy of its half resolution.
            assert difference.mean() < expected.luma_error


@pytest.mark.parametrize("name", STILLS)
def test_a_still_picture_is_refused_with_an_explanation(real_clip, tmp_path, identity, only_files, name):
    with pytest.raises(video.MediaError, match="not a supported video|this is one picture"):
        video.translate_video(real_clip(name), tmp_path / "out.mp4", identity)
    assert only_files(tmp_path) == []


@pytest.mark.parametrize("name", ["horsejump.mp4", "walk.mp4"])
def test_sound_is_kept_to_the_byte_and_to_the_tick(translate, tmp_path, name):
    _, before = translate(name, crf=30)
    after = see(tmp_path / "out.mp4")
    assert after.times == before.times
    assert after.packets == before.packets


def test_hdr_is_kept_with_all_its_bits_when_asked_for(translate, tmp_path):
    report, before = translate("nasa_13013_hdr.mp4", "o.mkv", hdr="keep", codec="h265", end=1)
    after = see(tmp_path / "o.mkv")
    assert after.tags == before.tags == {(9, 1, 9, 16)}
    assert report.encoder.startswith("libx265 yuv420p10le")
    for old, new in zip(before.luma, after.luma):
        assert abs(old - new).mean() < 0.5


@pytest.mark.parametrize(
    ("name", "start", "rate"), [("nasa_13013.mp4", 4, 8000), ("walk.mp4", Fraction(1, 2), 44_100)]
)
def test_a_part_of_a_real_clip_begins_right_and_in_sync(translate, tmp_path, name, start, rate):
    report, before = translate(name, start=start, end=start + 1)
    after = see(tmp_path / "out.mp4")
    wanted = [time for time in before.times if start <= time < start + 1]
    assert report.frames_written == len(after.times) == len(wanted)
    assert all(abs(new - (old - start)) <= after.tick for old, new in zip(wanted, after.times))
    payloads = [payload for _, payload in before.packets[1]]
    first_time, first = after.packets[1][0]
    place = payloads.index(first)
    assert abs(first_time - (before.packets[1][place][0] - start)) <= Fraction(1, rate)
    # It begins with the packet that sounds at the cut.
    assert -Fraction(1024, rate) < first_time <= 0
