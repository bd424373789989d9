"""Where each sample of a sound lies, whatever holes and overlaps its source has."""

from collections.abc import Iterator
from fractions import Fraction

import numpy as np

from video.core.timing import Span

# Containers round times, to 1 ms in Matroska; what is off by less than this is no hole.
_ROUNDING_SECONDS = Fraction(1, 50)


class SoundTimeline:
    """Puts blocks of samples side by side without a seam, each at its own time.

    A hole is filled with silence, because encoders close holes up; what overlaps is cut.

    Args:
        rate: samples a second.
        span: the part that is kept; what lies outside is cut off to the sample.
    """

    def __init__(self, rate: int, span: Span):
        self._rate, self._position = rate, None
        self._first = None if span.start is None else 0
        self._last = None if span.end is None else round((span.end - span.origin) * rate)

    @property
    def has_begun(self) -> bool:
        """Whether any sample has its place."""
        return self._position is not None

    def placed(self, samples: np.ndarray, start: int | None) -> Iterator[tuple[np.ndarray, int]]:
        """Yield float32 samples, (any number, channels), each with the position of its first.

        Args:
            samples: (num_samples, channels).
            start: the position they say they have, None when they say none.
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
        """Split a silence into seconds, so that an hour of it takes no memory."""
        while silence > 0:
            yield min(silence, self._rate)
            silence -= self._rate

    def _advanced(self, samples: np.ndarray) -> Iterator[tuple[np.ndarray, int]]:
        if self._last is not None:
            samples = samples[: max(0, self._last - self._position)]
        if len(samples):
            yield samples, self._position
            self._position += len(samples)
