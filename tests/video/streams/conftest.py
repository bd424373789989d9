"""Clips with many streams, and a small assembly of them: plain PyAV except for the code under test."""

import contextlib
import heapq
from dataclasses import dataclass, field
from fractions import Fraction

import av
import numpy as np
import pytest

from video.core.containers import container_for
from video.core.options import Options
from video.core.source_info import SourceInfo
from video.core.timing import span_of
from video.encoding.scheduling import ordinary_scheduling
from video.reading.opening import open_source
from video.streams.carrying import CarriedStreams, packet_time
from video.streams.dry_mux import Beginning
from video.streams.planning import plan_streams

STYLES = b"""[Script Info]
ScriptType: v4.00+

[V4+ Styles]
Format: Name, Fontname, Fontsize, PrimaryColour, Bold, Italic, Alignment, MarginL, MarginR, MarginV, Encoding
Style: Default,Arial,16,&Hffffff,0,0,2,10,10,10,0

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
\0"""


@dataclass
class Track:
    """One stream to write beside a main video: 'audio', 'subtitle', 'video', 'cover' or 'font'.

    Its spans are seconds (from, to) of sound, or (from, to, text) of subtitles.
    """

    kind: str
    codec: str = ""
    tags: dict = field(default_factory=dict)
    disposition: int = 1
    spans: tuple = ((0, 2),)
    rate: int = 48000
    layout: str = "stereo"
    sample_format: str = ""


def picture_file():
    """The bytes of a small JPEG."""
    context = av.CodecContext.create("mjpeg", "w")
    context.width, context.height, context.time_base = 32, 32, Fraction(1, 25)
    context.pix_fmt = "yuvj420p"
    frame = av.VideoFrame.from_ndarray(np.full((32, 32, 3), 200, np.uint8), format="rgb24")
    frame = frame.reformat(format=context.pix_fmt)
    return b"".join(bytes(packet) for packet in [*context.encode(frame), *context.encode(None)])


def _sound(stream, track):
    channels = stream.codec_context.layout.nb_channels
    tick = Fraction(1, track.rate)
    for begin, end in track.spans:
        seconds = np.arange(round((end - begin) * track.rate)) / track.rate
        # A rising tone, so that no two packets are alike.
        wave = np.sin(2 * np.pi * (220 + 100 * seconds) * seconds) * 0.3
        # A block is one encoder frame, so no block spans a gap.
        size = stream.codec_context.frame_size or 1024
        for first in range(0, len(wave) - size + 1, size):
            chunk = np.repeat(wave[first : first + size], channels)[None].astype(np.float32)
            frame = av.AudioFrame.from_ndarray(chunk, format="flt", layout=track.layout)
            frame.sample_rate, frame.time_base = track.rate, tick
            frame.pts = first + round(begin * track.rate)
            yield from stream.encode(frame)
    yield from stream.encode(None)


def _texts(stream, track):
    for begin, end, text in track.spans:
        line = b"0,0,Default,,0,0,0,," + text.encode()
        subtitle = av.subtitles.subtitle.SubtitleSet.create(line, 0, round((end - begin) * 1000))
        packet = stream.codec_context.encode_subtitle(subtitle)
        packet.stream, packet.time_base = stream, Fraction(1, 1000)
        packet.pts = packet.dts = round(begin * 1000)
        packet.duration = round((end - begin) * 1000)
        yield packet


def _moving(stream, seconds):
    stream.codec_context.width, stream.codec_context.height = 64, 48
    stream.codec_context.time_base = Fraction(1, 25)
    for index in range(round(seconds * 25)):
        pixels = np.full((48, 64, 3), index % 200, np.uint8)
        frame = av.VideoFrame.from_ndarray(pixels, format="rgb24").reformat(format="yuv420p")
        frame.pts, frame.time_base = index, Fraction(1, 25)
        with ordinary_scheduling():
            packets = stream.encode(frame)
        yield from packets
    yield from stream.encode(None)


