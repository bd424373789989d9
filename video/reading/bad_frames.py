"""What becomes of a frame that cannot be decoded."""

from collections.abc import Callable, Iterable, Iterator

from video.core.errors import MediaError
from video.reading.decoding import Shot

_MAX_SHARE = 100


class BadFrames:
    """Counts frames that cannot be decoded, and says when it is enough.

    One bad frame is always let pass where the policy allows any, so that a short clip can be mended too.

    Args:
        path: what is read.
        total: the number of frames to expect.
        policy: 'stop', 'skip' or 'repeat'.
        spare: how many more to let pass, as where a clip is known to be cut in mid-picture.

    Attributes:
        skipped: frames left out.
        repeated: frames that got the picture before.
    """

    def __init__(self, path: str, total: int, policy: str, spare: int = 0):
        self._path, self._policy = path, policy
        self._allowed = max(1, total // _MAX_SHARE) + spare
        self.skipped, self.repeated = 0, 0

    def add(self, index: int, reason: str, *, has_picture: bool) -> bool:
        """Takes note of a bad frame.

        Args:
            index: its place in the source, from 0.
            reason: what is wrong with it.
            has_picture: whether there is a picture before it.

        Returns:
            Whether the picture before is shown in its place; otherwise it is left out.

        Raises:
            MediaError: the policy is to stop, or more than 1 % (and more than one) are bad.
        """
        count = self.skipped + self.repeated + 1
        if self._policy == "stop" or count > self._allowed:
            raise MediaError(
                f"frame {index} cannot be decoded: {self._path}",
                detail=reason if count == 1 else f"{reason}; it is number {count} of at most {self._allowed}",
                fix="copy the source again, or go on without it (--on-bad-frame skip or repeat; at most 1 %)",
            )
        repeats = self._policy == "repeat" and has_picture
        self.repeated += repeats
        self.skipped += not repeats
        return repeats

    def warnings(self) -> list[str]:
        """Returns a sentence when there was any."""
        if not self.skipped + self.repeated:
            return []
        return [
            f"{self.skipped + self.repeated} frames could not be decoded: {self.skipped} were left out, "
            f"{self.repeated} show the picture before."
        ]


class CountsBadFrames:
    """What every source of frames says of those that it could not decode, which it adds to `_bad`."""

    _bad: BadFrames

    @property
    def frames_skipped(self) -> int:
        """Frames that could not be decoded and were left out."""
        return self._bad.skipped

    @property
    def frames_repeated(self) -> int:
        """Frames that could not be decoded and got the picture before."""
        return self._bad.repeated


def with_gaps_told(shots: Iterable[Shot], step: int, *, everywhere: bool) -> Iterator[Shot]:
    """Puts a bad frame wherever one is missing without a trace, in a clip of a constant rate.

    Args:
        shots: in order.
        step: ticks from frame to frame; a gap counts from one and a half of it.
        everywhere: whether every gap tells of a loss, or only one beside a bad frame.
    """
    last = None
    for shot in shots:
        is_told = last is not None and (everywhere or last.frame is None or shot.frame is None)
        if is_told and 2 * (shot.pts - last.pts) > 3 * step:
            for number in range(1, round((shot.pts - last.pts) / step)):
                yield Shot(None, last.pts + number * step, "it is missing from the damaged file")
        yield shot
        last = shot


def mended(shots: Iterable[Shot], told: Callable[[Shot, bool], bool]) -> Iterator[tuple[Shot, int]]:
    """Closes the places of bad frames, so that everything behind them keeps its time.

    A frame that is left out leaves its time to the one before; at the very beginning, to the one behind.

    Args:
        shots: in order, good and bad.
        told: from a bad shot, and whether there is a picture before it, to whether that is to be repeated.

    Yields:
        (good shot, pts); a repeated one again, the same object.
    """
    held, earliest = None, None
    for shot in shots:
        if shot.frame is not None:
            yield shot, shot.pts if earliest is None else earliest
            held, earliest = shot, None
        elif told(shot, held is not None):
            yield held, shot.pts
        elif held is None and earliest is None:
            earliest = shot.pts
