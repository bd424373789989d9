"""When frames are shown: their durations, a part of them, a constant rate. All times are exact.

Everything here works on what passes by, a frame or two at a time, and never looks at what is shown.
"""

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from video.core.errors import UsageError
from video.core.options import Options
from video.core.source_info import SourceInfo

# 23.98 is one part in 6000 away from 24000/1001; whole rates are five times as far from their neighbour.
_RATE_TOLERANCE = Fraction(1, 5000)
_MICROSECONDS = 1_000_000
_MILLISECOND = Fraction(1, 1000)


@dataclass(frozen=True)
class Timed:
    """Something that is shown at a time for a time.

    Attributes:
        item: what is shown; the same object where the same is shown again.
        pts: when, in units of a time base.
        duration: for how long, in the same units; at least 1.
    """

    item: Any
    pts: int
    duration: int


@dataclass(frozen=True)
class Span:
    """The part of a clip that is wanted, in seconds on the time scale of its packets.

    Attributes:
        start: nothing before it is wanted; it is the result's 0. None wants all and leaves times as they are.
        end: nothing from here on is wanted; None for all.
    """

    start: Fraction | None = None
    end: Fraction | None = None

    @property
    def origin(self) -> Fraction:
        """The time that every stream subtracts from its times."""
        return self.start or Fraction(0)


def span_of(source: SourceInfo, options: Options) -> Span:
    """Returns which part of a clip the options ask for.

    Raises:
        UsageError: that part lies behind the clip's end.
    """
    if options.start is not None and exact_seconds(options.start) >= source.duration:
        raise UsageError(
            f"the start lies behind the end of the clip: {source.path}",
            detail=f"expected less than {float(source.duration):.2f} s; found {float(options.start):g}",
            fix="0 is the beginning of the clip",
        )
    start, end = (
        None if seconds is None else source.start + exact_seconds(seconds)
        for seconds in (options.start, options.end)
    )
    return Span(start, end)


def frames_expected(source: SourceInfo, options: Options) -> int:
    """Returns how many frames the result will have, as far as it can be known before decoding."""
    start = exact_seconds(options.start or 0)
    end = source.duration if options.end is None else min(exact_seconds(options.end), source.duration)
    seconds = max(Fraction(0), end - start)
    if options.fps is not None:
        return max(1, math.ceil(seconds * snapped_rate(options.fps)))
    if seconds == source.duration or not source.duration:
        return source.frames_total
    return math.ceil(source.frames_total * seconds / source.duration)


def exact_seconds(seconds: float | Fraction) -> Fraction:
    """Returns the number that a person meant: 0.1 is a tenth, which no float is."""
    return Fraction(seconds).limit_denominator(_MICROSECONDS)


def snapped_rate(rate: float | Fraction) -> Fraction:
    """Returns the exact rate that a person meant: 29.97 and 59.94 are 30000/1001 and 60000/1001.

    Args:
        rate: frames a second, above 0; whole numbers and fractions of television are kept.
    """
    exact = Fraction(rate).limit_denominator(_MICROSECONDS)
    television = Fraction(round(exact * Fraction(1001, 1000)) * 1000, 1001)
    if exact.denominator != 1 and abs(exact - television) < exact * _RATE_TOLERANCE:
        return television
    return exact


def with_durations(
    shown: Iterable[tuple[Any, int]], last_duration: Callable[[Any, int], int]
) -> Iterator[Timed]:
    """Gives everything the time until the next as its duration.

    Args:
        shown: (item, pts), each later than the one before.
        last_duration: from the last item and its pts to its duration.
    """
    held = None
    for item, pts in shown:
        if held:
            yield Timed(*held, pts - held[1])
        held = item, pts
    if held:
        yield Timed(*held, last_duration(*held))


def trimmed(items: Iterable[Timed], time_base: Fraction, span: Span) -> Iterator[Timed]:
    """Leaves out what begins outside of a part, and lets the part's times begin at 0.

    The first that is kept is the first that begins in the part, at its own distance from the part's
    start; what is shown at the part's end is shown no longer than until then.
    """
    start = None if span.start is None else span.start / time_base
    end = None if span.end is None else span.end / time_base
    shift = round(span.origin / time_base)
    for timed in items:
        if start is not None and timed.pts < start:
            continue
        if end is not None and timed.pts >= end:
            return
        until_end = timed.duration if end is None else max(1, round(end) - timed.pts)
        yield replace(timed, pts=timed.pts - shift, duration=min(timed.duration, until_end))
        # What follows need not be there, nor be whole.
        if end is not None and timed.pts + timed.duration >= end:
            return


def on_grid(items: Iterable[Timed], time_base: Fraction, rate: Fraction) -> Iterator[Timed]:
    """Shows at every 1/rate seconds what a player would show then; items are repeated or left out.

    Args:
        items: in order, without gaps.
        time_base: seconds in one unit of their times.
        rate: of the result.

    Yields:
        Items with times in units of 1/rate, one unit long each; at least one when there is any.
    """
    # Containers round times to their ticks: a frame at 66.73 ms may say 67, and is shown at 66.73.
    tolerance = min(time_base, _MILLISECOND)
    place, timed, is_empty = None, None, True
    for timed in items:
        first, behind = (
            math.ceil((pts * time_base - tolerance) * rate) for pts in (timed.pts, timed.pts + timed.duration)
        )
        place = first if place is None else place
        while place < behind:
            yield Timed(timed.item, place, 1)
            place, is_empty = place + 1, False
    if timed is not None and place is not None and is_empty:
        yield Timed(timed.item, place, 1)
