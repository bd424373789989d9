"""Clips made with plain PyAV, and what plain PyAV reads from them; nothing here uses the code under test."""

from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from av.codec.context import Flags

OWN_CLIPS = Path(__file__).parents[1] / "clips"
SHARED_CLIPS = Path(__file__).parents[3] / "shared" / "data" / "clips"


@dataclass
class Facts:
    """What a player would find in a clip."""

    times: list = field(default_factory=list)
    durations: list = field(default_factory=list)
    pixels: list = field(default_factory=list)
    rotations: set = field(default_factory=set)
    tags: set = field(default_factory=set)
    aspect: Fraction | None = None
    tick: Fraction = Fraction(0)
    size: tuple = ()
    seconds: float = 0.0
    end: Fraction = Fraction(0)
    keyframes: int = 0
    codecs: dict = field(default_factory=dict)
    packets: dict = field(default_factory=dict)

    @property
    def audio(self):
        """(seconds, payload) of every packet of sound."""
        return self.packets.get("audio", [])


def fraction(rational):
    return Fraction(rational.numerator, rational.denominator) if rational else None


def bars(width=96, height=64):
    """Eight colour bars, uint8 RGB."""
    colours = np.array(
        [
            [235, 235, 235],
            [220, 220, 30],
            [30, 220, 220],
            [30, 200, 30],
            [200, 30, 200],
            [200, 30, 30],
            [30, 30, 200],
            [25, 25, 25],
        ],
        np.uint8,
    )
    return np.repeat(colours[None, np.arange(width) * 8 // width], height, axis=0)


def pictures(count, width=96, height=64):
    """Smooth pictures, all four corners different, with a grey square that moves: no two are alike.

    Smooth, because stored chroma has half the resolution, and sharp colours could not come back.
    """
    down, across = np.mgrid[0:height, 0:width]
    smooth = np.stack([60 + 120 * across / width, 60 + 120 * down / height, 110 + 0 * down], axis=-1)
    for index in range(count):
        picture = smooth.copy()
        left = (index * 5) % (width - 16)
        picture[8:24, left : left + 16] += 40
        yield picture.round().astype(np.uint8)


def _encode(container, stream, frames, ticks, colour):
    matrix, full, _, _ = colour
    for pixels, pts, duration in zip(frames, ticks, [b - a for a, b in zip(ticks, ticks[1:])]):
        rgb = av.VideoFrame.from_ndarray(pixels, format="rgb24")
        picture = rgb.reformat(
            format=stream.codec_context.pix_fmt,
            dst_colorspace={1: 1, 6: 5, 2: 5}[matrix],
            src_color_range=2,
            dst_color_range=2 if full == 2 else 1,
        )
        picture.pts, picture.duration, picture.time_base = pts, duration, stream.codec_context.time_base
        container.mux(stream.encode(picture))
    container.mux(stream.encode(None))


def _add_sound(container, encoder, rate, seconds, start):
    stream = container.add_stream(encoder, rate=rate)
    stream.codec_context.layout = "stereo"
    wave = np.sin(np.arange(int(seconds * rate)) * 2 * np.pi * 440 / rate) * 0.3
    count = 960
    for first in range(0, len(wave) - count, count):
        chunk = np.repeat(wave[None, first : first + count], 2, axis=0).astype(np.float32)
        frame = av.AudioFrame.from_ndarray(chunk, format="fltp", layout="stereo")
        frame.sample_rate, frame.time_base = rate, Fraction(1, rate)
        frame.pts = first + round(start * rate)
        yield from stream.encode(frame)
    yield from stream.encode(None)


@pytest.fixture
def make_clip(tmp_path):
    """A function that writes a small clip; times are in ticks of the time base, the last is the end."""

    def make(
        name="in.mp4",
        *,
        ticks=None,
        count=8,
        time_base=Fraction(1, 12800),
        frames=None,
        size=(96, 64),
        codec="libx264",
        pix_fmt="yuv420p",
        colour=(1, 1, 1, 1),
        aspect=None,
        rotation=None,
        bframes=2,
        sounds=(),
        sound_start=0,
        crf=1,
        options=None,
    ):
        step = round(Fraction(1, 25) / time_base)
        ticks = ticks if ticks is not None else [index * step for index in range(count + 1)]
        path = tmp_path / name
        muxer = {".mkv": "matroska"}.get(path.suffix, path.suffix[1:])
        with av.open("file:" + str(path), "w", format=muxer, options=options or {}) as container:
            coding = {
                "libx264": {"crf": str(crf), "bf": str(bframes), "preset": "veryfast"},
                "libx265": {"x265-params": f"bframes={bframes}:log-level=error"},
            }
            stream = container.add_stream(codec, rate=25, options=coding.get(codec, {}))
            context = stream.codec_context
            context.width, context.height, context.pix_fmt = *size, pix_fmt
            context.time_base = time_base
            context.colorspace, context.color_range, context.color_primaries, context.color_trc = colour
            context.flags |= Flags.frame_duration
            if aspect:
                context.sample_aspect_ratio = aspect
            if rotation:
                stream.set_display_rotation(rotation)
            seconds = float((ticks[-1] - ticks[0]) * time_base)
            tracks = [_add_sound(container, encoder, 48000, seconds, sound_start) for encoder in sounds]
            # Every stream has to exist before the first packet: a generator adds its own at its start.
            held = [[next(track, None)] for track in tracks]
            _encode(container, stream, frames or pictures(len(ticks) - 1, *size), ticks, colour)
            for first, track in zip(held, tracks):
                container.mux([packet for packet in first if packet])
                container.mux(list(track))
        return path

    return make


@pytest.fixture
def look():
    """A function that decodes a clip with plain PyAV and returns its Facts."""

    def see(path):
        facts = Facts()
        with av.open("file:" + str(path)) as container:
            video = container.streams.video[0]
            facts.tick, facts.aspect = fraction(video.time_base), fraction(video.sample_aspect_ratio)
            facts.seconds = container.duration / av.time_base
            coded = [stream for stream in container.streams if stream.codec_context]
            facts.codecs = {stream.type: stream.codec_context.codec.canonical_name for stream in coded}
            # Matroska only declares the duration of the whole file, from 0.
            whole = Fraction(container.duration or 0, av.time_base)
            facts.end = (video.start_time + video.duration) * facts.tick if video.duration else whole
            for packet in container.demux():
                if packet.stream_index != video.index:
                    if packet.size > 2:
                        time = packet.pts * fraction(packet.time_base)
                        facts.packets.setdefault(packet.stream.type, []).append((time, bytes(packet)))
                    continue
                facts.keyframes += bool(packet.size and packet.is_keyframe)
                for frame in packet.decode():
                    facts.times.append(frame.pts * facts.tick)
                    facts.durations.append(frame.duration * facts.tick)
                    facts.rotations.add(frame.rotation)
                    facts.tags.add(_tags(frame))
                    facts.size = (frame.width, frame.height)
                    facts.pixels.append(_rgb(frame))
        return facts

    return see


def _tags(frame):
    return frame.colorspace, frame.color_range, int(frame.color_primaries), int(frame.color_trc)


def _rgb(frame):
    return frame.reformat(
        format="rgb24",
        src_colorspace={1: 1, 9: 9}.get(frame.colorspace, 5),
        src_color_range=2 if frame.color_range == 2 else 1,
        dst_color_range=2,
    ).to_ndarray()


@pytest.fixture
def remux(tmp_path):
    """A function that copies a clip's packets into a file of another kind: .ts, .mpg, .avi, .mkv, .mp4."""

    def copy(source, name):
        path = tmp_path / name
        muxer = {".ts": "mpegts", ".mpg": "mpeg", ".m2v": "mpeg2video", ".mkv": "matroska"}
        kind = muxer.get(path.suffix, path.suffix[1:])
        with av.open(str(source)) as given, av.open(str(path), "w", format=kind) as made:
            streams = {stream.index: made.add_stream_from_template(stream) for stream in given.streams}
            for packet in given.demux():
                if packet.size:
                    packet.stream = streams[packet.stream_index]
                    made.mux(packet)
        return path

    return copy


def element(identifier, content):
    """One EBML element: its ID in hexadecimal digits, and a number, text or bytes."""
    if isinstance(content, int):
        content = content.to_bytes(max(1, (content.bit_length() + 7) // 8), "big")
    content = content.encode() if isinstance(content, str) else content
    return bytes.fromhex(identifier) + (len(content) | 1 << 56).to_bytes(8, "big") + content


def _jpeg(index, width, height):
    context = av.CodecContext.create("mjpeg", "w")
    context.width, context.height, context.pix_fmt = width, height, "yuvj420p"
    context.time_base = Fraction(1, 25)
    pixels = np.full((height, width, 3), 20 + index * 8 % 200, np.uint8)
    return bytes(
        context.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24").reformat(format="yuvj420p"))[0]
    )


@pytest.fixture
def matroska_of(tmp_path):
    """A function that writes JPEGs into a Matroska file with any timestamp scale and any video elements."""

    def write(seconds, *, scale=1_000_000, size=(96, 64), video=b"", texts=(), name="in.mkv"):
        path = tmp_path / name
        head = element("1A45DFA3", element("4282", "matroska") + element("4287", 4) + element("4285", 2))
        about = element("2AD7B1", scale) + element("4D80", "test") + element("5741", "test")
        shape = element("B0", size[0]) + element("BA", size[1]) + video
        track = element("D7", 1) + element("73C5", 1) + element("83", 1) + element("86", "V_MJPEG")
        tracks = element("AE", track + element("E0", shape))
        if texts:
            said = element("D7", 2) + element("73C5", 2) + element("83", 17) + element("86", "S_TEXT/UTF8")
            tracks += element("AE", said)
        body = element("1549A966", about) + element("1654AE6B", tracks)
        for time in texts:
            block = element("A1", b"\x82\0\0\0words") + element("9B", 10**9 // scale)
            body += element("1F43B675", element("E7", round(time * 10**9 / scale)) + element("A0", block))
        for index, time in enumerate(seconds):
            ticks, block = round(Fraction(time) * 10**9 / scale), b"\x81\0\0\x80" + _jpeg(index, *size)
            body += element("1F43B675", element("E7", ticks) + element("A3", block))
        path.write_bytes(head + element("18538067", body))
        return path

    return write


def _sei(captions):
    """An H.264 SEI message of closed captions in Annex B (ATSC A/53 part 4, 6.2.3)."""
    data = b"\xb5\x00\x31GA94\x03" + bytes([0x40 | len(captions) // 3, 0xFF]) + captions + b"\xff"
    body, escaped = bytes([4, len(data)]) + data + b"\x80", bytearray()
    for byte in body:
        if byte <= 3 and escaped[-2:] == b"\0\0":
            escaped.append(3)
        escaped.append(byte)
    return b"\0\0\0\1\x06" + bytes(escaped)


@pytest.fixture
def captioned(tmp_path, draw):
    """A function that writes H.264 with other closed captions in each frame from one on, and returns them."""

    def write(count=10, first=0):
        path, written = tmp_path / "captions.ts", []
        with av.open(str(path), "w") as output:
            stream = output.add_stream("libx264", rate=25, options={"bf": "0", "preset": "ultrafast"})
            stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
            frames = [av.VideoFrame.from_ndarray(picture, format="rgb24") for picture in draw(count)]
            packets = [packet for frame in [*frames, None] for packet in stream.encode(frame)]
            for index, packet in enumerate(packets):
                text = bytes([0xFC, 0x94, 0x20 + index, 0xFD, 0x80, 0x80]) if index >= first else None
                made = av.Packet((_sei(text) if text else b"") + bytes(packet))
                made.pts, made.dts, made.time_base = packet.pts, packet.dts, packet.time_base
                made.stream, made.is_keyframe = stream, packet.is_keyframe
                written.append(text)
                output.mux(made)
        return path, written

    return write


@pytest.fixture
def ebml():
    """The function that writes one EBML element."""
    return element


@pytest.fixture
def colour_bars():
    """The function that draws eight colour bars."""
    return bars


@pytest.fixture
def draw():
    """The function that yields moving pictures."""
    return pictures


@pytest.fixture
def real_clip():
    """A function from a name to a clip of tests/clips or of the reference data; skips without the data."""

    def find(name):
        for folder in (OWN_CLIPS, SHARED_CLIPS):
            if (folder / name).is_file():
                return folder / name
        pytest.skip(
            f"needs the reference data, which is not in the repository: no ../shared/data/clips/{name}"
        )

    return find


@pytest.fixture
def identity():
    return lambda frames: frames


@pytest.fixture
def only_files():
    """A function that returns the names of all files in a folder, hidden ones too."""
    return lambda folder: sorted(path.name for path in folder.iterdir())
