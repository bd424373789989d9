"""Timestamps of frames: durations, trimming, a constant rate. All times are exact fractions.

Everything here works on a stream, one or two items at a time, and never looks at the pictures.
"""

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from video.core.errors import UsageError
from video.core.options import Options
from video.core.source_info import SourceInfo

# 23.98 differs from 24000/1001 by one part in 6000; whole rates differ by five times as much.
_RATE_TOLERANCE = Fraction(1, 5000)
_MICROSECONDS = 1_000_000
_MILLISECOND = Fraction(1, 1000)
# libvpx counts in ticks of 100 ns. An mp4 stores steps and offsets in 31 bits; reordered frames have offsets
# of several steps.
_TICKS = (Fraction(1, 10**7), Fraction(1, 10**6), Fraction(1, 90000), _MILLISECOND)
_STEPS_OF_AN_OFFSET, _LARGEST_OFFSET = 8, 2**31


@dataclass(frozen=True)
class Timed:
    """An item with its timestamp and duration.

    Attributes:
        item: what is shown; the same object when it is shown again.
        pts: when it is shown, in units of a time base.
        duration: for how long, in the same units; at least 1.
    """

    item: Any
    pts: int
    duration: int


@dataclass(frozen=True)
class Span:
    """The requested part of a clip, in seconds on the time scale of its packets.

    Attributes:
        start: of the part; it becomes time 0 of the result. None keeps all.
        end: of the part, exclusive; None for the end of the clip.
        zero: what becomes time 0 of the result where there is no `start`.
    """

    start: Fraction | None = None
    end: Fraction | None = None
    zero: Fraction = Fraction(0)

    @property
    def origin(self) -> Fraction:
        """The time that is subtracted from the timestamps of every stream."""
        return self.zero if self.start is None else self.start

    @property
    def is_whole(self) -> bool:
        """Whether the part is the whole clip."""
        return self.start is None and self.end is None


def span_of(source: SourceInfo, options: Options) -> Span:
    """Return the part of a clip that the options ask for.

    Raises:
        UsageError: that part starts after the end of the clip.
    """
    if options.start is not None and exact_seconds(options.start) >= source.duration:
        raise UsageError(
            f"the start is after the end of the clip: {source.path}",
            detail=f"expected less than {float(source.duration):.2f} s; found {float(options.start):g}",
            fix="0 is the beginning of the clip",
        )
    start, end = (
        None if seconds is None else source.start + exact_seconds(seconds)
        for seconds in (options.start, options.end)
    )
    return Span(start, end, source.zero)


def duration_of(source: SourceInfo, options: Options) -> Fraction:
    """Return the seconds of the part of a clip that the options ask for."""
    end = source.duration if options.end is None else min(exact_seconds(options.end), source.duration)
    return max(Fraction(0), end - exact_seconds(options.start or 0))


def frames_expected(source: SourceInfo, options: Options) -> int:
    """Return the expected number of frames of the result, before anything is decoded; at least 1.

    It is exact for a part of a clip of constant rate, also where the sound is longer than the pictures.
    """
    first, last = source.video_start, source.duration if source.video_end is None else source.video_end
    start = max(first, exact_seconds(options.start or 0))
    end = last if options.end is None else min(last, exact_seconds(options.end))
    if options.fps is not None:
        return max(1, math.ceil((end - start) * snapped_rate(options.fps)))
    if last <= first or not source.frames_total:
        return source.frames_total
    step = (last - first) / source.frames_total
    return max(1, math.ceil((end - first) / step) - math.ceil((start - first) / step))


def exact_seconds(seconds: float | Fraction) -> Fraction:
    """Return the number that a person meant: 0.1 is exactly a tenth, which no float is."""
    return Fraction(seconds).limit_denominator(_MICROSECONDS)


def snapped_rate(rate: float | Fraction) -> Fraction:
    """Return the exact rate that a person meant: 29.97 and 59.94 are 30000/1001 and 60000/1001.

    Args:
        rate: frames per second, above 0; whole numbers and NTSC fractions are kept.
    """
    exact = Fraction(rate).limit_denominator(_MICROSECONDS)
    television = Fraction(round(exact * Fraction(1001, 1000)) * 1000, 1001)
    if exact.denominator != 1 and abs(exact - television) < exact * _RATE_TOLERANCE:
        return television
    return exact


def writable_tick(tick: Fraction, longest_step: Fraction) -> Fraction:
    """Return the tick itself, or the finest longer one in which every encoder and container can count.

    Args:
        tick: seconds in one unit of the source's times.
        longest_step: the longest time in seconds between two frames.
    """
    ticks = [*([tick] if tick >= _TICKS[0] else []), *(longer for longer in _TICKS if longer > tick)]
    fit = (one for one in ticks if longest_step * _STEPS_OF_AN_OFFSET / one < _LARGEST_OFFSET)
    return next(fit, ticks[-1])


def track_tick(tick: Fraction) -> Fraction:
    """Return the tick of a track that is carried along, between whose packets an hour may pass."""
    return tick if tick > _TICKS[0] else _MILLISECOND


def in_ticks(items: Iterable[Timed], old: Fraction, new: Fraction) -> Iterator[Timed]:
    """Convert times from ticks of `old` seconds to the nearest ticks of `new` seconds; each stays later."""
    earliest = None
    for timed in items:
        pts, end = (round(time * old / new) for time in (timed.pts, timed.pts + timed.duration))
        pts = pts if earliest is None else max(pts, earliest)
        earliest = pts + 1
        yield Timed(timed.item, pts, max(1, end - pts))


def with_durations(
    shown: Iterable[tuple[Any, int]], last_duration: Callable[[Any, int], int]
) -> Iterator[Timed]:
    """Give every item the time until the next one as its duration.

    Args:
        shown: (item, pts), each later than the previous one.
        last_duration: from the last item and its pts to its duration.
    """
    previous = None
    for item, pts in shown:
        if previous:
            yield Timed(*previous, pts - previous[1])
        previous = item, pts
    if previous:
        yield Timed(*previous, last_duration(*previous))


def trimmed(items: Iterable[Timed], time_base: Fraction, span: Span) -> Iterator[Timed]:
    """Drop items that begin outside of a part, and shift the part to time 0.

    The first item that is kept is the first that begins in the part; it keeps its distance from the part's
    start. The item at the part's end is cut there.
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
        # The rest may be missing or damaged: do not ask for it.
        if end is not None and timed.pts + timed.duration >= end:
            return


def on_grid(items: Iterable[Timed], time_base: Fraction, rate: Fraction) -> Iterator[Timed]:
    """Resample to a constant rate: at every 1/rate seconds the item that a player would show then.

    Args:
        items: in order, without gaps.
        time_base: seconds in one unit of their times.
        rate: of the result.

    Yields:
        Items with times in units of 1/rate, one unit long each, repeated or dropped; at least one if there
        is any.
    """
    # Containers round times to their ticks: a frame at 66.73 ms may say 67, and is shown at 66.73.
    tolerance = min(time_base, _MILLISECOND)
    slot, timed, is_empty = None, None, True
    for timed in items:
        first, after = (
            math.ceil((pts * time_base - tolerance) * rate) for pts in (timed.pts, timed.pts + timed.duration)
        )
        slot = first if slot is None else slot
        while slot < after:
            yield Timed(timed.item, slot, 1)
            slot, is_empty = slot + 1, False
    if timed is not None and slot is not None and is_empty:
        yield Timed(timed.item, slot, 1)
