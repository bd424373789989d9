"""Verification of a written file: it is demuxed again and compared with what was muxed."""

from array import array
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import av

from video.assembling.segments import Segment
from video.core.errors import MediaError, OutputError
from video.core.frames import Clip, fraction
from video.reading.opening import open_source
from video.streams.carrying import Written


def verify_clip(
    path: Path, video_index: int, segments: list[Segment], clip: Clip, written: dict[int, Written]
) -> tuple[str, ...]:
    """Check that a finished file has every frame at its PTS and every packet of every other stream.

    Packets are compared, nothing is decoded.

    Args:
        path: the finished file.
        video_index: index of its translated stream.
        segments: the segments of that stream.
        clip: the common properties of its frames.
        written: what was muxed for each other stream, by index.

    Returns:
        What is right, one short phrase each.

    Raises:
        OutputError: something is missing or at another time.
    """
    try:
        with open_source(path) as container:
            found = _demuxed(container)
    except (av.FFmpegError, MediaError) as error:
        raise _wrong(path, "a readable clip", str(error).splitlines()[0]) from error
    expected = array("q", (pts for segment in segments for pts in sorted(segment.pts)))
    video = found.get(video_index, _Found(Fraction(1)))
    _check_count(path, len(video.ticks), len(expected))
    deviation = _check_times(path, video, _Found(clip.time_base, expected), _shift(written))
    for index, stream in written.items():
        _check_stream(path, index, found.get(index), stream)
    return (
        f"{len(expected)} frames",
        f"times within {float(deviation) * 1000:.3g} ms",
        *([f"{len(written)} other stream{'s' * (len(written) > 1)}, every packet"] if written else []),
    )


@dataclass
class _Found:
    """What one stream of a file has: its time base, PTS of frames that are shown, packets and bytes."""

    tick: Fraction
    ticks: array = field(default_factory=lambda: array("q"))
    packets: int = 0
    num_bytes: int = 0
    hidden: int = 0


def _demuxed(container) -> dict[int, _Found]:
    found = {}
    for packet in container.demux():
        if packet.size == 0:
            continue
        stream = found.setdefault(packet.stream_index, _Found(fraction(packet.stream.time_base)))
        stream.packets += 1
        stream.num_bytes += packet.size
        stream.hidden += packet.is_discard
        # An edit list hides what lies before 0; without one, players disagree about it.
        is_shown = packet.pts is not None and packet.pts >= 0 and not packet.is_discard
        if packet.stream.type == "video" and is_shown:
            stream.ticks.append(packet.pts)
    return found


def _shift(written: dict[int, Written]) -> Fraction:
    """Return how far a container without negative timestamps may have shifted everything."""
    earliest = min((stream.first_time for stream in written.values() if stream.first_time), default=0)
    return max(Fraction(0), -Fraction(earliest))


def _check_count(path: Path, found: int, expected: int) -> None:
    if found != expected:
        raise _wrong(path, f"{expected} frames", f"{found} that a player shows")


def _check_times(path: Path, found: _Found, expected: _Found, shift: Fraction) -> Fraction:
    """Return the largest deviation of a PTS in seconds, apart from a shift of all streams."""
    tick, start = max(found.tick, expected.tick), expected.ticks[0] * expected.tick
    shown = sorted(found.ticks)
    moved = shown[0] * found.tick - start
    if not -tick <= moved <= max(shift, -start) + tick:
        raise _wrong(path, f"a start at {float(start):.4f} s", f"{float(start + moved):.4f} s")
    offset = moved if abs(moved) > tick else Fraction(0)
    worst = Fraction(0)
    for place, (new, old) in enumerate(zip(shown, expected.ticks)):
        difference = abs(new * found.tick - old * expected.tick - offset)
        worst = max(worst, difference)
        if difference > 2 * tick:
            seconds, instead = float(old * expected.tick), float(new * found.tick)
            raise _wrong(path, f"frame {place} at {seconds:.4f} s", f"{instead:.4f} s")
    return worst


def _check_stream(path: Path, index: int, found: _Found | None, expected: Written) -> None:
    if expected.packets == 0:
        return
    if found is None:
        raise _wrong(path, f"stream {index} with {expected.packets} packets", "no such stream")
    if not expected.is_met_by(found.packets, found.num_bytes):
        raise _wrong(path, f"{expected.packets} packets in stream {index}", f"{found.packets}")
    if found.hidden > expected.early and not (expected.early and found.packets != expected.packets):
        played = f"{expected.packets - expected.early} packets in stream {index} that a player plays"
        raise _wrong(path, played, f"{found.packets - found.hidden}")


def _wrong(path: Path, expected: str, found: str) -> OutputError:
    return OutputError(
        f"the written file is not right: {path}",
        detail=f"expected {expected}; found {found}",
        fix="the finished frames are kept: report this clip, and try another container meanwhile",
    )
