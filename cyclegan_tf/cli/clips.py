"""What `cyclegan-tf video` and `cyclegan-tf info` do with a clip, once their options are understood."""

import contextlib
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import typer

import video
from cyclegan_tf.cli.printing import print_json
from cyclegan_tf.errors import UsageError
from cyclegan_tf.models.run import find_model
from video.collection import STATUSES, Outcome, find_pairs, translate_each
from video.plan import Plan, plan_video
from video.preview import predict, write_preview

PIPE = "-"


@dataclass(frozen=True)
class VideoJob:
    """A translation as the command line asks for it.

    Attributes:
        model: run or model folder, None for the newest finished run.
        direction: "ab" or "ba".
        tile: rows of a strip, None to choose.
        options: of `video.translate_video`.
        progress: 'auto', 'json' or 'none'.
        as_json: print results as JSON.
    """

    model: Path | None
    direction: str
    tile: int | None
    options: video.Options
    progress: str
    as_json: bool


def translate(job: VideoJob, source: Path, target: Path) -> None:
    """Translates one clip and prints its report."""
    to_pipe = str(target) == PIPE
    with _files(source, target) as (source, target):
        plan = plan_video(source, target, job.options)
        folder = find_model(job.model)
        report = _translate(plan, _load(folder, job), job.progress)
        if to_pipe:
            with target.open("rb") as file:
                shutil.copyfileobj(file, sys.stdout.buffer)
    text = {**report.to_dict(), "model": str(folder)} if job.as_json else report_text(report, folder)
    _print(text, err=to_pipe)


def translate_many(job: VideoJob, source: Path, folder: Path) -> None:
    """Translates every clip of a folder or pattern, and ends with a table.

    Raises:
        typer.Exit: with the first failure's code, if any clip failed.
    """
    pairs = find_pairs(source, folder)
    model = find_model(job.model)
    translator = _load(model, job)
    options = replace(job.options, translation_id=translator.translation_id)
    outcomes = []

    def translate_one(one: Path, other: Path) -> video.Report:
        return _translate(plan_video(one, other, options), translator, job.progress)

    for outcome in translate_each(pairs, folder, translate_one, options):
        outcomes.append(outcome)
        place = f"{len(outcomes)} of {len(pairs)}"
        typer.echo(f"{place}: {outcome.pair.source}: {outcome.status}", err=True)
        if outcome.error:
            typer.echo(str(outcome.error), err=True)
    if job.as_json:
        _print({"model": str(model), "clips": [_outcome_fields(outcome) for outcome in outcomes]})
    else:
        _print(outcomes_text(outcomes))
    failed = [outcome.error for outcome in outcomes if outcome.error]
    if failed:
        raise typer.Exit(failed[0].exit_code)


def show_plan(job: VideoJob, source: Path, target: Path) -> None:
    """Prints what would be done, and how long it would take where a model is there to measure."""
    with _files(source, target) as (source, target):
        plan = plan_video(source, target, job.options)
        fields = plan.to_dict()
        with contextlib.suppress(UsageError):
            model = find_model(job.model)
            prediction = predict(plan, _load(model, job))
            fields |= {"model": str(model), **asdict(prediction)}
    _print(fields if job.as_json else plan_text(fields))


def show_preview(job: VideoJob, source: Path, target: Path) -> None:
    """Writes stills side by side beside the target, and prints where and the predicted time."""
    if str(target) == PIPE:
        raise UsageError("a preview is a picture beside the output", fix="give the output's name")
    with _files(source, target) as (source, target):
        plan = plan_video(source, target, replace(job.options, overwrite=True))
        folder = find_model(job.model)
        picture = target.parent / f"{target.stem.replace('%', '')}.preview.png"
        preview = write_preview(plan, picture, _load(folder, job))
    if job.as_json:
        _print({**asdict(preview), "model": str(folder)})
        return
    _print(f"{preview.path}  {len(preview.times_seconds)} stills, the clip at the left")
    _print(prediction_text(asdict(preview.prediction), plan.frames_total))


def show_clip(source: Path, suffix: str | None, *, as_json: bool) -> None:
    """Prints what a clip is and what would be done about each of its oddities."""
    fields = video.describe(source, suffix).to_dict()
    _print(fields if as_json else plan_text(fields))


