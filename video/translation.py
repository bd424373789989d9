"""One clip in, the same clip out, with other pictures."""

import os
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np

from video.audio import AudioPlan, plan_audio
from video.containers import check_quality, container_for
from video.errors import TranslationError, UsageError
from video.frames import Clip, Frame
from video.pipeline import run_stages
from video.probe import Source, probe
from video.reader import Reader
from video.report import Report
from video.targets import check_target, written_aside
from video.verify import verify
from video.writer import DEFAULT_QUALITY, Writer

Translate = Callable[[np.ndarray], np.ndarray]
Progress = Callable[[int, int | None], None]


def translate_video(  # noqa: PLR0913 - three things and four options; a bag of options would hide them
    source: str | os.PathLike,
    target: str | os.PathLike,
    translate: Translate,
    *,
    batch_size: int = 4,
    overwrite: bool = False,
    on_progress: Progress | None = None,
    quality: int = DEFAULT_QUALITY,
) -> Report:
    """Translates every frame of a clip and keeps its times, size, shape, colours and sound.

    Frames stream through three stages (decode, translate, encode), so memory does not grow with the
    clip's length. The result is written aside, checked, and renamed to `target` at the very end: on any
    error, Ctrl-C included, nothing new is left and an old `target` is untouched.

    Args:
        source: a local mp4, mov, mkv, webm or avi file.
        target: the file to write: .mp4, .mov, .mkv (H.264) or .webm (VP9).
        translate: from uint8 RGB (batch_size, height, width, 3) to uint8 RGB of the same shape. It is
            called in the caller's thread, always with `batch_size` upright frames of the clip's own
            size; the last batch is filled up with copies of the last frame, whose results are dropped.
        batch_size: frames in one call of `translate`; at least 1.
        overwrite: whether an existing target may be replaced.
        on_progress: called in the caller's thread after each batch with the frames done and the
            expected total, None when that is not known.
        quality: constant rate factor, 0 (lossless or nearly) to 51 (worst); 18 is hard to tell from the
            source.

    Returns:
        The account of what was read, written, kept and dropped.

    Raises:
        UsageError: an argument is out of range, the suffix is unknown, or the source is a URL.
        MediaError: the source is missing, damaged, no video, or too large.
        OutputError: the target is the source, exists, or cannot be written.
        TranslationError: `translate` returned something else than the frames it was asked for.
        Exception: whatever `translate` or `on_progress` raises, as it is.
    """
    started = time.monotonic()
    _check_batch_size(batch_size)
    check_quality(quality)
    target = check_target(source, target, overwrite)
    container = container_for(target)
    found = probe(source)
    plan = plan_audio(found, container)
    with Reader(found) as reader, written_aside(target) as part:
        clip = reader.clip
        with Writer(part, container, clip, quality=quality, audio=plan.packets) as writer:
            run_stages(
                reader,
                lambda frames: _translated(
                    frames, translate, batch_size, _progress(on_progress, found.frames_total)
                ),
                writer.write,
                capacity=2 * batch_size,
            )
            writer.finish()
        verify(part, writer, clip.time_base)
    return _report(target, found, plan, reader, writer, time.monotonic() - started)


def _report(
    target: Path, found: Source, plan: AudioPlan, reader: Reader, writer: Writer, seconds: float
) -> Report:
    return Report(
        source=found.path,
        target=os.path.abspath(target),
        width=writer.width,
        height=writer.height,
        frames_read=reader.frames_read,
        frames_written=writer.frames_written,
        duration_seconds=float((writer.end - writer.start) * reader.clip.time_base),
        audio=plan.summary,
        dropped=found.dropped,
        warnings=(*reader.warnings, *_size_warning(reader.clip, writer)),
        seconds=seconds,
        frames_per_second=writer.frames_written / seconds,
        verified=True,
    )


def _check_batch_size(batch_size: int) -> None:
    if isinstance(batch_size, bool) or not isinstance(batch_size, int) or batch_size < 1:
        raise UsageError(
            "the batch size is out of range",
            detail=f"expected a whole number from 1; found {batch_size!r}",
            fix="use 1 when memory is short, 4 otherwise",
        )


def _progress(on_progress: Progress | None, total: int) -> Callable[[int], None]:
    """Returns a callable that takes the frames done; a total that turns out too small is not known."""

    def tell(done: int) -> None:
        if on_progress:
            on_progress(done, total if done <= total else None)

    return tell


def _translated(
    frames: Iterable[Frame], translate: Translate, batch_size: int, tell: Callable[[int], None]
) -> Iterator[Frame]:
    """Yields every frame with its translated pixels; calls `translate` with full batches only."""
    frames, done = iter(frames), 0
    while batch := list(islice(frames, batch_size)):
        filled = batch + batch[-1:] * (batch_size - len(batch))
        pixels = np.stack([frame.pixels for frame in filled])
        result = _checked(translate(pixels), pixels.shape, done, len(batch))
        for frame, translated in zip(batch, result):
            # A copy, because the callable may use its buffer again while the encoder still reads.
            yield replace(frame, pixels=translated.copy())
        done += len(batch)
        tell(done)


def _checked(result: np.ndarray, shape: tuple[int, ...], first: int, count: int) -> np.ndarray:
    """Returns the callable's result, or raises TranslationError with the frames' indices."""
    result = np.asarray(result)
    if result.shape == shape and result.dtype == np.uint8:
        return result
    raise TranslationError(
        f"the translation of frames {first} to {first + count - 1} is not a batch of frames",
        detail=f"expected uint8 {shape}; found {result.dtype} {result.shape}",
        fix="let the callable return uint8 RGB frames of the size it was given",
    )


def _size_warning(clip: Clip, writer: Writer) -> list[str]:
    if (clip.width, clip.height) == (writer.width, writer.height):
        return []
    return [
        f"H.264 needs even sides: {clip.width}x{clip.height} became {writer.width}x{writer.height} by "
        "repeating the last column or row; nothing was rescaled."
    ]
