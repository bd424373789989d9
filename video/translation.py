"""One clip in, the same clip out, with other pictures."""

import os
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from itertools import chain

from video.assembling.segments import SegmentWriter, closed_segments
from video.assembling.work_folder import WorkFolder
from video.core.errors import MediaError
from video.core.frames import Frame, FrameSource
from video.core.options import Options
from video.core.report import Report
from video.core.targets import give_name, place_of
from video.finishing import finish
from video.pipeline.batching import Batcher, Translate, find_batch_size
from video.pipeline.comparison import compared
from video.pipeline.stages import StageTimes, call_aside, run_stages
from video.plan import Plan, opened_plan
from video.resuming import identity, request, restart_warning, what_is_kept_noted

Progress = Callable[[int, int | None], None]

# A segment is what a crash can cost; each begins with a key frame, which costs a little size.
SEGMENT_FRAMES = 120
_RELIEF = {
    "decode": "a clip of a smaller size, or one that is easier to decode, is read faster",
    "translate": "a smaller or distilled model, a smaller clip, or a GPU translates faster",
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

    Frames stream through three stages (decode, translate, encode), so memory does not grow with the
    clip's length. Finished stretches are kept in a hidden folder beside `target`; after a crash, Ctrl-C or
    a full disk the same call is resumed where it stopped, if the callable says what it is: by an attribute
    `translation_id`, a text that changes with the pictures that it makes, or by the option of that name.
    The result is put together there, checked, and renamed to `target` at the very end; until then an old
    `target` is untouched.

    Args:
        source: a clip (mp4, mov, mkv, webm, avi, ts, mpg), an animated picture (GIF, APNG, WebP), a folder
            of pictures, or a pattern such as frames/%05d.png.
        target: what to write: .mp4, .mov, .mkv, .webm, .gif, .png or .apng, .webp, or a pattern of pictures.
        translate: from uint8 RGB (batch_size, height, width, 3) to uint8 RGB of the same shape. It is
            called in a thread of its own, always with `batch_size` upright frames of the clip's own
            size; a batch that is not full is filled up with copies, whose results are dropped. It may
            raise MemoryError (the batch is halved) or `FrameError` (which names one picture).
        options: how; its defaults are what a user would want.
        on_progress: called in that thread after each batch with the frames done and the expected total,
            None when that is not known.

    Returns:
        The account of what was read, written, kept and dropped.

    Raises:
        UsageError: an option is out of range, a suffix or codec does not fit, or the source is a URL.
        MediaError: the source is missing, damaged, no video, or too large.
        OutputError: the target is the source, exists, or cannot be written.
        TranslationError: `translate` returned something else than the frames it was asked for.
        MachineError: there is too little memory for one frame, or an encoder is missing.
        Exception: whatever `translate` or `on_progress` raises, as it is.
    """
    with opened_plan(source, target, options) as (plan, frames):
        return translate_planned(plan, frames, translate, on_progress)


def translate_planned(
    plan: Plan, frames: FrameSource, translate: Translate, on_progress: Progress | None = None
) -> Report:
    """Carry out what `video.opened_plan` gave; for those who look at the plan first.

    Args:
        plan: what to do.
        frames: of the source, opened; they can be read once.
        translate: as in `translate_video`, like the errors.
        on_progress: the same.
    """
    started = time.monotonic()
    options, named = plan.options, identity(plan, translate)
    place = place_of(plan.target, plan.container)
    with WorkFolder(place, request(plan, named), keep=options.keep_partial) as work:
        with what_is_kept_noted(work, plan, is_resumable=bool(named)):
            made = _translate(plan, frames, work, translate, on_progress)
            result = finish(plan, work.path)
            give_name(result.path, place, options.overwrite)
        work.finish()
    warnings = [*plan.warnings, *made.warnings, *result.warnings, *restart_warning(work, named)]
    return Report(
        source=plan.source.path,
        target=os.path.abspath(plan.target),
        width=result.width,
        height=result.height,
        frames_read=made.counts.read,
        frames_written=result.num_frames,
        frames_translated=made.pictures_translated,
        frames_reused=made.frames_reused,
        frames_skipped=made.counts.skipped,
        frames_repeated=made.counts.repeated,
        duration_seconds=result.duration_seconds,
        encoder=str(plan.encoder),
        batch_size=made.batch_size,
        streams=tuple(stream.to_dict() for stream in plan.streams.all),
        warnings=tuple(dict.fromkeys(warnings)),
        seconds=time.monotonic() - started,
        frames_per_second=made.frames_per_second,
        busy=made.busy,
        bottleneck=made.bottleneck,
        verified=result.verified,
    )


@dataclass(frozen=True)
class Counts:
    """What the source has given: frames, frames left out, frames with the picture before."""

    read: int
    skipped: int
    repeated: int


@dataclass(frozen=True)
class _Made:
    """What the three stages did in this run."""

    counts: Counts
    warnings: tuple[str, ...]
    pictures_translated: int
    frames_made: int
    frames_reused: int
    batch_size: int
    times: StageTimes | None

    @property
    def frames_per_second(self) -> float:
        return self.frames_made / self.times.elapsed if self.times and self.times.elapsed else 0.0

    @property
    def busy(self) -> dict[str, float]:
        if not self.times:
            return {}
        return {stage: getattr(self.times, stage) / self.times.elapsed for stage in _RELIEF}

    @property
    def bottleneck(self) -> str:
        if not self.times:
            return "none: every frame was finished before"
        stage = max(self.busy, key=self.busy.get)
        return f"{stage}: {_RELIEF[stage]}"


def _translate(
    plan: Plan, frames: FrameSource, work: WorkFolder, translate: Translate, on_progress: Progress | None
) -> _Made:
    """Makes every segment that is not there yet."""
    finished = closed_segments(work.path)
    reused = sum(len(segment.pts) for segment in finished.values())
    earlier = work.settings or {}
    if "counts" in earlier:
        # Every frame had been read and written when the process ended.
        counts = Counts(**earlier["counts"])
        if reused == counts.read:
            return _Made(counts, tuple(earlier["warnings"]), 0, 0, reused, earlier["batch_size"], None)
    length = earlier.get("segment_frames", SEGMENT_FRAMES)
    wanted = frames.frames(lambda index: index // length not in finished)
    if not earlier:
        size, wanted = _batch_size(plan, translate, wanted)
        work.begin({"batch_size": size, "segment_frames": length})
    batcher = Batcher(translate, work.settings["batch_size"], length)
    tell = _progress(on_progress, plan.frames_total, reused)
    with SegmentWriter(work.path, plan.encoder, plan.written, length) as segments:
        times = run_stages(
            wanted,
            lambda items: _shown(batcher(items), plan, tell),
            segments.write,
            capacity=2 * batcher.batch_size,
        )
        segments.close()
    counts = _counted(frames, plan)
    warnings = tuple(frames.warnings)
    work.begin({**work.settings, "counts": asdict(counts), "warnings": warnings})
    return _Made(
        counts,
        warnings,
        batcher.pictures_translated,
        segments.frames_written,
        reused,
        batcher.batch_size,
        times,
    )


def _counted(frames: FrameSource, plan: Plan) -> Counts:
    if frames.frames_read == 0:
        raise MediaError(
            f"0 of {plan.source.frames_total} frames are left to translate: {plan.source.path}",
            detail=f"the clip has {float(plan.source.duration):.2f} s",
            fix="check --start and --end, or copy the clip again",
        )
    return Counts(frames.frames_read, frames.frames_skipped, frames.frames_repeated)


def _batch_size(plan: Plan, translate: Translate, frames: Iterator[Frame]) -> tuple[int, Iterator[Frame]]:
    """Return the batch size, searched on the first frame where it is not given, and all frames again."""
    if plan.options.batch_size is not None:
        return plan.options.batch_size, frames
    first = next(frames, None)
    if first is None:
        return 1, frames
    return call_aside(lambda: find_batch_size(translate, first)), chain([first], frames)


def _shown(pairs: Iterable[tuple[Frame, Frame]], plan: Plan, tell: Callable[[], None]) -> Iterator[Frame]:
    for before, after in pairs:
        yield compared(before, after, plan.options.compare, plan.clip)
        tell()


def _progress(on_progress: Progress | None, total: int, done: int) -> Callable[[], None]:
    """Returns a callable that counts a frame; a total that turns out too small is not known."""

    def tell() -> None:
        nonlocal done
        done += 1
        if on_progress:
            on_progress(done, total if done <= total else None)

    return tell
