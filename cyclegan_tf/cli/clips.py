"""What `cyclegan-tf video` and `cyclegan-tf info` do with a clip, after their options are parsed."""

import contextlib
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import typer

import video
from cyclegan_tf.cli.clip_texts import outcome_fields, outcomes_text, plan_text, prediction_text, report_text
from cyclegan_tf.cli.engine_choice import settle_for_clip, verdict_for_cluster
from cyclegan_tf.cli.printing import print_json
from cyclegan_tf.cluster.options import ClusterOptions
from cyclegan_tf.cluster.worker import check_for_clips
from cyclegan_tf.errors import UsageError
from cyclegan_tf.inference.engines.choosing import Verdict
from cyclegan_tf.models.run import find_model
from cyclegan_tf.system.progress import progress_display
from video.collection import find_pairs, translate_each
from video.core.frames import FrameSource
from video.executing import translate_elsewhere
from video.plan import Plan, opened_plan, plan_video
from video.preview import predict, write_preview
from video.translation import translate_planned

PIPE = "-"


@dataclass(frozen=True)
class VideoJob:
    """A translation as the command line asks for it.

    Attributes:
        model: run or model folder, None for the newest finished run.
        direction: "ab" or "ba".
        strip_rows: rows of a strip, None to choose.
        options: of `video.translate_video`.
        progress: 'auto', 'json' or 'none'.
        as_json: print results as JSON.
        engine: of `Translator`.
        precision: of `Translator`.
        cluster: where the work is done; None for here.
    """

    model: Path | None
    direction: str
    strip_rows: int | None
    options: video.Options
    progress: str
    as_json: bool
    engine: str = "auto"
    precision: str = "auto"
    cluster: ClusterOptions | None = None


def translate(job: VideoJob, source: Path, target: Path) -> None:
    """Translate one clip and print its report."""
    to_pipe = str(target) == PIPE
    with _files(source, target) as (source, target):
        with opened_plan(source, target, job.options) as (plan, frames):
            folder = find_model(job.model)
            with _translation(folder, job) as carry_out:
                engine = carry_out.choose_engine(plan)
                with shown_frames("translating", job.progress) as show:
                    report = carry_out(plan, frames, show)
        if to_pipe:
            with target.open("rb") as file:
                shutil.copyfileobj(file, sys.stdout.buffer)
    if job.as_json:
        _print({**report.to_dict(), "model": str(folder), "engine": engine.to_dict()}, err=to_pipe)
    else:
        _print(report_text(report, folder, str(engine)), err=to_pipe)


def translate_many(job: VideoJob, source: Path, folder: Path) -> None:
    """Translate every clip of a folder or pattern, and print a table at the end.

    Raises:
        typer.Exit: with the first failure's code, if any clip failed.
    """
    pairs = find_pairs(source, folder)
    model = find_model(job.model)
    outcomes, engines = [], {}
    with _translation(model, job) as carry_out:
        options = replace(job.options, translation_id=carry_out.request_id)
        at_once = carry_out.clips_at_once

        def translate_one(one: Path, other: Path) -> video.Report:
            # Bars of several clips would write over each other.
            shown = shown_frames("translating", job.progress if at_once == 1 else "none")
            with opened_plan(one, other, options) as (plan, frames):
                engines[one] = carry_out.choose_engine(plan)
                with shown as show:
                    return carry_out(plan, frames, show)

        for outcome in translate_each(pairs, folder, translate_one, options, at_once):
            outcomes.append(outcome)
            place = f"{len(outcomes)} of {len(pairs)}"
            typer.echo(f"{place}: {outcome.pair.source}: {outcome.status}", err=True)
            if outcome.error:
                typer.echo(str(outcome.error), err=True)
    if job.as_json:
        clips = [outcome_fields(outcome, engines.get(outcome.pair.source)) for outcome in outcomes]
        _print({"model": str(model), "clips": clips})
    else:
        _print(outcomes_text(outcomes))
    failed = [outcome.error for outcome in outcomes if outcome.error]
    if failed:
        raise typer.Exit(failed[0].exit_code)


def show_plan(job: VideoJob, source: Path, target: Path) -> None:
    """Print what would be done, and how long it would take where a model is there to measure."""
    with _files(source, target) as (source, target):
        plan = plan_video(source, target, job.options)
        fields = plan.to_dict()
        with contextlib.suppress(UsageError):
            model = find_model(job.model)
            translator = _load(model, job)
            engine = settle_for_clip(translator, plan)
            fields |= {"model": str(model), "engine": engine.to_dict(), **asdict(predict(plan, translator))}
    _print(fields if job.as_json else plan_text(fields))


