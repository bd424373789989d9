"""A preview before a long run: stills from across the clip, and the expected duration of the run."""

from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import islice
from pathlib import Path

import cv2
import numpy as np

from video.core.errors import MediaError
from video.core.files import write_atomic
from video.core.frames import Frame
from video.core.timing import exact_seconds
from video.masks import composite_pixels, opened_masks
from video.pictures.encoding import encode_png
from video.pipeline.batching import Translate, find_batch_size, seconds_per_picture, translate_batch
from video.plan import Plan
from video.probe import open_frames

NUM_STILLS = 5
_GAP_PIXELS = 8
_MAX_WIDTH_PIXELS = 960


@dataclass(frozen=True)
class Prediction:
    """The expected duration of a translation.

    Attributes:
        batch_size: the fastest one, or the one that was asked for.
        seconds_a_frame: of translation, the slowest stage by far on a CPU.
        predicted_seconds: for the whole clip.
    """

    batch_size: int
    seconds_a_frame: float
    predicted_seconds: float


@dataclass(frozen=True)
class Preview:
    """A written preview.

    Attributes:
        path: the picture: a row for each still, the source at the left, its translation at the right.
        times_seconds: when each still is shown in the clip.
        prediction: the expected duration of the translation.
    """

    path: str
    times_seconds: tuple[float, ...]
    prediction: Prediction


def predict(plan: Plan, translate: Translate) -> Prediction:
    """Translate a still from the middle of a clip, and predict how long the whole clip takes.

    Raises:
        MediaError, TranslationError, MachineError: as in `translate_video`.
    """
    return _predict(plan, translate, _stills(plan, 1)[0][1])


def write_preview(plan: Plan, path: Path, translate: Translate) -> Preview:
    """Translate a few stills from across a clip and write them beside their originals.

    Args:
        plan: of the clip.
        path: the PNG to write; replaced if it exists.
        translate: as in `translate_video`.

    Raises:
        MediaError: a still cannot be decoded.
        TranslationError, MachineError: as in `translate_video`.
        OutputError: the picture cannot be written.
    """
    times, stills = map(list, zip(*_stills(plan, NUM_STILLS)))
    prediction = _predict(plan, translate, stills[0])
    size = prediction.batch_size
    results = [
        pixels
        for first in range(0, len(stills), size)
        for pixels in translate_batch(translate, stills[first : first + size], size)
    ]
    with opened_masks(plan.options, plan.frames_total) as mask_of:
        if mask_of is not None:
            results = [
                composite_pixels(still.picture.pixels, result, mask_of(_place(plan, seconds)))
                for seconds, still, result in zip(times, stills, results)
            ]
    rows = [
        np.hstack([_small(still.picture.pixels), _gap(still), _small(result)])
        for still, result in zip(stills, results)
    ]
    with write_atomic(path) as file:
        file.write(encode_png(np.vstack(rows), "high"))
    return Preview(str(path), tuple(map(float, times)), prediction)


def first_pictures(plan: Plan, count: int, step: int) -> list[np.ndarray]:
    """Return the pixels of every `step`th frame from the first on, at most `count`.

    Raises:
        MediaError: one cannot be decoded.
    """
    with open_frames(plan.source, plan.options) as frames:
        wanted = frames.frames(lambda index: index % step == 0)
        return [frame.picture.pixels for frame in islice(wanted, count)]


def _predict(plan: Plan, translate: Translate, still: Frame) -> Prediction:
    size = plan.options.batch_size or find_batch_size(translate, still)
    seconds = seconds_per_picture(translate, still, size)
    return Prediction(size, seconds, seconds * plan.frames_total)


def _stills(plan: Plan, max_stills: int) -> list[tuple[Fraction, Frame]]:
    """Return (seconds, frame) at equal distances, from near the start to near the end."""
    begin = exact_seconds(plan.options.start or 0)
    # The last frame begins its own duration before the end.
    seconds = max(Fraction(0), plan.seconds - 1 / plan.clip.rate)
    count = min(max_stills, max(1, plan.frames_total))
    stills, error = [], None
    for number in range(count):
        try:
            stills.append(_frame_at(plan, begin + seconds * (2 * number + 1) / (2 * count)))
        except (MediaError, StopIteration) as missing:
            # Where frames are far apart, none may begin between here and the end.
            error = missing
    if not stills and begin + seconds > 0:
        stills.append(_frame_at(plan, begin))
    if not stills:
        raise error
    return stills


def _frame_at(plan: Plan, seconds: Fraction) -> tuple[Fraction, Frame]:
    """Return the first frame that begins at a time or later, whatever the rate, and when it does.

    Both times are seconds on the clip's own clock.
    """
    options = replace(plan.options, start=seconds, end=None, fps=None)
    with open_frames(plan.source, options) as frames:
        found = next(iter(frames.frames(lambda index: index == 0)))
    # The part that starts here has a clock of its own.
    tick = frames.clip.time_base
    return (found.pts + round(seconds / tick)) * tick, found


def _place(plan: Plan, seconds: Fraction) -> int:
    """Return the number of the part's frame at a time; near it where their distances vary."""
    seconds -= exact_seconds(plan.options.start or 0)
    return min(plan.frames_total - 1, max(0, round(seconds * plan.clip.rate)))


def _small(pixels: np.ndarray) -> np.ndarray:
    height, width = pixels.shape[:2]
    if width <= _MAX_WIDTH_PIXELS:
        return pixels
    size = (_MAX_WIDTH_PIXELS, max(1, round(height * _MAX_WIDTH_PIXELS / width)))
    return cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)


def _gap(still: Frame) -> np.ndarray:
    return np.full((_small(still.picture.pixels).shape[0], _GAP_PIXELS, 3), 255, np.uint8)
