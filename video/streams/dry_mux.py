"""Dry muxing: the beginning of a clip is muxed into memory, to find out what a container supports.

A muxer refuses a codec only when it writes the header, sometimes only at a packet, and some silently drop a
cover or a font. So the small file is demuxed again and compared.
"""

import io
from dataclasses import dataclass
from fractions import Fraction

import av
import numpy as np

from video.core.errors import MediaError
from video.streams.carrying import label_file
from video.streams.stream_plan import StreamPlans
from video.streams.tracks import add_tracks

# Enough for the header, for a bitstream filter that needs a packet, and for an encoder to output one.
_PACKETS_A_STREAM = 8
_DEMUXERS = {"mp4": "mov", "mov": "mov", "matroska": "matroska", "webm": "matroska"}
_PICTURE = av.stream.Disposition.attached_pic
_SIDE = 64


@dataclass(frozen=True)
class MuxedStream:
    """One stream of a muxed file.

    Attributes:
        kind: PyAV's name of its type.
        metadata: its tags.
        disposition: its disposition flags.
        num_channels: of audio, otherwise 0.
    """

    kind: str
    metadata: dict[str, str]
    disposition: av.stream.Disposition
    num_channels: int


@dataclass(frozen=True)
class MuxedFile:
    """What a demuxer finds in the file that was muxed.

    Attributes:
        streams: in its order.
        metadata: the tags of the file.
        num_chapters: number of chapters.
        places: index in `streams` of each track that has packets, by its index in the source; also of the
            placeholder for the main video.
    """

    streams: list[MuxedStream]
    metadata: dict[str, str]
    num_chapters: int
    places: dict[int, int]


class Beginning:
    """The first packets of every stream of an open clip, collected while the clip is read.

    Args:
        source: the open clip; it has to stay open as long as its beginning is used.
    """

    def __init__(self, source: av.container.InputContainer):
        self.source = source
        self.samples = {stream.index: [] for stream in source.streams if stream.type != "attachment"}

    def add(self, packet: av.Packet) -> None:
        """Keep the next packet of the clip if it is one of the first of its stream."""
        samples = self.samples.get(packet.stream_index)
        if samples is not None and len(samples) < _PACKETS_A_STREAM:
            samples.append(_Sample(packet))

    @property
    def pictures(self) -> dict[int, bytes]:
        """The first packet of each stream that is a picture, by the index of the stream."""
        return {
            index: bytes(samples[0].packet)
            for index, samples in self.samples.items()
            if samples and self.source.streams[index].disposition & _PICTURE
        }


class DryMux:
    """The beginning of a clip, which can be muxed repeatedly.

    Args:
        beginning: of the clip, which is open.
    """

    def __init__(self, beginning: Beginning):
        self._source, self._samples = beginning.source, beginning.samples

    def run(self, plans: StreamPlans) -> MuxedFile:
        """Mux the beginning of every stream that is not dropped, and a placeholder for the main video.

        Args:
            plans: the plan of each stream; their span is ignored.

        Raises:
            FFmpegError, ValueError, MediaError: the muxer refuses.
        """
        file = io.BytesIO()
        options = {"movflags": plans.mov_flags} if plans.mov_flags else {}
        with av.open(file, "w", format=plans.muxer, options=options) as output:
            places = self._mux(output, plans)
        return _demuxed(file, plans.muxer, places)

    def _mux(self, output, plans: StreamPlans) -> dict[int, int]:
        added = []

        def add_video():
            added.append(_add_placeholder(output, plans.muxer))
            return added[0]

        writers = add_tracks(output, self._source, plans, add_video)
        label_file(output, self._source, plans)
        output.start_encoding()
        output.mux(added[0].encode(_black()))
        output.mux(added[0].encode(None))
        for index, writer in writers.items():
            for sample in self._samples[index]:
                output.mux(writer.push(sample.restored()))
            if getattr(writer, "is_mute", False):
                raise MediaError("not one of its first packets can be decoded")
        carried = plans.carried
        tracks = {i: writer.stream.index for i, writer in writers.items() if carried[i].kind != "cover"}
        return {plans.video_index: added[0].index, **tracks}


class _Sample:
    """A packet that can be muxed more than once: muxing changes its timestamps and its stream."""

    def __init__(self, packet: av.Packet):
        self.packet = packet
        self._times = packet.pts, packet.dts, packet.duration, packet.time_base

    def restored(self) -> av.Packet:
        """Return the packet with its original timestamps."""
        packet = self.packet
        packet.pts, packet.dts, packet.duration, packet.time_base = self._times
        return packet


def _add_placeholder(output, muxer: str):
    stream = output.add_stream("libvpx" if muxer == "webm" else "mpeg4", rate=25)
    stream.codec_context.width = stream.codec_context.height = _SIDE
    stream.codec_context.time_base = Fraction(1, 25)
    # One is enough for a picture. In a process with real-time priority, more would wait forever (libvpx).
    stream.codec_context.thread_count = 1
    return stream


def _black() -> av.VideoFrame:
    frame = av.VideoFrame.from_ndarray(np.zeros((_SIDE * 3 // 2, _SIDE), np.uint8), format="yuv420p")
    frame.pts, frame.time_base = 0, Fraction(1, 25)
    return frame


def _demuxed(file: io.BytesIO, muxer: str, places: dict[int, int]) -> MuxedFile:
    with av.open(io.BytesIO(file.getvalue()), format=_DEMUXERS[muxer]) as written:
        streams = [
            MuxedStream(stream.type, dict(stream.metadata), stream.disposition, _num_channels(stream))
            for stream in written.streams
        ]
        return MuxedFile(streams, dict(written.metadata), len(written.chapters()), places)


def _num_channels(stream) -> int:
    return stream.codec_context.channels if stream.type == "audio" and stream.codec_context else 0
