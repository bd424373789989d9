"""Batches of frames for the callable: full ones, each picture once, and smaller ones when memory runs out."""

import time
from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import replace

import numpy as np

from video.core.errors import FrameError, MachineError, TranslationError
from video.core.frames import Frame

Translate = Callable[[np.ndarray], np.ndarray]

BATCH_SIZES = (1, 2, 4, 8)
_WORTH_IT = 0.95
_SECONDS_OF_SEARCH = 4.0


class Batcher:
    """A stage that sends frames through a callable.

    A picture that equals the previous one is translated once. A batch never crosses the border of a group,
    so that a segment does not depend on the others of the same run.

    Args:
        translate: from uint8 RGB (batch_size, height, width, 3) to the same shape.
        batch_size: frames in each call; a smaller batch is filled with copies of the last picture.
        group: from a frame's index to its group; see `video.pipeline.grouping`.

    Attributes:
        batch_size: the current one; it is halved whenever memory runs out.
        pictures_translated: pictures that the callable translated, without the copies.
    """

    def __init__(self, translate: Translate, batch_size: int, group: Callable[[int], Hashable]):
        self._translate, self._group = translate, group
        self.batch_size, self.pictures_translated = batch_size, 0

    def __call__(self, frames: Iterable[Frame]) -> Iterator[tuple[Frame, Frame]]:
        """Yield every frame before and after its translation.

        Raises:
            TranslationError: the callable returned something other than translated pictures.
            MachineError: there is too little memory for one picture at a time.
        """
        batch, distinct = [], 0
        for frame in frames:
            if batch and self._group(batch[-1].index) != self._group(frame.index):
                yield from self._translated(batch)
                batch, distinct = [], 0
            repeats = bool(batch) and _are_equal(batch[-1], frame)
            if not repeats and distinct == self.batch_size:
                yield from self._translated(batch)
                batch, distinct = [], 0
            if repeats:
                frame = replace(frame, picture=replace(frame.picture, pixels=batch[-1].picture.pixels))
            batch.append(frame)
            distinct += not repeats
        if batch:
            yield from self._translated(batch)

    def _translated(self, batch: list[Frame]) -> Iterator[tuple[Frame, Frame]]:
        distinct = [frame for frame, before in zip(batch, [None, *batch]) if not _is_same(frame, before)]
        results = iter(self._pictures(distinct))
        before = result = None
        for frame in batch:
            result = result if _is_same(frame, before) else next(results)
            before = frame
            yield frame, replace(frame, picture=replace(frame.picture, pixels=result))

    def _pictures(self, frames: list[Frame]) -> Iterator[np.ndarray]:
        """Yield a translated picture for each frame, in smaller batches if memory runs out."""
        done = 0
        while done < len(frames):
            part = frames[done : done + self.batch_size]
            try:
                results = translate_batch(self._translate, part, self.batch_size)
            except MemoryError as error:
                self._halve(part[0], error)
                continue
            done += len(part)
            self.pictures_translated += len(part)
            yield from results

    def _halve(self, frame: Frame, error: MemoryError) -> None:
        if self.batch_size == 1:
            height, width = frame.picture.pixels.shape[:2]
            raise MachineError(
                f"there is too little memory to translate frame {frame.index}",
                detail=f"one picture of {width}x{height} does not fit ({error})",
                fix="close other programs, or scale the clip down first",
            ) from error
        self.batch_size //= 2


def translate_batch(translate: Translate, frames: list[Frame], batch_size: int) -> list[np.ndarray]:
    """Return the translated pixels of a few frames.

    Args:
        translate: the callable; it always gets `batch_size` pictures, so that it compiles only once.
        frames: at most `batch_size`.
        batch_size: pictures per call.

    Raises:
        TranslationError: the result is not a batch of such pictures.
    """
    pictures = [frame.picture.pixels for frame in frames]
    batch = np.stack(pictures + pictures[-1:] * (batch_size - len(pictures)))
    first, last = frames[0].index, frames[-1].index
    try:
        result = np.asarray(translate(batch))
    except FrameError as error:
        raise TranslationError(
            f"frame {frames[min(error.place, len(frames) - 1)].index} cannot be translated",
            detail=error.why,
            fix="check the model with other pictures; nothing was written",
        ) from error
    if result.shape != batch.shape or result.dtype != np.uint8:
        raise TranslationError(
            f"the translation of frames {first} to {last} is not a batch of frames",
            detail=f"expected uint8 {batch.shape}; found {result.dtype} {result.shape}",
            fix="let the callable return uint8 RGB frames of the size it was given",
        )
    # Copies, because the callable may reuse its buffer while the encoder still reads.
    return [result[place].copy() for place in range(len(frames))]


def find_batch_size(translate: Translate, frame: Frame) -> int:
    """Return the batch size with the least time per picture, by trying a few on one frame.

    The search ends when a larger batch gains too little, when memory runs out, or after a few seconds.
    """
    best, least, began = BATCH_SIZES[0], None, time.perf_counter()
    for size in BATCH_SIZES:
        try:
            seconds = seconds_per_picture(translate, frame, size, warm=least is None)
        except MemoryError:
            break
        if least is not None and seconds > _WORTH_IT * least:
            break
        best, least = size, seconds
        if time.perf_counter() - began > _SECONDS_OF_SEARCH:
            break
    return best


def seconds_per_picture(translate: Translate, frame: Frame, size: int, *, warm: bool = True) -> float:
    """Return the seconds per picture in a batch of `size`; with `warm`, let the callable compile first."""
    if warm:
        translate_batch(translate, [frame] * size, size)
    began = time.perf_counter()
    translate_batch(translate, [frame] * size, size)
    return (time.perf_counter() - began) / size


def _is_same(frame: Frame, before: Frame | None) -> bool:
    return before is not None and frame.picture.pixels is before.picture.pixels


def _are_equal(one: Frame, other: Frame) -> bool:
    return one.picture.pixels is other.picture.pixels or np.array_equal(
        one.picture.pixels, other.picture.pixels
    )