def report_text(report: video.Report, model: Path) -> str:
    """Returns a report for people."""
    busy = ", ".join(f"{stage} {share:.0%}" for stage, share in report.busy.items())
    counts = {
        "finished by an earlier run": report.frames_reused,
        "that could not be decoded were left out": report.frames_skipped,
        "that could not be decoded show the picture before": report.frames_repeated,
    }
    lines = [
        f"{report.target}  {report.width}x{report.height}, {report.frames_written} of {report.frames_read} "
        f"frames, {report.duration_seconds:.2f} s, {report.frames_per_second:.2f} frames/s",
        f"model: {model}",
        f"encoder: {report.encoder}",
        *(_stream_text(stream) for stream in report.streams),
        *(f"frames {what}: {count}" for what, count in counts.items() if count),
        *(f"note: {warning}" for warning in report.warnings),
        *([f"busy: {busy}"] if busy else []),
        f"bottleneck: {report.bottleneck}",
        f"verified: {', '.join(report.verified)}",
    ]
    return "\n".join(lines)


def plan_text(fields: dict) -> str:
    """Returns a plan for people, from its fields."""
    lines = [
        f"{fields['source']}  {fields['format']}, {fields['width']}x{fields['height']}, "
        f"{fields['frames']} frames, {fields['duration_seconds']:.2f} s, "
        f"{fields['frames_per_second']:.3f} frames/s",
        f"to: {fields['target']}",
        f"encoder: {fields['encoder']}",
        *(_stream_text(stream) for stream in fields["streams"]),
        *(f"note: {warning}" for warning in fields["warnings"]),
    ]
    if "predicted_seconds" in fields:
        lines += [f"model: {fields['model']}", prediction_text(fields, fields["frames"])]
    return "\n".join(lines)


def prediction_text(prediction: dict, num_frames: int) -> str:
    """Returns how long a clip will take."""
    return (
        f"time: about {_duration(prediction['predicted_seconds'])} for {num_frames} frames "
        f"({prediction['seconds_a_frame']:.3f} s each, {prediction['batch_size']} at a time)"
    )


def outcomes_text(outcomes: list[Outcome]) -> str:
    """Returns a table: a line for each clip, and the counts."""
    width = max(len(str(outcome.pair.source)) for outcome in outcomes)
    lines = []
    for outcome in outcomes:
        if outcome.report:
            frames, seconds = outcome.report.frames_written, outcome.report.seconds
            detail = f"{outcome.pair.target}  {frames} frames in {_duration(seconds)}"
        else:
            detail = outcome.error.what if outcome.error else str(outcome.pair.target)
        lines.append(f"{outcome.status:15}  {str(outcome.pair.source):{width}}  {detail}")
    counts = {status: sum(outcome.status == status for outcome in outcomes) for status in STATUSES}
    lines.append(", ".join(f"{count} {status}" for status, count in counts.items()))
    return "\n".join(lines)


def _outcome_fields(outcome: Outcome) -> dict:
    return {
        "source": str(outcome.pair.source),
        "target": str(outcome.pair.target),
        "status": outcome.status,
        "report": outcome.report and outcome.report.to_dict(),
        "error": outcome.error and str(outcome.error),
    }


def _load(folder: Path, job: VideoJob):
    from cyclegan_tf.system.tensorflow import import_tensorflow

    typer.echo("starting TensorFlow", err=True)
    import_tensorflow()
    from cyclegan_tf.inference.clip import FrameTranslator

    return FrameTranslator(folder, job.direction, tile=job.tile)


def _translate(plan: Plan, translator, progress: str) -> video.Report:
    from cyclegan_tf.inference.clip import translate_clip

    return translate_clip(plan, translator, progress)


@contextlib.contextmanager
def _files(source: Path, target: Path) -> Iterator[tuple[Path, Path]]:
    """Gives files in place of pipes: a clip is read more than once, and written whole before it is shown."""
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


def _stream_text(stream: dict) -> str:
    said = [stream["kind"], stream["codec"], stream.get("language") or ""]
    detail = f" ({stream['detail']})" if stream.get("detail") else ""
    return f"stream {stream['index']}: {' '.join(filter(None, said))}: {stream['action']}{detail}"


def _duration(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def _print(result: dict | str, *, err: bool = False) -> None:
    print_json(result, err=err) if isinstance(result, dict) else typer.echo(result, err=err)
