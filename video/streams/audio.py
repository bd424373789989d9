"""Sound that is encoded: a track that its container cannot hold as it is, or an array of samples."""

from collections.abc import Iterator
from fractions import Fraction

import av
import numpy as np

from video.core.errors import MediaError
from video.core.frames import fraction
from video.core.timing import Span
from video.streams.sound_timeline import SoundTimeline
from video.streams.stream_plan import counted

_SAMPLES_A_CHUNK = 1024
_BITS_A_CHANNEL = 96_000
_AAC_BITS_A_SAMPLE = 6  # the most that AAC can hold: 6144 bits in 1024 samples
_RATES = {
    "aac": (96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350),
    "libopus": (48000,),
}
# What each encoder takes without rounding what was decoded: of more than 16 bits, and of 16.
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
# Decoders build on the packets before; what they give for these is thrown away.
_WARM_UP_SECONDS = Fraction(1, 5)


def audio_encoders(stream, muxer: str, usual: str) -> list[str]:
    """Return the encoders that could bring a track into a container, the best first.

    Args:
        stream: of the source.
        muxer: FFmpeg's name of the container.
        usual: the container's usual encoder; what is stored without loss should not become lossy by it.
    """
    if stream.codec_context is None:
        return []
    codec = stream.codec_context.codec
    return [*(_LOSSLESS_ENCODERS.get(muxer, []) if codec.lossless and not codec.lossy else []), usual]


def guessed_layout(layout) -> str | None:
    """Return the usual layout for a number of channels that says no layout, None when it says one."""
    if not layout.name.endswith(" channels"):
        return None
    return _LAYOUTS.get(layout.nb_channels, [None])[0]


class AudioWriter:
    """One audio track, decoded and encoded again, every sample at its own time.

    Args:
        stream: of the source.
        output: gets the new stream at once, before its header is written.
        encoder: FFmpeg's name of the audio encoder.
        span: the part that is kept; the cut is exact to the sample.

    Attributes:
        stream: the new stream.
        is_past_end: nothing that follows can lie in the span.

    Raises:
        MediaError: there is no decoder for the track.
        FFmpegError, ValueError: the container or the encoder refuses.
    """

    def __init__(self, stream, output: av.container.OutputContainer, encoder: str, span: Span):
        self._decoder, self._tick, self._span = stream.codec_context, fraction(stream.time_base), span
        if self._decoder is None:
            raise MediaError("this machine's libraries cannot decode the audio")
        rate = self._decoder.sample_rate
        self._rate = rate if rate in _RATES.get(encoder, (rate,)) else 48000
        is_short = self._decoder.format is not None and self._decoder.format.name in _SHORT_FORMATS
        self._layout = _layout_for(encoder, self._rate, self._decoder.layout)
        self.stream = output.add_stream(encoder, rate=self._rate)
        _set_up(self.stream.codec_context, self._layout, is_short)
        self._resampler, self._resampled_from = None, None
        self._timeline = SoundTimeline(self._rate, span)
        self.is_past_end, self._num_bad = False, 0

    @property
    def warnings(self) -> list[str]:
        """What went wrong, as the rest of a sentence about the stream."""
        if not self._num_bad:
            return []
        return [f"cannot be decoded in {counted(self._num_bad, 'packet')}; there is silence instead"]

    @property
    def is_mute(self) -> bool:
        """Whether packets came and not one of them could be decoded."""
        return self._num_bad > 0 and not self._timeline.has_begun

    def push(self, packet: av.Packet) -> list[av.Packet]:
        """Take a packet of the source; returns the finished packets of the new stream."""
        if not packet.size or not self._is_wanted(packet):
            return []
        return self._encoded(self._decoded(packet))

    def finish(self) -> list[av.Packet]:
        """Return what decoder, resampler and encoder still hold."""
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
        """Yield frames as the encoder wants them; None gives what is left in the resampler."""
        kind = frame and (frame.format.name, frame.layout.name, frame.sample_rate)
        results = []
        if self._resampler is not None and kind != self._resampled_from:
            results, self._resampler = self._resampler.resample(None), None
        if frame is not None:
            if self._resampler is None:
                # Interleaved, because PyAV finds one plane too many where there are eight.
                self._resampler = av.AudioResampler("flt", self._layout, self._rate)
                self._resampled_from = kind
            results += self._resampler.resample(frame)
        return (result for result in results if result is not None)

    def _frame(self, samples: np.ndarray, position: int) -> av.AudioFrame:
        frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1), format="flt", layout=self._layout)
        frame.sample_rate, frame.pts, frame.time_base = self._rate, position, Fraction(1, self._rate)
        return frame


def _layout_for(encoder: str, rate: int, layout) -> str:
    """Return the layout of channels nearest to the source's that the encoder takes."""
    own = [layout.name] if guessed_layout(layout) is None and layout.nb_channels <= _MOST_CHANNELS else []
    for name in (*own, *_LAYOUTS.get(layout.nb_channels, [])):
        context = av.CodecContext.create(encoder, "w")
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
    # PyAV asks for 0 bits a second unless told otherwise, and the AAC encoder then lets clicks through.
    bits = min(_BITS_A_CHANNEL, _AAC_BITS_A_SAMPLE * context.sample_rate)
    context.bit_rate = bits * context.layout.nb_channels


def sampled_packets(
    samples: np.ndarray, rate: int, output: av.container.OutputContainer, encoder: str
) -> Iterator[av.Packet]:
    """Add an encoded stream to the output; returns the packets of an array of samples.

    Args:
        samples: float32 in [-1, 1], (num_samples,) mono or (num_samples, 1 or 2).
        rate: samples a second; 48000 for libopus.
        output: gets the stream at once, before its header is written.
        encoder: FFmpeg's name of the audio encoder.
    """
    planes = np.ascontiguousarray(np.atleast_2d(np.asarray(samples, np.float32).T))
    stream = output.add_stream(encoder, rate=rate)
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
