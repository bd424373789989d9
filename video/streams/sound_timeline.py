"""Positions of audio samples in time, whatever gaps and overlaps the source has."""

from collections.abc import Iterator
from fractions import Fraction

import numpy as np

from video.core.timing import Span

# Containers round timestamps, Matroska to 1 ms; a smaller deviation than this is not a gap.
_ROUNDING_SECONDS = Fraction(1, 50)


class SoundTimeline:
    """Placement of blocks of samples without seams, each at its own time.

    Gaps are filled with silence, because encoders drop gaps; overlaps are cut.

    Args:
        rate: samples per second.
        span: the part that is kept; the cut is exact to the sample.
    """

    def __init__(self, rate: int, span: Span):
        self._rate = rate
        self._position: int | None = None
        self._first = None if span.start is None else 0
        self._last = None if span.end is None else round((span.end - span.origin) * rate)

    @property
    def has_begun(self) -> bool:
        """Whether any sample has been placed."""
        return self._position is not None

    def placed(self, samples: np.ndarray, start: int | None) -> Iterator[tuple[np.ndarray, int]]:
        """Yield float32 samples, (any number, channels), each with the position of its first.

        Args:
            samples: (num_samples, channels).
            start: position by their timestamp, None if they have none.
        """
        if self._position is None:
            start = start or 0
            self._position = start if self._first is None else max(start, self._first)
            if start + len(samples) <= self._position:
                self._position = None
                return
            samples = samples[self._position - start :]
            start = self._position
        ahead = 0 if start is None else start - self._position
        if abs(ahead) <= _ROUNDING_SECONDS * self._rate:
            ahead = 0
        for length in self._lengths(ahead):
            yield from self._advanced(np.zeros((length, samples.shape[1]), np.float32))
        yield from self._advanced(samples[max(0, -ahead) :])

    def _lengths(self, silence: int) -> Iterator[int]:
        """Split silence into seconds, so that an hour of it takes little memory."""
        while silence > 0:
            yield min(silence, self._rate)
            silence -= self._rate

    def _advanced(self, samples: np.ndarray) -> Iterator[tuple[np.ndarray, int]]:
        if self._last is not None:
            samples = samples[: max(0, self._last - self._position)]
        if len(samples):
            yield samples, self._position
            self._position += len(samples)