def _add_track(container, track, seconds):
    """Adds a stream and returns its packets."""
    if track.kind == "font":
        container.add_attachment("font.ttf", "font/ttf", b"not a font" * 50)
        return []
    if track.kind == "cover" and container.format.name == "matroska":
        container.add_attachment("front.jpg", "image/jpeg", picture_file())
        return []
    rate = {"audio": track.rate, "video": 25, "cover": 25}.get(track.kind)
    stream = container.add_stream(track.codec or "mjpeg", rate=rate)
    stream.metadata.update(track.tags)
    stream.disposition = 1024 if track.kind == "cover" else track.disposition
    if track.kind == "audio":
        stream.codec_context.layout = track.layout
        if track.sample_format:
            stream.codec_context.format = track.sample_format
        stream.codec_context.open()
        return list(_sound(stream, track))
    if track.kind == "subtitle":
        stream.codec_context.subtitle_header = STYLES
        stream.codec_context.time_base = stream.time_base = Fraction(1, 1000)
        return list(_texts(stream, track))
    if track.kind == "video":
        return list(_moving(stream, seconds))
    stream.codec_context.width = stream.codec_context.height = 32
    stream.codec_context.pix_fmt = "yuvj420p"
    packet = av.Packet(picture_file())
    packet.stream, packet.pts, packet.dts, packet.time_base = stream, 0, 0, Fraction(1, 25)
    return [packet]


@pytest.fixture
def make_tracks(tmp_path):
    """A function that writes a small clip of a main video and any other streams, in the given order."""

    def make(
        name,
        *tracks,
        main=0,
        codec="mpeg4",
        seconds=2,
        tags=None,
        main_tags=None,
        chapters=(),
        options=None,
    ):
        path = tmp_path / name
        muxer = {".mkv": "matroska", ".ts": "mpegts", ".mpg": "mpeg"}.get(path.suffix, path.suffix[1:])
        every = list(tracks)
        every.insert(main, Track("video", codec, main_tags or {}))
        with av.open("file:" + str(path), "w", format=muxer, options=options or {}) as container:
            container.metadata.update(tags or {})
            container.set_chapters(
                [
                    {"id": number, "start": start, "end": end, "time_base": Fraction(1, 1000)}
                    | {"metadata": {"title": title}}
                    for number, (start, end, title) in enumerate(chapters, start=1)
                ]
            )
            packets = [packet for track in every for packet in _add_track(container, track, seconds)]
            packets.sort(key=lambda packet: packet.dts * exact(packet.time_base))
            for packet in packets:
                container.mux(packet)
        return path

    return make


@pytest.fixture
def track():
    """The class that describes a stream for `make_tracks`."""
    return Track


@pytest.fixture
def make_foreign(tmp_path):
    """A function that writes an mkv with a stream of made-up packets beside a small video."""

    def make(codec, milliseconds=(0, 100, 200, 300), rate=None, payload=None, duration=None):
        path = tmp_path / "in.mkv"
        with av.open(str(path), "w", format="matroska") as container:
            video = container.add_stream("mpeg4", rate=25)
            foreign = container.add_mux_stream(codec, rate=rate)
            foreign.time_base = Fraction(1, 1000)
            container.mux(list(_moving(video, 0.04)))
            for number, time in enumerate(milliseconds):
                packet = av.Packet(payload or bytes([number]) * 192)
                packet.stream, packet.time_base = foreign, foreign.time_base
                packet.pts = packet.dts = time
                packet.duration = duration
                container.mux(packet)
        return path

    return make


@dataclass
class StreamFacts:
    """What a player finds of one stream; packets are (seconds, payload), without end marks of mp4 text."""

    kind: str
    codec: str
    tags: dict
    disposition: av.stream.Disposition
    packets: list = field(default_factory=list)
    durations: list = field(default_factory=list)
    layout: str = ""

    @property
    def payloads(self):
        return [payload for _, payload in self.packets]

    @property
    def times(self):
        return [time for time, _ in self.packets]


def exact(rational):
    return Fraction(rational.numerator, rational.denominator)


