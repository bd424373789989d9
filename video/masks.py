"""Masks from outside: the translation where they are white, the source where they are black."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import cv2
import numpy as np

from video.core.errors import MediaError, UsageError
from video.core.frames import Frame
from video.core.options import Options
from video.core.source_info import SourceInfo
from video.core.timing import frames_expected
from video.probe import inspect_source, open_frames

# A codec leaves black and white a few levels off; black must keep the source exactly.
_BLACK, _WHITE = 4, 251


def composited(before: Frame, after: Frame, mask: np.ndarray) -> Frame:
    """Composite a translated frame over its source.

    Args:
        before: the source's frame.
        after: the same frame, translated.
        mask: uint8 (height, width) of any size; 255 takes the translation, 0 the source.
    """
    pixels = composite_pixels(before.picture.pixels, after.picture.pixels, mask)
    return replace(after, picture=replace(after.picture, pixels=pixels))


def composite_pixels(before: np.ndarray, after: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Return uint8 (height, width, 3) between two such pictures, by a mask as for `composited`."""
    height, width = before.shape[:2]
    mask = cv2.resize(mask, (width, height), interpolation=cv2.INTER_LINEAR)
    levels = np.where(mask <= _BLACK, 0, np.where(mask >= _WHITE, 255, mask))
    share = levels[..., np.newaxis] / np.float32(255)
    return np.rint(before + share * (after.astype(np.float32) - before)).astype(np.uint8)


def check_masks(options: Options, frames_total: int) -> None:
    """Check that there is a mask for each frame.

    Args:
        options: of the translation; `masks` is the clip, folder or pattern of masks, or None.
        frames_total: frames of the source that are translated.

    Raises:
        UsageError: a part or a rate is asked for, and pictures have no times.
        MediaError: the masks cannot be read, or are too many or too few.
    """
    if options.masks is None:
        return
    options, info = _inspected(options)
    is_part = (options.start, options.end, options.fps) != (None, None, None)
    if info.kind == "sequence" and is_part:
        raise UsageError(
            f"masks as pictures have no times of their own: {options.masks}",
            detail="--start, --end and --fps choose frames by their times",
            fix="give the masks as a clip, or leave these options out",
        )
    found = frames_expected(info, options)
    # Of a part both numbers are estimates; `opened_masks` counts.
    if abs(found - frames_total) > int(is_part):
        raise _other_number(options, frames_total, found)


@contextmanager
def opened_masks(options: Options, frames_total: int) -> Iterator[Callable[[int], np.ndarray] | None]:
    """Open the masks of a translation and close them after the context.

    Args:
        options: as for `check_masks`.
        frames_total: likewise.

    Yields:
        A function from a frame's `source_index`, which never falls, to its mask, uint8 (height, width); None
        without masks.
    """
    if options.masks is None:
        yield None
        return
    options, info = _inspected(options)
    with open_frames(info, options) as source:
        masks, mask = source.frames(lambda _: True), None

        def mask_of(index: int) -> np.ndarray:
            nonlocal mask
            while mask is None or mask.source_index < index:
                mask = next(masks, None)
                if mask is None:
                    raise _other_number(options, frames_total, source.frames_read)
            return cv2.cvtColor(mask.picture.pixels, cv2.COLOR_RGB2GRAY)

        yield mask_of


def _inspected(options: Options) -> tuple[Options, SourceInfo]:
    """Return the options for reading the masks, and what they are; a stream's number is the source's."""
    options = replace(options, video_stream=None)
    return options, inspect_source(options.masks, options)


def _other_number(options: Options, expected: int, found: int) -> MediaError:
    return MediaError(
        f"there is not one mask for each frame: {options.masks}",
        detail=f"expected {expected} masks; found {found}",
        fix="make the masks from this clip, one for each of its frames",
    )
