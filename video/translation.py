"""The translation of one clip: the same clip with other pictures."""

import os
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from functools import partial
from itertools import chain

import numpy as np

from video.assembling.segments import SegmentWriter, closed_segments
from video.assembling.work_folder import WorkFolder
from video.core.errors import MediaError
from video.core.frames import Frame, FrameSource
from video.core.options import Options
from video.core.report import Report
from video.core.targets import final_path, move_to_target
from video.finishing import finish
from video.masks import composited, opened_masks
from video.pipeline.batching import Batcher, Translate, find_batch_size
from video.pipeline.comparison import compared
from video.pipeline.grouping import Grouping
from video.pipeline.stages import StageTimes, call_in_thread, run_stages
from video.pipeline.steadying import LEAD_FRAMES, Steadier
from video.plan import Plan, caption_warning, opened_plan
from video.resuming import explain_kept_work, identity, restart_warning, resume_key

Progress = Callable[[int, int | None], None]

# A crash loses at most one segment. Each begins with a keyframe, which costs a little size.
SEGMENT_FRAMES = 120
_RELIEF = {
    "decode": "a clip of a smaller size, or one that is easier to decode, is read faster",
    "translate": "a smaller or distilled model, a smaller clip, or a GPU translates faster",
    "steady": "without --steady this stage is left out",
    "encode": "a faster --encoder-preset, or --codec h264, writes faster",
}


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
    started = time.monotonic()
    options, named = plan.options, identity(plan, translate)
    path = final_path(plan.target, plan.container)
    with WorkFolder(path, resume_key(plan, named), keep=options.keep_partial) as work:
        with explain_kept_work(work, plan, is_resumable=bool(named)):
            run = _translate(plan, frames, work, translate, on_progress)
            result = finish(plan, work.path)
            move_to_target(result.path, path, options.overwrite)
        work.finish()
    warnings = [*plan.warnings, *run.warnings, *result.warnings, *restart_warning(work, named)]
    if getattr(frames, "frames_captioned", 0):
        warnings += caption_warning(plan.encoder, options)
    return Report(
        source=plan.source.path,
        target=os.path.abspath(plan.target),
        width=result.width,
        height=result.height,
        frames_read=run.counts.read,
        frames_written=result.num_frames,
        frames_translated=run.pictures_translated,
        frames_reused=run.frames_reused,
        frames_skipped=run.counts.skipped,
        frames_repeated=run.counts.repeated,
        duration_seconds=result.duration_seconds,
        encoder=str(plan.encoder),
        batch_size=run.batch_size,
        streams=tuple(stream.to_dict() for stream in plan.streams.all),
        warnings=tuple(dict.fromkeys(warnings)),
        seconds=time.monotonic() - started,
        frames_per_second=run.frames_per_second,
        busy=run.busy,
        bottleneck=run.bottleneck,
        verified=result.verified,
    )


@dataclass(frozen=True)
class Counts:
    """Frames of the source: read, skipped, and repeated in place of damaged ones."""

    read: int
    skipped: int
    repeated: int


@dataclass(frozen=True)
class _RunResult:
    """The outcome of the stages in this run."""

    counts: Counts
    warnings: tuple[str, ...]
    pictures_translated: int
    frames_encoded: int
    frames_reused: int
    batch_size: int
    times: StageTimes | None

    @property
    def frames_per_second(self) -> float:
        return self.frames_encoded / self.times.elapsed if self.times and self.times.elapsed else 0.0

    @property
    def busy(self) -> dict[str, float]:
        if not self.times:
            return {}
        return {stage: seconds / self.times.elapsed for stage, seconds in self.times.busy.items()}

    @property
    def bottleneck(self) -> str:
        if not self.times:
            return "none: every frame was finished before"
        stage = max(self.busy, key=self.busy.get)
        return f"{stage}: {_RELIEF[stage]}"


def _translate(
    plan: Plan, frames: FrameSource, work: WorkFolder, translate: Translate, on_progress: Progress | None
) -> _RunResult:
    """Translate every segment that is not finished yet."""
    finished = closed_segments(work.path)
    reused = sum(len(segment.pts) for segment in finished.values())
    settings = work.settings or {}
    if "counts" in settings:
        # The earlier process had read and written every frame.
        counts = Counts(**settings["counts"])
        if reused == counts.read:
            return _RunResult(counts, tuple(settings["warnings"]), 0, 0, reused, settings["batch_size"], None)
    length, steady = settings.get("segment_frames", SEGMENT_FRAMES), plan.options.steady
    grouping = Grouping(length, LEAD_FRAMES if steady else 0)
    wanted = frames.frames(lambda index: grouping.is_needed(index, finished))
    if not settings:
        size, wanted = _batch_size(plan, translate, wanted)
        settings = {"batch_size": size, "segment_frames": length}
        work.begin(settings)
    batcher = Batcher(translate, settings["batch_size"], grouping.group)
    report = _progress(on_progress, plan.frames_total, reused)
    with (
        opened_masks(plan.options, plan.frames_total) as mask_of,
        SegmentWriter(work.path, plan.encoder, plan.written, length) as segments,
    ):
        finish_frames = partial(_finished, mask_of=mask_of, plan=plan, report=report)
        works: dict[str, Callable[[Iterator], Iterator]] = {
            "translate": lambda items: finish_frames(batcher(items))
        }
        if steady:
            steadier = Steadier(steady, grouping, lambda index: grouping.segment(index) not in finished)
            works = {"translate": batcher, "steady": lambda items: finish_frames(steadier(items))}
        times = run_stages(wanted, works, segments.write, capacity=2 * batcher.batch_size)
        segments.close()
    counts = _count(frames, plan)
    warnings = tuple(frames.warnings)
    work.begin({**settings, "counts": asdict(counts), "warnings": warnings})
    return _RunResult(
        counts,
        warnings,
        batcher.pictures_translated,
        segments.frames_written,
        reused,
        batcher.batch_size,
        times,
    )


def _count(frames: FrameSource, plan: Plan) -> Counts:
    if frames.frames_read == 0:
        raise MediaError(
            f"0 of {plan.source.frames_total} frames are left to translate: {plan.source.path}",
            detail=f"the clip has {float(plan.source.duration):.2f} s",
            fix="check --start and --end, or copy the clip again",
        )
    return Counts(frames.frames_read, frames.frames_skipped, frames.frames_repeated)


def _batch_size(plan: Plan, translate: Translate, frames: Iterator[Frame]) -> tuple[int, Iterator[Frame]]:
    """Return the batch size, found on the first frame if it is not given, and all frames."""
    if plan.options.batch_size is not None:
        return plan.options.batch_size, frames
    first = next(frames, None)
    if first is None:
        return 1, frames
    return call_in_thread(lambda: find_batch_size(translate, first)), chain([first], frames)


def _finished(
    pairs: Iterable[tuple[Frame, Frame]],
    mask_of: Callable[[int], np.ndarray] | None,
    plan: Plan,
    report: Callable[[], None],
) -> Iterator[Frame]:
    for before, after in pairs:
        if mask_of is not None:
            after = composited(before, after, mask_of(before.index))
        yield compared(before, after, plan.options.compare, plan.clip)
        report()


def _progress(on_progress: Progress | None, total: int, done: int) -> Callable[[], None]:
    """Return a callable that counts a frame and reports it; a total that proves too small becomes None."""

    def report() -> None:
        nonlocal done
        done += 1
        if on_progress:
            on_progress(done, total if done <= total else None)

    return report
