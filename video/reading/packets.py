"""One pass over all packets of a clip: what they say about its frames, its times and its end."""

from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction

import av

from video.core.frames import fraction
from video.reading.promises import shows_a_frame

MAX_FAILED_READS = 8
_DEFAULT_RATE, _MAX_RATE = Fraction(25), 1000


@dataclass
class Seen:
    """What the packets of a clip say.

    Attributes:
        rate: nominal frames a second of the video.
        times: of its frames, in order of decoding, in the video's time base.
        num_untimed: how many of them the container does not give a time.
        num_before: how many of them lie in front of the place in the file that was asked for.
        last_before: the latest of those; None without any.
        end: seconds at which the last frame or sound ends.
        end_of_all: the same, subtitles and everything else included.
        last_position: the byte at which the last packet in the file begins.
        num_corrupt: packets that the demuxer marked as corrupt.
        failure: why the demuxer could not go on at some place, empty when it could.
    """

    rate: Fraction
    times: array = field(default_factory=lambda: array("q"))
    num_untimed: int = 0
    num_before: int = 0
    last_before: int | None = None
    end: Fraction = Fraction(0)
    end_of_all: Fraction = Fraction(0)
    last_position: int = 0
    num_corrupt: int = 0
    failure: str = ""


def look_through(
    container, video, position: int | None, on_packet: Callable[[av.Packet], None] = lambda _: None
) -> Seen:
    """Read every packet of a container once and decode none.

    Args:
        container: at its beginning.
        video: the stream whose frames are counted.
        position: a byte of the file; frames in front of it are counted apart.
        on_packet: called with each packet as it came.
    """
    seen, failures = Seen(_said_rate(video)), []
    firsts, has_slots = {}, container.format.name == "avi"
    for packet in demuxed(container, failures):
        on_packet(packet)
        is_video = packet.stream_index == video.index
        if has_slots:
            # An AVI knows no times of display, only places; what the demuxer makes of them is a guess.
            packet.pts = packet.dts
        if is_video and not packet.is_discard and shows_a_frame(packet, video.codec_context.name):
            _count(packet, seen, position)
        seen.num_corrupt += packet.is_corrupt
        seen.last_position = max(seen.last_position, packet.pos or 0)
        end = _end(packet, firsts, 1 / seen.rate if is_video else 0)
        seen.end_of_all = max(seen.end_of_all, end)
        if is_video or packet.stream.type == "audio":
            seen.end = max(seen.end, end)
    seen.failure = f"the system said: {failures[0]}" if failures else ""
    return seen


def _said_rate(video) -> Fraction:
    """Returns what the clip says of its rate; a clock's ticks are not taken for frames."""
    rates = (fraction(video.average_rate), fraction(video.guessed_rate))
    return next((rate for rate in rates if rate and rate <= _MAX_RATE), _DEFAULT_RATE)


def demuxed(container, failures: list[str], *streams) -> Iterator[av.Packet]:
    """Yields packets, those without data left out, and goes on behind a place that cannot be read.

    Args:
        container: where it stands.
        failures: gets a word for every such place.
        *streams: whose packets; all without any.
    """
    for _ in range(MAX_FAILED_READS):
        try:
            yield from (packet for packet in container.demux(*streams) if packet.size)
            return
        except av.FFmpegError as error:
            failures.append(error.strerror)
        except IndexError:
            # At the end PyAV stumbles over streams of a broadcast that began late, which it does not know.
            return


def _count(packet: av.Packet, seen: Seen, position: int | None) -> None:
    time = packet.pts if packet.pts is not None else packet.dts
    if time is None:
        seen.num_untimed += 1
        time = seen.times[-1] if seen.times else 0
    seen.times.append(time)
    if position is not None and (packet.pos or 0) < position:
        seen.num_before += 1
        seen.last_before = time if seen.last_before is None else max(seen.last_before, time)


def _end(packet: av.Packet, firsts: dict[int, tuple[int, int]], default_seconds: Fraction) -> Fraction:
    """Returns the second at which a packet ends.

    An mp4's durations are distances between decoding times, which B-frames reorder: only the sum of all
    of them, from the first packet's time on, is sure to reach the end of the last frame shown.
    """
    if packet.pts is None:
        return Fraction(0)
    time_base = fraction(packet.time_base)
    ticks = packet.pts
    if packet.dts is not None:
        first_pts, first_dts = firsts.setdefault(packet.stream_index, (packet.pts, packet.dts))
        ticks = max(ticks, first_pts + packet.dts - first_dts)
    return ticks * time_base + ((packet.duration or 0) * time_base or default_seconds)
