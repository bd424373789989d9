"""Audio encoding: of tracks that the container does not support as they are, and of arrays of samples."""

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import av
import numpy as np

from video.core.errors import MediaError
from video.core.frames import fraction
from video.core.timing import Span
from video.streams.sound_timeline import SoundTimeline
from video.streams.stream_plan import counted

_SAMPLES_A_CHUNK = 1024
_BITS_A_CHANNEL = 96_000
_AAC_BITS_A_SAMPLE = 6  # the maximum of AAC: 6144 bits per 1024 samples
_RATES = {
    "aac": (96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350),
    "libopus": (48000,),
}
# Sample formats in which no encoder rounds the decoded samples: for more than 16 bits, and for 16.
_FORMATS = {
    "aac": ("fltp", "fltp"),
    "libopus": ("flt", "flt"),
    "alac": ("s32p", "s16p"),
    "flac": ("s32", "s16"),
}
_SHORT_FORMATS = ("u8", "u8p", "s16", "s16p")
_LOSSLESS_ENCODERS = {"mp4": ["alac"], "mov": ["alac"], "matroska": ["flac"]}
_LAYOUTS = {1: ["mono"], 2: ["stereo"], 3: ["3.0"], 4: ["4.0", "quad"], 5: ["5.0"], 6: ["5.1"]}
_LAYOUTS |= {7: ["6.1"], 8: ["7.1"]}
_MOST_CHANNELS = 8  # in every container and player
# Decoders depend on the previous packets; their output for these is discarded.
_WARM_UP_SECONDS = Fraction(1, 5)


def audio_encoders(stream, muxer: str, usual: str) -> list[str]:
    """Return the encoders that could transcode a track for a container, the best first.

    Args:
        stream: of the source.
        muxer: FFmpeg's name of the container.
        usual: the container's usual encoder; a lossless track gets a lossless encoder first.
    """
    if stream.codec_context is None:
        return []
    codec = stream.codec_context.codec
    return [*(_LOSSLESS_ENCODERS.get(muxer, []) if codec.lossless and not codec.lossy else []), usual]


def guessed_layout(layout) -> str | None:
    """Return the usual layout for the number of channels; None if the layout is known."""
    if not layout.name.endswith(" channels"):
        return None
    return _LAYOUTS.get(layout.nb_channels, [None])[0]


class AudioWriter:
    """Transcoder of one audio track that keeps every sample at its own time.

    Args:
        stream: of the source.
        output: gets the new stream immediately; its header is not written yet.
        encoder: FFmpeg's name of the audio encoder.
        span: the part that is kept; the cut is exact to the sample.

    Attributes:
        stream: the new stream.
        is_past_end: whether all further packets are after the span.

    Raises:
        MediaError: there is no decoder for the track.
        FFmpegError, ValueError: the container or the encoder refuses.
    """

    def __init__(self, stream: Any, output: av.container.OutputContainer, encoder: str, span: Span):
        self._decoder, self._tick, self._span = stream.codec_context, fraction(stream.time_base), span
        if self._decoder is None:
            raise MediaError("FFmpeg has no decoder for the audio")
        rate = self._decoder.sample_rate
        self._rate = rate if rate in _RATES.get(encoder, (rate,)) else 48000
        is_short = self._decoder.format is not None and self._decoder.format.name in _SHORT_FORMATS
        self._layout = _layout_for(encoder, self._rate, self._decoder.layout)
        self.stream: Any = output.add_stream(encoder, rate=self._rate)
        _set_up(self.stream.codec_context, self._layout, is_short)
        self._resampler: av.AudioResampler | None = None
        self._resampled_from: tuple[str, str, int] | None = None
        self._timeline = SoundTimeline(self._rate, span)
        self.is_past_end, self._num_bad = False, 0

    @property
    def warnings(self) -> list[str]:
        """What failed, as the rest of a sentence about the stream."""
        if not self._num_bad:
            return []
        return [f"cannot be decoded in {counted(self._num_bad, 'packet')}; there is silence instead"]

    @property
    def is_mute(self) -> bool:
        """Whether there were packets, but none of them could be decoded."""
        return self._num_bad > 0 and not self._timeline.has_begun

    def push(self, packet: av.Packet) -> list[av.Packet]:
        """Take a packet of the source; return the finished packets of the new stream."""
        if not packet.size or not self._is_wanted(packet):
            return []
        return self._encoded(self._decoded(packet))

    def finish(self) -> list[av.Packet]:
        """Drain decoder, resampler and encoder; return the last packets."""
        return self._encoded([*self._decoded(None), None]) + self.stream.encode(None)

    def _is_wanted(self, packet: av.Packet) -> bool:
        if packet.pts is None:
            return True
        begin = packet.pts * self._tick
        if self._span.end is not None and begin >= self._span.end:
            self.is_past_end = True
            return False
        length = max((packet.duration or 0) * self._tick, _WARM_UP_SECONDS)
        return self._span.start is None or begin + length > self._span.start

    def _decoded(self, packet: av.Packet | None) -> list[av.AudioFrame]:
        try:
            return self._decoder.decode(packet)
        except (av.FFmpegError, ValueError):
            self._num_bad += 1
            return []

    def _encoded(self, frames: list[av.AudioFrame | None]) -> list[av.Packet]:
        packets = []
        for frame in frames:
            for resampled in self._resampled(frame):
                start = None
                if resampled.pts is not None:
                    seconds = resampled.pts * fraction(resampled.time_base) - self._span.origin
                    start = round(seconds * self._rate)
                given = resampled.to_ndarray().reshape(resampled.samples, -1)
                for samples, position in self._timeline.placed(given, start):
                    packets += self.stream.encode(self._frame(samples, position))
        return packets

    def _resampled(self, frame: av.AudioFrame | None) -> Iterator[av.AudioFrame]:
        """Yield frames in the format of the encoder; None drains the resampler."""
        kind = (frame.format.name, frame.layout.name, frame.sample_rate) if frame else None
        results = []
        if self._resampler is not None and kind != self._resampled_from:
            results, self._resampler = self._resampler.resample(None), None
        if frame is not None:
            if self._resampler is None:
                # Interleaved, because PyAV expects one plane too many if there are eight.
                self._resampler = av.AudioResampler("flt", self._layout, self._rate)
                self._resampled_from = kind
            results += self._resampler.resample(frame)
        return (result for result in results if result is not None)

    def _frame(self, samples: np.ndarray, position: int) -> av.AudioFrame:
        frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1), format="flt", layout=self._layout)
        frame.sample_rate, frame.pts, frame.time_base = self._rate, position, Fraction(1, self._rate)
        return frame


