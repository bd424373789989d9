"""Measures of many changes in constant memory: sums for each shot and the whole, and the worst moments."""

import heapq
from collections.abc import Iterable
from dataclasses import dataclass, fields

from video.measuring.flicker import Change, ChangeMeter, sharpness
from video.measuring.measures import Measures, Moment, Shot
from video.measuring.pairing import Pair
from video.motion.shots import ShotFinder

NUM_WORST = 5


class Sums:
    """Sums of measures over frames."""

    def __init__(self):
        self._frames, self._changes, self._errors = 0, 0, 0
        self._sharp, self._input_sharp = 0.0, 0.0
        self._totals = {field.name: 0.0 for field in fields(Change)}

    def add(self, pair_sharpness: tuple[float, float], change: Change | None) -> None:
        """Add a frame.

        Args:
            pair_sharpness: of the input's frame and the output's.
            change: from the frame before; None where a shot begins.
        """
        self._frames += 1
        self._input_sharp += pair_sharpness[0]
        self._sharp += pair_sharpness[1]
        if change is None:
            return
        self._changes += 1
        self._errors += change.warping_error is not None
        for name in self._totals:
            self._totals[name] += getattr(change, name) or 0.0

    def measures(self) -> Measures:
        """Return the means and ratios."""
        error, of_input = (
            _mean(self._totals[name], self._errors) for name in ("warping_error", "input_warping_error")
        )
        return Measures(
            num_frames=self._frames,
            warping_error=error,
            input_warping_error=of_input,
            warping_ratio=_ratio(error, of_input),
            **{
                name: _mean(self._totals[name], self._changes)
                for name in ("reliable_share", "colour_flicker", "input_colour_flicker")
            },
            sharpness=_ratio(self._sharp, self._input_sharp),
        )


def _mean(total: float, count: int) -> float | None:
    return total / count if count else None


def _ratio(value: float | None, of_input: float | None) -> float | None:
    """Return a ratio; equal values, also two zeros, are 1."""
    if value is None or of_input is None:
        return None
    if value == of_input:
        return 1.0
    return value / of_input if of_input else None


class Worst:
    """The moments with the most flicker beyond the input's, at most one in each second."""

    def __init__(self, count: int):
        self._count, self._heap = count, []
        self._second: int | None = None
        self._candidate: Moment | None = None

    def add(self, moment: Moment) -> None:
        """Consider a moment; they come in order of time."""
        second = int(moment.seconds)
        if second != self._second:
            self._keep_candidate()
            self._second = second
        if self._candidate is None or moment.excess > self._candidate.excess:
            self._candidate = moment

    def moments(self) -> tuple[Moment, ...]:
        """Return the worst moments, worst first; none where the output is as steady as the input."""
        self._keep_candidate()
        return tuple(moment for _, _, moment in sorted(self._heap, reverse=True))

    def _keep_candidate(self) -> None:
        moment, self._candidate = self._candidate, None
        if moment is None or moment.excess <= 0:
            return
        heapq.heappush(self._heap, (moment.excess, -moment.frame, moment))
        if len(self._heap) > self._count:
            heapq.heappop(self._heap)


@dataclass(frozen=True)
class Summary:
    """All measures of one clip: of the whole, of every shot, and the worst moments."""

    whole: Measures
    shots: tuple[Shot, ...]
    worst: tuple[Moment, ...]


def summarize(pairs: Iterable[Pair], meter: ChangeMeter) -> Summary:
    """Measure all pairs of frames of a clip, in order, holding two pairs at a time."""
    finder, whole, worst, shots = ShotFinder(), Sums(), Worst(NUM_WORST), []
    shot = first = last = None
    for pair in pairs:
        begins = finder.begins_shot(pair.before)
        if begins:
            if shot is not None:
                shots.append(_shot(shot, first, last))
            shot, first = Sums(), pair
        change = meter.change(pair, begins_shot=begins)
        sharp = sharpness(pair.before), sharpness(pair.after)
        for sums in (whole, shot):
            sums.add(sharp, change)
        if change is not None and change.warping_error is not None:
            errors = change.warping_error, change.input_warping_error
            worst.add(Moment(pair.index, pair.seconds, *errors, change.colour_flicker))
        last = pair
    if shot is not None:
        shots.append(_shot(shot, first, last))
    return Summary(whole.measures(), tuple(shots), worst.moments())


def _shot(sums: Sums, first: Pair, last: Pair) -> Shot:
    return Shot(first.index, first.seconds, last.seconds, sums.measures())