def show_preview(job: VideoJob, source: Path, target: Path) -> None:
    """Write stills side by side beside the target; print their place and the predicted time."""
    if str(target) == PIPE:
        raise UsageError("a preview is a picture beside the output", fix="give the output's name")
    with _files(source, target) as (source, target):
        plan = plan_video(source, target, replace(job.options, overwrite=True))
        folder = find_model(job.model)
        picture = target.parent / f"{target.stem.replace('%', '')}.preview.png"
        translator = _load(folder, job)
        engine = settle_for_clip(translator, plan)
        preview = write_preview(plan, picture, translator)
    if job.as_json:
        _print({**asdict(preview), "model": str(folder), "engine": engine.to_dict()})
        return
    _print(f"{preview.path}  {len(preview.times_seconds)} stills, the clip at the left")
    _print(prediction_text(asdict(preview.prediction), plan.frames_total))


def show_clip(source: Path, suffix: str | None, *, as_json: bool) -> None:
    """Print what a clip is and what would be done about each of its oddities."""
    fields = video.describe(source, suffix).to_dict()
    _print(fields if as_json else plan_text(fields))


@contextlib.contextmanager
def shown_frames(what: str, progress: str) -> Iterator[Callable[[int, int | None], None]]:
    """Yield a callable that shows on stderr how many frames are done, of how many.

    Args:
        what: is being done, as "translating".
        progress: 'auto', 'json' or 'none'.
    """
    shown = 0
    with progress_display(what, None, unit="frames", kind=progress) as display:

        def show(done: int, total: int | None) -> None:
            nonlocal shown
            display.expect(total)
            display.advance(count=done - shown)
            shown = done

        yield show


@dataclass(frozen=True)
class _Here:
    """Carries out plans in this process."""

    translator: Any
    clips_at_once = 1

    @property
    def request_id(self) -> str:
        # Which engine `auto` takes is a matter of each clip; a finished one is not translated again for it.
        return self.translator.request_id

    def choose_engine(self, plan: Plan) -> Verdict:
        return settle_for_clip(self.translator, plan)

    def __call__(self, plan: Plan, frames: FrameSource, show) -> video.Report:
        return translate_planned(plan, frames, self.translator, show)


@dataclass(frozen=True)
class _OnCluster:
    """Carries out plans on a cluster, whose workers read the frames."""

    executor: Any
    clips_at_once: int
    verdict: Verdict

    @property
    def request_id(self) -> str:
        return self.executor.translation_id

    def choose_engine(self, plan: Plan) -> Verdict:
        return self.verdict

    def __call__(self, plan: Plan, frames: FrameSource, show) -> video.Report:
        # Workers read the clip: of the many clips under way, each open one would hold a decoder's pictures.
        frames.__exit__(None, None, None)
        return translate_elsewhere(plan, self.executor, show)


@contextlib.contextmanager
def _translation(folder: Path, job: VideoJob) -> Iterator[_Here | _OnCluster]:
    """Yield what carries out plans, with the model loaded."""
    if job.cluster is None:
        yield _Here(_load(folder, job))
        return
    from cyclegan_tf.cluster.cluster import Cluster
    from cyclegan_tf.cluster.executor import RayExecutor
    from cyclegan_tf.cluster.worker import ModelRequest

    verdict = verdict_for_cluster(job.engine, job.precision)
    typer.echo(f"engine: {verdict}", err=True)
    typer.echo("starting workers", err=True)
    options = {
        "strip_rows": job.strip_rows,
        "own_masks": job.options.masks is None,
        "engine": verdict.engine.name,
        "precision": verdict.engine.precision,
    }
    with Cluster(job.cluster, ModelRequest(folder.absolute(), job.direction, options)) as cluster:
        # While one clip is planned or put together, no worker has to wait for it.
        yield _OnCluster(RayExecutor(cluster), cluster.num_workers + 1, verdict)


def _load(folder: Path, job: VideoJob):
    from cyclegan_tf.system.tensorflow import import_tensorflow

    typer.echo("starting TensorFlow", err=True)
    import_tensorflow()
    from cyclegan_tf.inference.translator import Translator

    own_masks = job.options.masks is None
    translator = Translator(
        folder,
        job.direction,
        strip_rows=job.strip_rows,
        own_masks=own_masks,
        engine=job.engine,
        precision=job.precision,
    )
    check_for_clips(translator)
    return translator


@contextlib.contextmanager
def _files(source: Path, target: Path) -> Iterator[tuple[Path, Path]]:
    """Yield files in place of pipes: a clip is read more than once, and verified before it is passed on."""
    if PIPE not in (str(source), str(target)):
        yield source, target
        return
    with tempfile.TemporaryDirectory(prefix="cyclegan-tf-") as scratch:
        if str(source) == PIPE:
            source = Path(scratch, "stdin")
            _spool(source)
        yield source, Path(scratch, "stdout.mkv") if str(target) == PIPE else target


def _spool(path: Path) -> None:
    if sys.stdin is None or sys.stdin.isatty():
        raise UsageError(
            "there is no clip on standard input",
            detail="expected a pipe or a file; found a terminal",
            fix="give the clip's path, or: cyclegan-tf video - OUT < IN",
        )
    with path.open("wb") as file:
        shutil.copyfileobj(sys.stdin.buffer, file)


def _print(result: dict | str, *, err: bool = False) -> None:
    print_json(result, err=err) if isinstance(result, dict) else typer.echo(result, err=err)