def _layout_for(encoder: str, rate: int, layout) -> str:
    """Return the channel layout closest to the source's that the encoder supports."""
    own = [layout.name] if guessed_layout(layout) is None and layout.nb_channels <= _MOST_CHANNELS else []
    for name in (*own, *_LAYOUTS.get(layout.nb_channels, [])):
        context: Any = av.CodecContext.create(encoder, "w")
        context.sample_rate, context.time_base = rate, Fraction(1, rate)
        _set_up(context, name)
        try:
            context.open()
        except (av.FFmpegError, ValueError):
            continue
        return name
    return "stereo"


def _set_up(context, layout: str, is_short: bool = False) -> None:
    context.format = _FORMATS[context.name][is_short]
    context.layout = layout
    if context.codec.lossless:
        return
    # PyAV sets a bit rate of 0 by default, and with it the AAC encoder produces clicks.
    bits = min(_BITS_A_CHANNEL, _AAC_BITS_A_SAMPLE * context.sample_rate)
    context.bit_rate = bits * context.layout.nb_channels


def sampled_packets(
    samples: np.ndarray, rate: int, output: av.container.OutputContainer, encoder: str
) -> Iterator[av.Packet]:
    """Add an audio stream to the output; return the encoded packets of an array of samples.

    Args:
        samples: float32 in [-1, 1], (num_samples,) mono or (num_samples, 1 or 2).
        rate: samples per second; 48000 for libopus.
        output: gets the stream immediately; its header is not written yet.
        encoder: FFmpeg's name of the audio encoder.
    """
    planes = np.ascontiguousarray(np.atleast_2d(np.asarray(samples, np.float32).T))
    stream: Any = output.add_stream(encoder, rate=rate)
    layout = "mono" if len(planes) == 1 else "stereo"
    _set_up(stream.codec_context, layout)

    def packets() -> Iterator[av.Packet]:
        for start in range(0, planes.shape[1], _SAMPLES_A_CHUNK):
            chunk = np.ascontiguousarray(planes[:, start : start + _SAMPLES_A_CHUNK])
            frame = av.AudioFrame.from_ndarray(chunk, format="fltp", layout=layout)
            frame.sample_rate, frame.pts, frame.time_base = rate, start, Fraction(1, rate)
            yield from stream.encode(frame)
        yield from stream.encode(None)

    return packets()
