"""The master test: whatever a clip is made of, the identity gives the same clip back."""

from collections import Counter
from dataclasses import dataclass
from fractions import Fraction
from itertools import product

import av
import numpy as np
import pytest
from av.codec.context import Flags

import video

# Matrix and transfer; primaries have the matrix's number.
MATRICES = {"601": (6, 6), "709": (1, 1), "2020": (9, 14)}
RANGES = {"limited": 1, "full": 2}
RATES = {
    "24000/1001": Fraction(24000, 1001),
    "25": Fraction(25),
    "30000/1001": Fraction(30000, 1001),
    "60": Fraction(60),
    "variable": None,
}
TARGETS = ["mp4", "mov", "mkv", "webm"]
# Durations in milliseconds; at a constant rate there are as many frames.
VARIABLE = [33, 33, 67, 267, 40, 40, 33, 50, 17, 40, 100, 160]


@dataclass(frozen=True)
class Kind:
    """A container to read, and what such clips usually hold."""

    muxer: str
    codec: str
    audio: str
    text: str = ""
    clock: int = 24000
    rates: tuple = tuple(RATES)
    matrices: tuple = tuple(MATRICES)
    ranges: tuple = tuple(RANGES)

    def holds(self, matrix, color_range, rate):
        return matrix in self.matrices and color_range in self.ranges and rate in self.rates


CONSTANT = tuple(RATES)[:-1]
SOURCES = {
    "mp4": Kind("mp4", "libx264", "aac", "mov_text"),
    "mov": Kind("mov", "libx264", "pcm_s16le", "mov_text"),
    "mkv": Kind("matroska", "libx264", "flac", "subrip"),
    "webm": Kind("webm", "libvpx-vp9", "libopus", "webvtt"),
    "avi": Kind("avi", "libx264", "pcm_s16le", clock=0, rates=CONSTANT),
    "ts": Kind("mpegts", "libx264", "aac", clock=90000, rates=CONSTANT),
    # MPEG-2 has neither BT.2020 nor a full range.
    "mpg": Kind(
        "mpeg", "mpeg2video", "mp2", clock=0, rates=CONSTANT, matrices=("601", "709"), ranges=("limited",)
    ),
}
# Nearly lossless, so that whatever is lost is lost on the way.
MAKING = {
    "libx264": {"qp": "0", "preset": "ultrafast"},
    "libvpx-vp9": {"lossless": "1", "deadline": "realtime", "cpu-used": "8"},
    "mpeg2video": {
        "flags": "+qscale",
        "global_quality": "118",
        "intra_matrix": ",".join(["8"] * 64),
        "inter_matrix": ",".join(["8"] * 64),
        "dc": "10",
    },
}


def _cases():
    """Yields every target with every colour and rate, each from a kind of source it was seldom made of."""
    seen = Counter()
    for target, matrix, color_range, rate in product(TARGETS, MATRICES, RANGES, RATES):
        traits = target, matrix, color_range, rate
        able = [name for name, kind in SOURCES.items() if kind.holds(*traits[1:])]
        source = min(
            able, key=lambda name: sum(seen[name, trait] for trait in traits) / len(SOURCES[name].rates)
        )
        seen.update((source, trait) for trait in traits)
        yield source, *traits


CASES = list(_cases())


def test_every_pair_of_traits_is_among_the_cases():
    for source, kind in SOURCES.items():
        for trait in (*TARGETS, *kind.matrices, *kind.ranges, *kind.rates):
            assert any(case[0] == source and trait in case[1:] for case in CASES), (source, trait)
    assert len({case[1:] for case in CASES}) == len(TARGETS) * len(MATRICES) * len(RANGES) * len(RATES)


