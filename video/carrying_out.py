"""A plan is carried out: the work folder around its segments, the finished file, and the report."""

import os
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass

from video.assembling.segments import Segment
from video.assembling.work_folder import WorkFolder
from video.core.errors import MediaError
from video.core.frames import FrameSource
from video.core.report import Report
from video.core.targets import final_path, move_to_target
from video.finishing import finish
from video.pipeline.stages import StageTimes
from video.plan import Plan, caption_warning
from video.resuming import explain_kept_work, restart_warning, resume_key

_RELIEF = {
    "decode": "a clip of a smaller size, or one that is easier to decode, is read faster",
    "translate": "a smaller or distilled model, a smaller clip, or a GPU translates faster",
    "steady": "without --steady this stage is left out",
    "encode": "a faster --encoder-preset, or --codec h264, writes faster",
}


@dataclass(frozen=True)
class Counts:
    """Frames of the source: read, skipped, and repeated in place of damaged ones."""

    read: int
    skipped: int
    repeated: int


@dataclass(frozen=True)
class Ending:
    """What is known of a source once its last frame was read.

    Attributes:
        counts: of its frames.
        warnings: what was unusual, in whole sentences.
        has_captions: whether frames carry closed captions.
    """

    counts: Counts
    warnings: tuple[str, ...]
    has_captions: bool = False

    @classmethod
    def of(cls, frames: FrameSource) -> "Ending":
        """Return the ending of a source that was read to its end."""
        counts = Counts(frames.frames_read, frames.frames_skipped, frames.frames_repeated)
        return cls(counts, tuple(frames.warnings), bool(getattr(frames, "frames_captioned", 0)))


@dataclass(frozen=True)
class RunResult:
    """The outcome of one run for a clip.

    Attributes:
        ending: of the source.
        pictures_translated: pictures that the callable translated in this run.
        frames_encoded: frames written in this run.
        frames_reused: frames of earlier runs.
        batch_size: frames in each call of the callable.
        times: of the stages; None where nothing was left to do.
    """

    ending: Ending
    pictures_translated: int
    frames_encoded: int
    frames_reused: int
    batch_size: int
    times: StageTimes | None

    @property
    def frames_per_second(self) -> float:
        """Frames written in a second of this run."""
        return self.frames_encoded / self.times.elapsed if self.times and self.times.elapsed else 0.0

    @property
    def busy(self) -> dict[str, float]:
        """The share of the time that each stage was busy."""
        if not self.times:
            return {}
        return {stage: seconds / self.times.elapsed for stage, seconds in self.times.busy.items()}

    @property
    def bottleneck(self) -> str:
        """The busiest stage, and what helps."""
        if not self.busy:
            return "none: every frame was finished before"
        stage = max(self.busy, key=self.busy.get)
        return f"{stage}: {_RELIEF[stage]}"


def carry_out(plan: Plan, named: str, run: Callable[[WorkFolder], RunResult]) -> Report:
    """Carry out a plan.

    Args:
        plan: the plan.
        named: the identity of the callable, see `video.resuming.identity`.
        run: translates every segment that is not finished yet into a work folder.

    Raises:
        UserError: as of `video.translate_video`.
        Exception: whatever `run` raises, as it is.
    """
    started, options = time.monotonic(), plan.options
    path = final_path(plan.target, plan.container)
    with WorkFolder(path, resume_key(plan, named), keep=options.keep_partial) as work:
        with explain_kept_work(work, plan, is_resumable=bool(named)):
            done = run(work)
            result = finish(plan, work.path)
            move_to_target(result.path, path, options.overwrite)
        work.finish()
    ending = done.ending
    warnings = [*plan.warnings, *ending.warnings, *result.warnings, *restart_warning(work, named)]
    if ending.has_captions:
        warnings += caption_warning(plan.encoder, options)
    return Report(
        source=plan.source.path,
        target=os.path.abspath(plan.target),
        width=result.width,
        height=result.height,
        frames_read=ending.counts.read,
        frames_written=result.num_frames,
        frames_translated=done.pictures_translated,
        frames_reused=done.frames_reused,
        frames_skipped=ending.counts.skipped,
        frames_repeated=ending.counts.repeated,
        duration_seconds=result.duration_seconds,
        encoder=str(plan.encoder),
        batch_size=done.batch_size,
        streams=tuple(stream.to_dict() for stream in plan.streams.all),
        warnings=tuple(dict.fromkeys(warnings)),
        seconds=time.monotonic() - started,
        frames_per_second=done.frames_per_second,
        busy=done.busy,
        bottleneck=done.bottleneck,
        verified=result.verified,
    )


def finished_before(work: WorkFolder, finished: dict[int, Segment]) -> RunResult | None:
    """Return the outcome of an earlier process that had read and written every frame; None if none had."""
    settings, reused = work.settings or {}, frames_in(finished)
    if reused != settings.get("counts", {}).get("read"):
        return None
    ending = Ending(Counts(**settings["counts"]), tuple(settings["warnings"]))
    return RunResult(ending, 0, 0, reused, settings["batch_size"], None)


def note_ending(work: WorkFolder, plan: Plan, ending: Ending) -> None:
    """Note that every frame was read and written.

    Raises:
        MediaError: there was none.
    """
    if ending.counts.read == 0:
        raise MediaError(
            f"0 of {plan.source.frames_total} frames are left to translate: {plan.source.path}",
            detail=f"the clip has {float(plan.source.duration):.2f} s",
            fix="check --start and --end, or copy the clip again",
        )
    work.begin({**work.settings, "counts": asdict(ending.counts), "warnings": ending.warnings})


def frames_in(segments: dict[int, Segment]) -> int:
    """Return the number of frames in segments."""
    return sum(len(segment.pts) for segment in segments.values())
