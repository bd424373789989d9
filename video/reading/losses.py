"""What is missing of a clip: its end, or packets in its middle."""

import os
from dataclasses import dataclass
from fractions import Fraction
from statistics import median

from video.core.errors import MediaError
from video.reading.packets import PacketSummary
from video.reading.structure import Damage


def missing_end(seen: PacketSummary, declared: Fraction, damage: Damage) -> str:
    """Return why data must be missing after a break in the structure; empty when nothing is missing."""
    if damage.broken_at is None or declared - seen.end_of_all <= Fraction(3, 2) / seen.rate:
        return ""
    return f"it declares {float(declared):.2f} s; its data end at {float(seen.end_of_all):.2f} s"


@dataclass(frozen=True)
class Loss:
    """A place where packets are missing.

    Attributes:
        index: of the first frame that is missing.
        pts: of the frame before it, in the video's time base.
        reason: why packets must be missing.
    """

    index: int
    pts: int
    reason: str


def loss_of(seen: PacketSummary, damage: Damage, lacks_end: bool) -> Loss | None:
    """Return where a break in the file's structure lost packets, None when it did not."""
    if damage.broken_at is None or not (damage.broken_at < seen.last_position or lacks_end):
        return None
    reason = f"the file's structure is broken at byte {damage.broken_at}"
    return Loss(seen.num_before, seen.last_before or min(seen.times), reason)


def gap_in(seen: PacketSummary) -> Loss | None:
    """Return the first gap in the timestamps that is longer than usual, None without a gap."""
    times = sorted(seen.times)
    steps = [after - before for before, after in zip(times, times[1:])]
    typical = median(steps) if steps else 0
    for index, step in enumerate(steps):
        if 2 * step > 3 * typical:
            return Loss(index + 1, times[index], "the timestamps of its packets have a gap")
    return None


def check_is_whole(path: str | os.PathLike, loss: Loss | None, seconds: Fraction) -> None:
    """Raise MediaError if packets are missing.

    Args:
        path: of the clip.
        loss: where they are missing, None if none is.
        seconds: from the clip's start until there.
    """
    if loss is None:
        return
    raise MediaError(
        f"frame {loss.index} cannot be read: {path}",
        detail=f"the data are damaged after {float(seconds):.2f} s ({loss.reason})",
        fix="copy or download the clip again, or continue without it (--on-bad-frame skip or repeat)",
    )


def check_is_complete(path: str | os.PathLike, cut: str) -> None:
    """Raise MediaError if the end of a clip is missing; `cut` says why it must be."""
    if cut:
        raise MediaError(
            f"the clip is cut short or damaged: {path}",
            detail=cut,
            fix="copy or download it again, or translate the rest (--on-bad-frame skip)",
        )