@pytest.fixture
def see():
    """A function that demuxes a file: its streams, its tags in lower case, its chapters."""

    def demux(path):
        with av.open("file:" + str(path)) as container:
            streams = []
            for stream in container.streams:
                context = stream.codec_context
                codec = context.codec.canonical_name if context else ""
                streams.append(StreamFacts(stream.type, codec, dict(stream.metadata), stream.disposition))
                streams[-1].layout = context.layout.name if context and stream.type == "audio" else ""
            for packet in container.demux():
                if packet.size and not (packet.stream.type == "subtitle" and bytes(packet) == b"\0\0"):
                    facts, tick = streams[packet.stream_index], exact(packet.time_base)
                    time = None if packet.pts is None else packet.pts * tick
                    facts.packets.append((time, bytes(packet)))
                    facts.durations.append((packet.duration or 0) * tick)
            tags = {key.lower(): text for key, text in container.metadata.items()}
            return streams, tags, container.chapters()

    return demux


def _source(path):
    with av.open("file:" + str(path)) as container:
        videos = [stream for stream in container.streams.video if not stream.disposition & 1024]
        start = Fraction(videos[0].start_time or 0) * exact(videos[0].time_base)
        seconds = Fraction(container.duration or 2_000_000, 1_000_000)
        return SourceInfo(str(path), "clip", "clip", videos[0].index, 0, start, seconds)


@pytest.fixture
def describe():
    """A function from a path to its `SourceInfo`."""
    return _source


@contextlib.contextmanager
def _beginning(path):
    with open_source(path) as container:
        beginning = Beginning(container)
        for packet in _readable(container):
            beginning.add(packet)
        yield beginning


@pytest.fixture
def beginning():
    """A context manager from a path to the opened clip with its first packets."""
    return _beginning


@pytest.fixture
def plan(describe):
    """A function that plans the streams of a clip."""

    def plan_clip(path, container, **part):
        source = describe(path)
        with _beginning(path) as beginning:
            return plan_streams(source, beginning, container, span_of(source, Options(**part)))

    return plan_clip


def _readable(container, *streams):
    """The packets of a clip or of some of its streams, up to the first damage."""
    with contextlib.suppress(av.FFmpegError):
        for packet in container.demux(*streams):
            if packet.size:
                yield packet


def _placeholder(output, path, video_index, plans):
    """Adds a main video that any container supports; returns its stream and its packets."""
    quick = {"deadline": "realtime", "cpu-used": "8"}
    is_webm = output.format.name == "webm"
    stream = output.add_stream("libvpx" if is_webm else "mpeg4", rate=25, options=quick if is_webm else {})
    stream.codec_context.width, stream.codec_context.height = 64, 48
    packets = []
    span = plans.span
    with av.open("file:" + str(path)) as container:
        source = container.streams[video_index]
        stream.codec_context.time_base = Fraction(1, 1000)
        for packet in sorted(_readable(container, source), key=lambda packet: packet.pts):
            time = packet.pts * exact(packet.time_base)
            if time < span.origin or (span.end is not None and time >= span.end):
                continue
            frame = av.VideoFrame.from_ndarray(np.zeros((72, 64), np.uint8), format="yuv420p")
            frame.pts, frame.time_base = round((time - span.origin) * 1000), Fraction(1, 1000)
            packets += stream.encode(frame)
    return stream, packets + stream.encode(None)


@dataclass
class Carried:
    """The result of a small assembly."""

    path: object
    plans: object
    written: dict
    warnings: list
    video_index: int

    @property
    def actions(self):
        return {plan.index: plan.action for plan in self.plans.all}


@pytest.fixture
def carry(tmp_path):
    """A function that carries all streams of a clip into a new one, beside a placeholder of the video."""

    def assemble(path, target, start=None, end=None):
        source, made = _source(path), []
        container = container_for(tmp_path / target)
        with _beginning(path) as beginning:
            plans = plan_streams(source, beginning, container, span_of(source, Options(start=start, end=end)))
        flags = {"movflags": plans.mov_flags} if plans.mov_flags else {}
        options = {"avoid_negative_ts": "disabled", **flags}
        name = "file:" + str(tmp_path / target)
        with (
            CarriedStreams(source, plans) as carried,
            av.open(name, "w", format=container.muxer, options=options) as output,
        ):

            def add_video():
                made.extend(_placeholder(output, path, source.video_index, plans))
                return made[0]

            carried.add_streams(output, add_video)
            for packet in heapq.merge(made[1], carried.packets(), key=packet_time):
                output.mux(packet)
            index = carried.place_in_file(made[0].index)
        return Carried(tmp_path / target, plans, carried.written, carried.warnings, index)

    return assemble
