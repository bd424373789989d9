"""What happens to frames that cannot be decoded."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from video.core.errors import MediaError
from video.reading.decoded_frame import DecodedFrame

# The reason of a bad frame of which the file holds nothing.
MISSING = "it is missing from the damaged file"
# At most one frame in this many may be bad.
_FRAMES_PER_BAD_ONE = 100


class BadFrames:
    """Counter of frames that cannot be decoded, with a limit.

    One bad frame is always accepted unless the policy is 'stop', so that a short clip can be repaired too.

    Args:
        path: the source.
        total: expected number of frames.
        policy: 'stop', 'skip' or 'repeat'.
        spare: how many more to accept, for example where a clip was cut off within a group of pictures.

    Attributes:
        skipped: frames that were left out.
        repeated: frames that were replaced by the previous picture.
    """

    def __init__(self, path: str, total: int, policy: str, spare: int = 0):
        self._path, self._policy = path, policy
        self._allowed = max(1, total // _FRAMES_PER_BAD_ONE) + spare
        self.skipped, self.repeated = 0, 0

    def add(self, index: int, reason: str, *, has_picture: bool) -> bool:
        """Count a bad frame.

        Args:
            index: its position in the source, from 0.
            reason: what is wrong with it.
            has_picture: whether there is a previous picture.

        Returns:
            Whether the previous picture is repeated in its place; otherwise the frame is left out.

        Raises:
            MediaError: the policy is 'stop', or more than 1 % (and more than one) are bad.
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
        """Return a sentence if there were bad frames."""
        if not self.skipped + self.repeated:
            return []
        return [
            f"{self.skipped + self.repeated} frames could not be decoded: {self.skipped} were left out, "
            f"{self.repeated} show the picture before."
        ]


class BadFrameCounts:
    """The counts of a frame source that collects its bad frames in `_bad`."""

    _bad: BadFrames

    @property
    def frames_skipped(self) -> int:
        """Frames that could not be decoded and were left out."""
        return self._bad.skipped

    @property
    def frames_repeated(self) -> int:
        """Frames that could not be decoded and were replaced by the previous picture."""
        return self._bad.repeated


def with_missing_frames(
    frames: Iterable[DecodedFrame], step: int, *, everywhere: bool
) -> Iterator[DecodedFrame]:
    """Insert a bad frame for every frame that is missing in a clip of constant frame rate.

    Args:
        frames: in order.
        step: ticks per frame; a gap is longer than one and a half of it.
        everywhere: whether every gap counts, or only one beside a bad frame.
    """
    last: DecodedFrame | None = None
    for frame in frames:
        if last is not None and (everywhere or not (last.is_good and frame.is_good)):
            gap = frame.pts - last.pts
            if 2 * gap > 3 * step:
                for number in range(1, round(gap / step)):
                    pts = last.pts + number * step
                    yield DecodedFrame(None, pts, MISSING)
        yield frame
        last = frame


def repaired(frames: Iterable[Any], repeats: Callable[[Any, bool], bool]) -> Iterator[tuple[Any, int]]:
    """Fill the gaps that bad frames leave, so that all later frames keep their time.

    The previous frame is shown longer in place of a frame that is left out. At the start, the first good
    frame is shown earlier instead.

    Args:
        frames: in order, with `pts` and `frame`, which is None for a bad one.
        repeats: called with a bad frame and whether there is a previous picture; returns whether to repeat
            that picture.

    Yields:
        (good frame, PTS); to repeat a frame, the same object again.
    """
    last, earliest = None, None
    for frame in frames:
        if frame.frame is not None:
            yield frame, frame.pts if earliest is None else earliest
            last, earliest = frame, None
        elif repeats(frame, last is not None):
            yield last, frame.pts
        elif last is None and earliest is None:
            earliest = frame.pts
