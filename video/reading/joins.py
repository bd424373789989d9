"""Recordings that were joined byte by byte (`cat a.ts b.ts`): where their times jump, and how they follow."""

import contextlib
import os
from dataclasses import dataclass
from fractions import Fraction

import av

from video.core.errors import MediaError
from video.core.frames import fraction
from video.core.options import Options
from video.core.timing import exact_seconds
from video.reading.opening import open_source

# Smaller steps back are errors of a muxer. No broadcast pauses for longer than a minute; slides may.
_LARGEST_STEP_BACK, _LONGEST_PAUSE = Fraction(1), Fraction(60)
_STEADY_KINDS = ("video", "audio")


@dataclass(frozen=True)
class Join:
    """A place where the times jump.

    Attributes:
        position: the byte where the next recording begins.
        end: when the recording before it ends, in seconds on the time scale of the first one.
        jump: from the last time to the next one in seconds, as they are stored.
        offset: what is added to the stored times from there on, so that they follow.
    """

    position: int
    end: Fraction
    jump: tuple[Fraction, Fraction]
    offset: Fraction


class JumpFinder:
    """Finder of jumps, which sees every packet of a file in its order.

    Args:
        is_broadcast: whether a jump ahead counts too, not only one back.

    Attributes:
        places: position of each jump in the file, and the times before and after it.
    """

    def __init__(self, *, is_broadcast: bool):
        self._longest_pause = _LONGEST_PAUSE if is_broadcast else None
        self.places: list[tuple[int, tuple[Fraction, Fraction]]] = []
        self._last: dict[int, tuple[Fraction, int]] = {}

    def add(self, packet: av.Packet) -> None:
        """Look at the next packet, with its stored times."""
        ticks = packet.dts if packet.dts is not None else packet.pts
        if ticks is None or packet.pos is None or packet.stream.type not in _STEADY_KINDS:
            return
        time, position = ticks * fraction(packet.time_base), packet.pos
        before, before_position = self._last.get(packet.stream_index, (time, position))
        self._last[packet.stream_index] = time, position
        step = time - before
        if step >= -_LARGEST_STEP_BACK and (self._longest_pause is None or step <= self._longest_pause):
            return
        if self.places and before_position < self.places[-1][0]:
            # Another stream was the first to jump here.
            known, jump = self.places[-1]
            self.places[-1] = min(known, position), jump
        else:
            self.places.append((position, (before, time)))


def joins_of(
    path: str | os.PathLike, places: list[tuple[int, tuple[Fraction, Fraction]]]
) -> tuple[Join, ...]:
    """Return the joins of a file at the places that a `JumpFinder` found in it."""
    spans: list[list[Fraction]] = [[] for _ in range(len(places) + 1)]
    # At the end, PyAV fails on streams of a broadcast that it learnt of too late.
    with open_source(path) as container, contextlib.suppress(IndexError):
        for packet in container.demux():
            if not packet.size or packet.pts is None or packet.stream.type not in _STEADY_KINDS:
                continue
            tick = fraction(packet.time_base)
            begin, end = packet.pts * tick, (packet.pts + (packet.duration or 0)) * tick
            span = spans[sum(position <= (packet.pos or 0) for position, _ in places)]
            span[:] = [min([begin, *span[:1]]), max([end, *span[1:]])]
    joins, offset = [], Fraction(0)
    for (position, jump), before, after in zip(places, spans, spans[1:]):
        if before and after:
            end = before[1] + offset
            offset = end - after[0]
            joins.append(Join(position, end, jump, offset))
    return tuple(joins)


def moved(packet: av.Packet, joins: tuple[Join, ...]) -> av.Packet:
    """Return the packet with times that follow those of the recordings before it."""
    passed = [join for join in joins if join.position <= (packet.pos or 0)]
    if passed and packet.size:
        ticks = round(passed[-1].offset / fraction(packet.time_base))
        packet.pts = None if packet.pts is None else packet.pts + ticks
        packet.dts = None if packet.dts is None else packet.dts + ticks
    return packet


def check_jump(path: str | os.PathLike, join: Join, start: Fraction, options: Options) -> None:
    """Raise MediaError unless the wanted part ends before the times jump; `start` is that of the clip."""
    seconds = join.end - start
    if options.end is not None and exact_seconds(options.end) <= seconds:
        return
    raise MediaError(
        f"the times jump at {float(seconds):.2f} s: {path}",
        detail="from {:.2f} s to {:.2f} s; the file is whole, but holds several recordings".format(
            *map(float, join.jump)
        ),
        fix="let each follow the one before (--on-time-jump close), or translate the first alone "
        f"(--end {float(seconds):.2f})",
    )


def join_warning(join: Join, start: Fraction, is_closed: bool) -> str:
    """Return the sentence about a jump; `is_closed` says that what follows begins there."""
    before, after = map(float, join.jump)
    result = (
        "what follows begins there" if is_closed else "--on-time-jump close lets what follows begin there"
    )
    return (
        f"The times jump at {float(join.end - start):.2f} s, from {before:.2f} s to {after:.2f} s, as where "
        f"recordings are joined; {result}."
    )
