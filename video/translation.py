"""The translation of one clip: the same clip with other pictures."""

import os
from collections.abc import Callable, Iterator
from itertools import chain

from video.assembling.segments import closed_segments
from video.assembling.work_folder import WorkFolder
from video.carrying_out import Ending, RunResult, carry_out, finished_before, frames_in, note_ending
from video.core.frames import Frame, FrameSource
from video.core.options import Options
from video.core.report import Report
from video.masks import opened_masks
from video.pipeline.batching import Translate, find_batch_size
from video.pipeline.stages import call_in_thread
from video.plan import Plan, opened_plan
from video.resuming import identity
from video.segment_run import ClipWork, SegmentRunner, grouping_of

Progress = Callable[[int, int | None], None]

# A crash loses at most one segment. Each begins with a keyframe, which costs a little size.
SEGMENT_FRAMES = 120


def translate_video(
    source: str | os.PathLike,
    target: str | os.PathLike,
    translate: Translate,
    options: Options = Options(),
    *,
    on_progress: Progress | None = None,
) -> Report:
    """Translate every frame of a clip and keep its times, size, shape, colours and other streams.

    Frames stream through stages (decode, translate, steady if asked, encode), so memory does not grow with
    the clip's length. Finished segments are kept in a hidden folder beside `target`. After a crash, Ctrl-C
    or a full disk the same call resumes where it stopped, if the callable has an identity: an attribute
    `translation_id`, a text that changes whenever its results change, or the option of that name. At the
    end the segments are joined, checked, and renamed to `target`; until then an old `target` is untouched.

    Args:
        source: a clip (mp4, mov, mkv, webm, avi, ts, mpg), an animated picture (GIF, APNG, WebP), a folder
            of pictures, or a pattern such as frames/%05d.png.
        target: what to write: .mp4, .mov, .mkv, .webm, .gif, .png or .apng, .webp, or a pattern of pictures.
        translate: from uint8 RGB (batch_size, height, width, 3) to uint8 RGB of the same shape. It is
            called in a thread of its own, always with `batch_size` upright frames of the clip's own
            size; a partial batch is filled with copies, whose results are dropped. It may
            raise MemoryError (the batch is halved) or `FrameError` (which names one picture).
        options: see `video.Options`; the defaults suit most users.
        on_progress: called in a thread after each frame with the frames done and the expected total, None
            when that is not known.

    Returns:
        A report of what was read, written, kept and dropped.

    Raises:
        UsageError: an option is out of range, a suffix or codec does not fit, or the source is a URL.
        MediaError: the source is missing, damaged, too large, or not a video.
        OutputError: the target is the source, exists, or cannot be written.
        TranslationError: `translate` returned something other than translated frames.
        MachineError: there is too little memory for one frame, or an encoder is missing.
        Exception: whatever `translate` or `on_progress` raises, as it is.
    """
    with opened_plan(source, target, options) as (plan, frames):
        return translate_planned(plan, frames, translate, on_progress)


def translate_planned(
    plan: Plan, frames: FrameSource, translate: Translate, on_progress: Progress | None = None
) -> Report:
    """Carry out a plan of `video.plan.opened_plan`, for callers that look at the plan first.

    Args:
        plan: the plan.
        frames: of the source, open; they can be read once.
        translate: as in `translate_video`, like the errors.
        on_progress: the same.
    """
    return carry_out(
        plan,
        identity(plan, translate),
        lambda work: _translate(plan, frames, work, translate, on_progress),
    )


def _translate(
    plan: Plan, frames: FrameSource, work: WorkFolder, translate: Translate, on_progress: Progress | None
) -> RunResult:
    """Translate every segment that is not finished yet."""
    finished = closed_segments(work.path)
    if earlier := finished_before(work, finished):
        return earlier
    reused, settings = frames_in(finished), work.settings or {}
    length = settings.get("segment_frames", SEGMENT_FRAMES)
    grouping = grouping_of(plan.options, length)
    wanted = frames.frames(lambda index: grouping.is_needed(index, finished))
    if not settings:
        size, wanted = _batch_size(plan, translate, wanted)
        work.begin({"batch_size": size, "segment_frames": length})
    with opened_masks(plan.options, plan.frames_total) as mask_of:
        clip = ClipWork.of(plan, length, work.settings["batch_size"])
        report = _progress(on_progress, plan.frames_total, reused)
        runner = SegmentRunner(clip, translate, work.path)
        run = runner.run(wanted, finished.__contains__, mask_of, report)
    ending = Ending.of(frames)
    note_ending(work, plan, ending)
    return RunResult(ending, run.pictures_translated, run.frames_encoded, reused, run.batch_size, run.times)


def _batch_size(plan: Plan, translate: Translate, frames: Iterator[Frame]) -> tuple[int, Iterator[Frame]]:
    """Return the batch size, found on the first frame if it is not given, and all frames."""
    if plan.options.batch_size is not None:
        return plan.options.batch_size, frames
    first = next(frames, None)
    if first is None:
        return 1, frames
    return call_in_thread(lambda: find_batch_size(translate, first)), chain([first], frames)


def _progress(on_progress: Progress | None, total: int, done: int) -> Callable[[], None]:
    """Return a callable that counts a frame and reports it; a total that proves too small becomes None."""

    def report() -> None:
        nonlocal done
        done += 1
        if on_progress:
            on_progress(done, total if done <= total else None)

    return report
