"""A clip whose segments are translated elsewhere: planned, journalled and assembled here."""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Protocol

from video import translation
from video.assembling.segments import closed_segments
from video.assembling.work_folder import WorkFolder
from video.carrying_out import RunResult, carry_out, finished_before, frames_in, note_ending
from video.core.report import Report
from video.core.source_info import SourceInfo
from video.pipeline.stages import StageTimes
from video.plan import Plan
from video.resuming import identity
from video.segment_run import ClipWork
from video.segment_translation import SegmentOutcome


class Executor(Protocol):
    """Translates segments of clips, in other processes or on other machines.

    Attributes:
        translation_id: the identity of its callable, as of `video.translate_video`'s.
    """

    translation_id: str

    def find_batch_size(self, source: SourceInfo, work: ClipWork) -> int:
        """Return the fastest number of frames in a call; see `SegmentTranslator.find_batch_size`."""
        ...

    def translate(
        self, source: SourceInfo, work: ClipWork, folder: Path, numbers: Sequence[int]
    ) -> Iterator[SegmentOutcome]:
        """Translate segments; see `SegmentTranslator.translate`.

        Args:
            source: the clip.
            work: what to do.
            folder: where each segment's files are before its outcome is yielded.
            numbers: of the segments, ascending.

        Yields:
            Their outcomes, in any order.
        """
        ...


def translate_elsewhere(
    plan: Plan, executor: Executor, on_progress: Callable[[int, int | None], None] | None = None
) -> Report:
    """Carry out a plan of `video.plan.plan_video` by an executor.

    The result, the work folder and what is resumed are those of `video.translation.translate_planned` with
    the same callable: either goes on with the other's work.

    Args:
        plan: the plan.
        executor: what translates.
        on_progress: called after each segment, as in `video.translate_video`.

    Raises:
        UserError, Exception: as of `video.translate_video`, and whatever the executor raises.
    """
    return carry_out(
        plan, identity(plan, executor), lambda work: _translate(plan, work, executor, on_progress)
    )


def _translate(
    plan: Plan,
    folder: WorkFolder,
    executor: Executor,
    on_progress: Callable[[int, int | None], None] | None,
) -> RunResult:
    finished = closed_segments(folder.path)
    if earlier := finished_before(folder, finished):
        return earlier
    if not folder.settings:
        length = translation.SEGMENT_FRAMES
        size = plan.options.batch_size
        size = size or executor.find_batch_size(plan.source, ClipWork.of(plan, length, 1))
        folder.begin({"batch_size": size, "segment_frames": length})
    length, size = folder.settings["segment_frames"], folder.settings["batch_size"]
    work, began, reused = ClipWork.of(plan, length, size), time.perf_counter(), frames_in(finished)
    outcomes: list[SegmentOutcome] = []
    ending, known, done = None, set(finished), reused
    # How many there are is certain only when one of them has seen the clip's end.
    while ending is None:
        expected = range(-(-plan.frames_total // length))
        numbers = [number for number in expected if number not in known] or [max(known, default=-1) + 1]
        for outcome in executor.translate(plan.source, work, folder.path, numbers):
            outcomes.append(outcome)
            known.add(outcome.number)
            ending, done = outcome.ending or ending, done + outcome.num_frames
            if on_progress:
                on_progress(done, plan.frames_total if done <= plan.frames_total else None)
    note_ending(folder, plan, ending)
    return RunResult(
        ending,
        sum(outcome.pictures_translated for outcome in outcomes),
        done - reused,
        reused,
        min((outcome.batch_size for outcome in outcomes), default=size),
        _times(outcomes, time.perf_counter() - began),
    )


def _times(outcomes: Sequence[SegmentOutcome], elapsed: float) -> StageTimes:
    """Return the time that passed here, and of it the shares that the stages elsewhere were busy."""
    worked = sum(outcome.times.elapsed for outcome in outcomes)
    busy = Counter[str]()
    for outcome in outcomes:
        busy.update(outcome.times.busy)
    return StageTimes(elapsed, {stage: seconds / worked * elapsed for stage, seconds in busy.items()})
