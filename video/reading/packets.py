"""One pass over all packets of a clip: its number of frames, its timestamps and its end."""

from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction

import av

from video.core.frames import fraction
from video.reading.expected_frames import shows_a_frame
from video.reading.joins import Join, JumpFinder, moved

MAX_FAILED_READS = 8
_DEFAULT_RATE, _MAX_RATE = Fraction(25), 1000


@dataclass
class PacketSummary:
    """What the packets of a clip contain.

    Attributes:
        rate: nominal frames per second of the video.
        times: PTS of its frames in decoding order, in the video's time base.
        num_untimed: how many of them have no timestamp in the container.
        num_before: how many of them are stored before the given position in the file.
        last_before: the latest PTS of those; None if there are none.
        end: end of the last frame or audio packet in seconds.
        end_of_all: the same for all streams, subtitles included.
        first: when the first picture, sound or subtitle begins in seconds; None without packets. Sound that
            decoders need and players skip does not count.
        last_position: byte position of the last packet in the file.
        num_corrupt: packets that the demuxer marked as corrupt.
        jumps: where the times jump, see `video.reading.joins.JumpFinder`.
        is_encrypted: whether its video packets are encrypted.
        failure: why the demuxer failed at some position; empty if it did not.
    """

    rate: Fraction
    times: array = field(default_factory=lambda: array("q"))
    num_untimed: int = 0
    num_before: int = 0
    last_before: int | None = None
    end: Fraction = Fraction(0)
    end_of_all: Fraction = Fraction(0)
    first: Fraction | None = None
    last_position: int = 0
    num_corrupt: int = 0
    is_encrypted: bool = False
    jumps: list[tuple[int, tuple[Fraction, Fraction]]] = field(default_factory=list)
    failure: str = ""


def summarize_packets(
    container,
    video,
    position: int | None,
    on_packet: Callable[[av.Packet], None] = lambda _: None,
    joins: tuple[Join, ...] = (),
) -> PacketSummary:
    """Read every packet of a container once, without decoding.

    Args:
        container: at its beginning.
        video: the stream whose frames are counted.
        position: byte position in the file; frames before it are also counted separately.
        on_packet: called with each unchanged packet.
        joins: of the recordings in the file.
    """
    beginning = _Beginning()
    finder = JumpFinder(is_broadcast=container.format.name in ("mpegts", "mpeg"))
    summary, failures = PacketSummary(_declared_rate(video)), []
    firsts, dts_only = {}, container.format.name == "avi"
    for packet in demuxed(container, failures, joins=joins):
        on_packet(packet)
        finder.add(packet)
        is_video = packet.stream_index == video.index
        if dts_only:
            # An AVI stores no PTS, only an order; the PTS of the demuxer are a guess.
            packet.pts = packet.dts
        if is_video and not packet.is_discard and shows_a_frame(packet, video.codec_context.name):
            _count(packet, summary, position)
        summary.is_encrypted |= is_video and packet.has_sidedata("encryption_info")
        summary.num_corrupt += packet.is_corrupt
        summary.last_position = max(summary.last_position, packet.pos or 0)
        beginning.add(packet)
        end = _end(packet, firsts, 1 / summary.rate if is_video else 0)
        summary.end_of_all = max(summary.end_of_all, end)
        if is_video or packet.stream.type == "audio":
            summary.end = max(summary.end, end)
    summary.jumps, summary.first = finder.places, beginning.seconds
    summary.failure = f"the system said: {failures[0]}" if failures else ""
    return summary


def _declared_rate(video) -> Fraction:
    """Return the declared frame rate, unless it is the clock rate of the time base."""
    rates = (fraction(video.average_rate), fraction(video.guessed_rate))
    return next((rate for rate in rates if rate and rate <= _MAX_RATE), _DEFAULT_RATE)


def demuxed(container, failures: list[str], *streams, joins: tuple[Join, ...] = ()) -> Iterator[av.Packet]:
    """Yield packets, except empty ones, and continue after a position that cannot be read.

    Args:
        container: at any position.
        failures: FFmpeg's message for every such position is added.
        *streams: the streams to read; all if there are none.
        joins: of the recordings in the file, whose times follow each other then.
    """
    for _ in range(MAX_FAILED_READS):
        try:
            yield from (moved(packet, joins) for packet in container.demux(*streams) if packet.size)
            return
        except av.FFmpegError as error:
            failures.append(error.strerror)
        except IndexError:
            # At the end, PyAV fails on streams of a broadcast that started late, which it does not know.
            return


def _count(packet: av.Packet, summary: PacketSummary, position: int | None) -> None:
    time = packet.pts if packet.pts is not None else packet.dts
    if time is None:
        summary.num_untimed += 1
        time = summary.times[-1] if summary.times else 0
    summary.times.append(time)
    if position is not None and (packet.pos or 0) < position:
        summary.num_before += 1
        summary.last_before = time if summary.last_before is None else max(summary.last_before, time)


class _Beginning:
    """The time at which the first picture, sound or subtitle begins."""

    def __init__(self):
        self.seconds: Fraction | None = None
        self._heard_from: dict[int, Fraction] = {}

    def add(self, packet: av.Packet) -> None:
        stream = packet.stream
        if packet.pts is None or stream.type not in ("video", "audio", "subtitle"):
            return
        if stream.type == "audio" and not (stream.codec_context and stream.codec_context.sample_rate):
            # Of a codec that is not known: nobody hears it, nor knows what players skip.
            return
        begin = packet.pts * fraction(packet.time_base)
        if stream.type == "audio" and packet.has_sidedata("skip_samples"):
            # Players skip so many samples from here on: those that only the decoder needs, and hidden ones.
            num_samples = int.from_bytes(bytes(packet.get_sidedata("skip_samples"))[:4], "little")
            skipped = Fraction(num_samples, stream.codec_context.sample_rate)
            self._heard_from.setdefault(stream.index, begin + skipped)
        if not packet.is_discard:
            begin = max(begin, self._heard_from.get(stream.index, begin))
            self.seconds = begin if self.seconds is None else min(begin, self.seconds)


def _end(packet: av.Packet, firsts: dict[int, tuple[int, int]], default_seconds: Fraction | int) -> Fraction:
    """Return the end of a packet in seconds.

    The packet durations of an mp4 are differences of DTS, which B-frames reorder. Only the sum of all of
    them, added to the first packet's PTS, reliably reaches the end of the last frame in display order.
    """
    if packet.pts is None:
        return Fraction(0)
    time_base = fraction(packet.time_base)
    ticks = packet.pts
    if packet.dts is not None:
        first_pts, first_dts = firsts.setdefault(packet.stream_index, (packet.pts, packet.dts))
        ticks = max(ticks, first_pts + packet.dts - first_dts)
    return ticks * time_base + ((packet.duration or 0) * time_base or default_seconds)
