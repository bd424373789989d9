"""The first audio track: copied packet by packet where the container holds it, else transcoded.

A container says whether it holds a codec only when its header is written, so a few packets are muxed
into memory before any work starts (opus in mov and others fail only there).
"""

import contextlib
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice

import av
import numpy as np

from video.containers import Container
from video.errors import MediaError
from video.frames import fraction
from video.probe import Source, open_source

# Enough for the header and for a bitstream filter to look at a packet.
_DRY_PACKETS = 8
_SAMPLES_A_CHUNK = 1024
_BITS_A_CHANNEL = 96_000
_RATES = {
    "aac": (96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350),
    "libopus": (48000,),
}


@dataclass(frozen=True)
class AudioPlan:
    """What happens to the audio, decided by a dry run.

    Attributes:
        summary: 'copied', 'transcoded <codec>', 'dropped: <reason>' or 'none'.
        packets: from an output container to the packets to mux; adds its stream when it is called.
            None when there is no audio to write.
    """

    summary: str
    packets: Callable[[av.container.OutputContainer], Iterator[av.Packet]] | None = None


def plan_audio(source: Source, container: Container) -> AudioPlan:
    """Finds the best way to bring the source's first audio track into the container.

    Never raises for an audio track that cannot be kept: the plan says why it is dropped.
    """
    if source.audio_index is None:
        return AudioPlan("none")

    def copy(output):
        return copied_packets(source, output)

    def transcode(output):
        return transcoded_packets(source, output, container.audio_encoder)

    why_not_copied = _dry_run(copy, container)
    if why_not_copied is None:
        return AudioPlan("copied", copy)
    why_not_transcoded = _dry_run(transcode, container)
    if why_not_transcoded is None:
        return AudioPlan(f"transcoded {container.audio_encoder.removeprefix('lib')}", transcode)
    return AudioPlan(f"dropped: {why_not_copied}; {why_not_transcoded}")


def _dry_run(start: Callable, container: Container) -> str | None:
    """Returns why a few packets cannot be muxed into this kind of container, None when they can."""
    try:
        with av.open(io.BytesIO(), "w", format=container.muxer) as output:
            packets = start(output)
            with contextlib.closing(packets):
                for packet in islice(packets, _DRY_PACKETS):
                    output.mux(packet)
    except (av.FFmpegError, MediaError, ValueError, TypeError) as error:
        return (getattr(error, "strerror", None) or str(error)).splitlines()[0]
    return None


def copied_packets(source: Source, output: av.container.OutputContainer) -> Iterator[av.Packet]:
    """Adds a copy of the source's audio stream to the output; returns its packets, untouched."""
    container = open_source(source.path)
    stream = container.streams[source.audio_index]
    try:
        copy = output.add_stream_from_template(stream)
    except BaseException:
        container.close()
        raise
    return _relabelled(container, stream, copy)


def _relabelled(container, stream, copy) -> Iterator[av.Packet]:
    with container:
        for packet in container.demux(stream):
            # The demuxer ends with an empty packet that only a decoder wants.
            if packet.size:
                packet.stream = copy
                yield packet


def transcoded_packets(
    source: Source, output: av.container.OutputContainer, encoder: str
) -> Iterator[av.Packet]:
    """Adds an encoded stream to the output; returns the source's audio, decoded and encoded again."""
    container = open_source(source.path)
    stream = container.streams[source.audio_index]
    try:
        if stream.codec_context is None:
            raise MediaError("this machine's libraries cannot decode the audio")
        rates = _RATES[encoder]
        rate = stream.codec_context.sample_rate
        encoded = output.add_stream(encoder, rate=rate if rate in rates else 48000)
        _set_up(encoded, "mono" if stream.codec_context.channels == 1 else "stereo")
    except BaseException:
        container.close()
        raise
    return _encoded_again(container, stream, encoded)


def _encoded_again(container, stream, encoded) -> Iterator[av.Packet]:
    with container:
        for packet in container.demux(stream):
            try:
                frames = packet.decode()
            except av.FFmpegError as error:
                raise MediaError(
                    f"the audio cannot be decoded: {container.name.removeprefix('file:')}",
                    detail=f"the decoder said: {error.strerror}",
                    fix="copy the clip again, or write to mkv, which keeps most audio as it is",
                ) from error
            for frame in frames:
                yield from encoded.encode(frame)
        yield from encoded.encode(None)


def _set_up(stream, layout: str) -> None:
    # PyAV asks for 0 bits a second unless told otherwise, and the AAC encoder then lets clicks through.
    stream.codec_context.layout = layout
    stream.codec_context.bit_rate = _BITS_A_CHANNEL * (1 if layout == "mono" else 2)


def sampled_packets(
    samples: np.ndarray, rate: int, output: av.container.OutputContainer, encoder: str
) -> Iterator[av.Packet]:
    """Adds an encoded stream to the output; returns the packets of an array of samples.

    Args:
        samples: float32 in [-1, 1], (num_samples,) mono or (num_samples, 1 or 2).
        rate: samples a second; 48000 for libopus.
        output: gets the stream at once, before its header is written.
        encoder: FFmpeg's name of the audio encoder.
    """
    planes = np.ascontiguousarray(np.atleast_2d(np.asarray(samples, np.float32).T))
    stream = output.add_stream(encoder, rate=rate)
    layout = "mono" if len(planes) == 1 else "stereo"
    _set_up(stream, layout)

    def packets() -> Iterator[av.Packet]:
        for start in range(0, planes.shape[1], _SAMPLES_A_CHUNK):
            chunk = np.ascontiguousarray(planes[:, start : start + _SAMPLES_A_CHUNK])
            frame = av.AudioFrame.from_ndarray(chunk, format="fltp", layout=layout)
            frame.sample_rate, frame.pts, frame.time_base = rate, start, Fraction(1, rate)
            yield from stream.encode(frame)
        yield from stream.encode(None)

    return packets()


class AudioTrack:
    """Muxes audio packets up to a given time, so that sound and picture lie side by side in the file.

    Args:
        output: the container to mux into.
        packets: in order of decoding.

    Attributes:
        packets_written: packets muxed so far.
        bytes_written: their payload.
        first_time: seconds of the first packet; negative for an encoder's priming; None before it.
    """

    def __init__(self, output: av.container.OutputContainer, packets: Iterator[av.Packet]):
        self._output, self._packets = output, packets
        self._held = None
        self.packets_written, self.bytes_written, self.first_time = 0, 0, None

    def advance(self, until: Fraction | None = None) -> None:
        """Muxes every packet that starts before `until` seconds; all that are left when it is None."""
        while self._next_is_before(until):
            packet, self._held = self._held, None
            self._output.mux(packet)
            self.packets_written += 1
            self.bytes_written += packet.size

    def close(self) -> None:
        """Lets go of the source, also before its end."""
        self._packets.close()

    def _next_is_before(self, until: Fraction | None) -> bool:
        self._held = self._held or next(self._packets, None)
        if self._held is None:
            return False
        time = _start(self._held)
        if self.first_time is None:
            self.first_time = time or Fraction(0)
        return until is None or time is None or time < until


def _start(packet: av.Packet) -> Fraction | None:
    ticks = packet.pts if packet.pts is not None else packet.dts
    return None if ticks is None else ticks * fraction(packet.time_base)