def chart(index, width=128, height=64):
    """Cells of 16x16 pixels, colours above and greys from black to white below, in another order each time.

    A cell is as large as the blocks of the codecs, so that its middle is not blurred by its neighbours.
    """
    colours = [[220, 220, 30], [30, 220, 220], [30, 200, 30], [200, 30, 200], [200, 30, 30], [30, 30, 200]]
    cells = np.array(
        [[235, 235, 235], [25, 25, 25], *colours, *([v] * 3 for v in np.linspace(0, 255, 8))], np.uint8
    )
    rows = [
        np.roll(cells[8 * (row // 2) : 8 * (row // 2) + 8], index + row, axis=0)
        for row in range(height // 16)
    ]
    return np.stack(rows).repeat(16, axis=0).repeat(16, axis=1)[:, :width]


def middles(pixels, kind):
    """Returns the inner 8x8 pixels of each cell: at its borders chroma of half the resolution mixes colours.

    MPEG-2 is never without noise, which no other encoder keeps: of it only their mean is compared.
    """
    height, width = pixels.shape[:2]
    inner = pixels.reshape(height // 16, 16, width // 16, 16, 3)[:, 4:12, :, 4:12].astype(float)
    return inner.mean(axis=(1, 3)) if kind.codec == "mpeg2video" else inner


def _ticks(kind, rate):
    """Returns (time base, ticks): the last tick is the end."""
    if rate is None:
        return Fraction(1, 1000), [sum(VARIABLE[:place]) for place in range(len(VARIABLE) + 1)]
    time_base = Fraction(1, kind.clock) if kind.clock and (kind.clock / rate).denominator == 1 else 1 / rate
    step = round(1 / rate / time_base)
    return time_base, [step * place for place in range(len(VARIABLE) + 1)]


def _pictures(stream, time_base, ticks, colour):
    for index, (tick, following) in enumerate(zip(ticks, ticks[1:])):
        rgb = av.VideoFrame.from_ndarray(chart(index), format="rgb24")
        frame = rgb.reformat(
            format="yuv420p",
            dst_colorspace={1: 1, 6: 5, 9: 9}[colour[0]],
            src_color_range=2,
            dst_color_range=colour[1],
        )
        frame.pts, frame.duration, frame.time_base = tick, following - tick, time_base
        yield from stream.encode(frame)
    yield from stream.encode(None)


def _sound(stream, seconds):
    size = stream.codec_context.frame_size or 1024
    for first in range(0, int(seconds * 48000) - size, size):
        wave = np.sin((first + np.arange(size)) ** 2 / 5e6) * 0.3
        frame = av.AudioFrame.from_ndarray(wave[None].astype(np.float32), format="flt", layout="mono")
        frame.sample_rate, frame.time_base, frame.pts = 48000, Fraction(1, 48000), first
        yield from stream.encode(frame)
    yield from stream.encode(None)


def _text(stream, words):
    data = len(words).to_bytes(2, "big") + words if stream.codec_context.name == "mov_text" else words
    packet = av.Packet(data)
    packet.stream, packet.time_base = stream, Fraction(1, 1000)
    packet.pts = packet.dts = 40
    packet.duration = 50
    return packet


def make(path, kind, colour, rate):
    """Writes a clip of twelve frames, with sound and a subtitle where the container holds one."""
    time_base, ticks = _ticks(kind, rate)
    clock = {"movie_timescale": "24000"} if kind.muxer in ("mp4", "mov") else {}
    with av.open(str(path), "w", format=kind.muxer, options=clock) as output:
        stream = output.add_stream(kind.codec, rate=rate or 25, options=MAKING[kind.codec])
        context = stream.codec_context
        context.width, context.height, context.pix_fmt, context.time_base = 128, 64, "yuv420p", time_base
        context.colorspace, context.color_range, context.color_primaries, context.color_trc = colour
        context.flags |= Flags.frame_duration
        # AVI has no times but the order of its packets, and mp4 loses the end when B-frames are uneven.
        context.max_b_frames = 2 if rate and kind.muxer != "avi" else 0
        sound = output.add_stream(kind.audio, rate=48000)
        sound.codec_context.layout = "mono"
        if kind.text:
            text = output.add_stream(kind.text)
            text.codec_context.subtitle_header = b"[Script Info]\n\0"
            text.time_base = Fraction(1, 1000)
        output.start_encoding()
        packets = [*_pictures(stream, time_base, ticks, colour)]
        packets += _sound(sound, ticks[-1] * time_base - Fraction(1, 40))
        packets += [_text(text, b"a few words")] if kind.text else []
        for packet in sorted(packets, key=_time):
            output.mux(packet)
    return [tick * time_base for tick in ticks]


def _time(packet):
    return packet.dts * Fraction(packet.time_base.numerator, packet.time_base.denominator)


@pytest.mark.slow
@pytest.mark.parametrize("source, target, matrix, color_range, rate", CASES)
def test_the_identity_gives_the_same_clip_back(tmp_path, look, source, target, matrix, color_range, rate):
    kind, (number, transfer) = SOURCES[source], MATRICES[matrix]
    colour = (number, RANGES[color_range], number, transfer)
    times = make(tmp_path / f"in.{source}", kind, colour, RATES[rate])
    # A wide gamut would become BT.709 if it were not to be kept.
    report = video.translate_video(
        tmp_path / f"in.{source}",
        tmp_path / f"out.{target}",
        lambda frames: frames,
        video.Options(crf=1, hdr="keep"),
    )
    before, after = look(tmp_path / f"in.{source}"), look(tmp_path / f"out.{target}")
    assert report.frames_written == len(after.times) == len(before.pixels) == len(VARIABLE)
    if kind.muxer.startswith("mpeg"):
        # They begin wherever their muxer lets them.
        times = [*before.times, before.times[-1] + times[-1] - times[-2]]
    tick = max(before.tick, after.tick)
    for found, expected in zip([*after.times, after.end], times, strict=True):
        assert abs(found - expected) <= tick
    assert after.tags == {colour}
    for old, new in zip(before.pixels, after.pixels):
        assert abs(middles(old, kind) - middles(new, kind)).max() <= 3
    _check_other_streams(before, after)


def _check_other_streams(before, after):
    assert after.codecs.keys() == before.codecs.keys()
    tick = max(before.tick, after.tick)
    if after.codecs["audio"] == before.codecs["audio"]:
        pairs = list(zip(after.packets["audio"], before.packets["audio"], strict=True))
        # Each packet of a transport stream says what an mp4 says once, in its header.
        assert all(old.endswith(new) for (_, new), (_, old) in pairs)
        assert all(abs(time - old) <= tick for (time, _), (old, _) in pairs)
    if "subtitle" in before.codecs:
        ((time, text),) = after.packets["subtitle"]
        assert abs(time - Fraction(40, 1000)) <= max(tick, Fraction(1, 1000))
        assert b"a few words" in text


@pytest.mark.parametrize("color_range", RANGES.values(), ids=RANGES)
def test_a_wide_gamut_becomes_bt709_with_the_same_greys(tmp_path, look, color_range):
    make(tmp_path / "in.mkv", SOURCES["mkv"], (9, color_range, 9, 14), Fraction(25))
    report = video.translate_video(
        tmp_path / "in.mkv", tmp_path / "o.mp4", lambda frames: frames, video.Options(crf=1)
    )
    before, after = look(tmp_path / "in.mkv"), look(tmp_path / "o.mp4")
    assert after.tags == {(1, color_range, 1, 1)}
    assert any("wide gamut (BT.2020)" in warning for warning in report.warnings)
    for old, new in zip(before.pixels, after.pixels):
        old, new = (middles(pixels, SOURCES["mkv"]) for pixels in (old, new))
        assert abs(old[2:] - new[2:]).max() <= 3
        # BT.709 has less saturated colours to offer: the same ones need larger numbers.
        assert np.ptp(new[:2], axis=-1).max() > np.ptp(old[:2], axis=-1).max() + 3


@pytest.mark.parametrize("target", ["mp4", "mov", "mkv", "webm"])
def test_lossless_means_every_bit_of_rgb(tmp_path, target):
    pictures = np.random.default_rng(4).integers(0, 256, (5, 48, 64, 3), np.uint8)
    with av.open(str(tmp_path / "in.mkv"), "w", format="matroska") as output:
        stream = output.add_stream("ffv1", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "bgr0"
        for picture in pictures:
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(format="bgr0")
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    given, path = [], tmp_path / f"out.{target}"

    def identity(frames):
        given.extend(frames.copy())
        return frames

    video.translate_video(
        tmp_path / "in.mkv", path, identity, video.Options(quality="lossless", batch_size=1)
    )
    with av.open(str(path)) as container:
        found = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    np.testing.assert_array_equal(given, pictures)
    np.testing.assert_array_equal(found, pictures)
