"""Stills of a clip at given times, each with the frame before it."""

from collections.abc import Sequence
from pathlib import Path

import video
from cyclegan_tf.reports.pictures import data_uri

SIZE = {"most_side": 640, "most_bytes": 80_000}
# Containers round times, Matroska to milliseconds.
_TOLERANCE_SECONDS = 0.005


def stills_at(
    path: str | Path, seconds: Sequence[float], *, from_first: bool
) -> dict[float, tuple[str, str]]:
    """Read the frames of a clip that are shown at some times, in one pass that ends with the last of them.

    Args:
        path: of the clip.
        seconds: the times.
        from_first: whether times count from the first frame, not from the clip's zero.

    Returns:
        The frame before and the frame itself, as data URIs, by time; times after the clip's end are left out.

    Raises:
        UsageError: the path is a URL.
        MediaError: the clip is missing or cannot be read.
    """
    waiting, found = sorted(set(seconds), reverse=True), {}
    first = before = None
    for pixels, time in video.read_clip(path):
        if not waiting:
            break
        first = time if first is None else first
        shown = float(time - first if from_first else time)
        if shown >= waiting[-1] - _TOLERANCE_SECONDS:
            pair = pixels if before is None else before, pixels
            uris = data_uri(pair[0], **SIZE), data_uri(pair[1], **SIZE)
            while waiting and shown >= waiting[-1] - _TOLERANCE_SECONDS:
                found[waiting.pop()] = uris
        before = pixels
    return found
