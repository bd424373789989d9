"""What `cyclegan-tf image` does, once its options are understood."""

import json
import time
from dataclasses import dataclass, field
from pathlib import Path

import typer

from cyclegan_tf.errors import CycleGANError, MachineError, UsageError
from cyclegan_tf.inference.comparison import MOST_PAIRS, SHEET_NAME, Comparison
from cyclegan_tf.inference.pairs import Pair, Pairs, check_targets, find_pairs
from cyclegan_tf.models.run import find_model
from cyclegan_tf.system.disk import output_error
from cyclegan_tf.system.progress import progress_display


@dataclass(frozen=True)
class ImageJob:
    """A translation of pictures as the command line asks for it.

    Attributes:
        model: run or model folder.
        direction: "ab" or "ba".
        suffix: of all results, None to keep each one's own.
        compare: None, "pairs" or "sheet".
        tile: rows of a strip, None to choose.
        max_pixels: refuse larger pictures.
        overwrite: replace results that exist.
        progress: 'auto', 'json' or 'none'.
        as_json: print the result as JSON.
        write_masks: also write what the mask network saw, beside each result.
    """

    model: Path
    direction: str
    suffix: str | None
    compare: str | None
    tile: int | None
    max_pixels: int
    overwrite: bool
    progress: str
    as_json: bool
    write_masks: bool = False


@dataclass(frozen=True)
class Outcome:
    """What became of a picture.

    Attributes:
        pair: which.
        size: (height, width) in pixels, None if it failed.
        seconds: it took.
        notes: what its file could not hold.
        error: why it failed, or None.
    """

    pair: Pair
    size: tuple[int, int] | None = None
    seconds: float = 0.0
    notes: list[str] = field(default_factory=list)
    error: CycleGANError | None = None


def translate_pictures(job: ImageJob, source: Path, target: Path) -> None:
    """Translates a picture, a folder or a pattern of pictures, and ends with a table.

    Raises:
        CycleGANError: before any work, if it cannot be done.
        typer.Exit: with the first failure's code, if a picture failed.
    """
    folder = find_model(job.model)
    pairs = find_pairs(source, target, job.suffix)
    comparison = _comparison(job, pairs)
    _check(job, pairs, comparison)
    translator = _load(folder, job)
    if job.write_masks and not translator.card.masked:
        raise UsageError(
            f"the model has no masks to write: {folder}",
            detail="it was trained without data.masks_a and data.masks_b, and translates whole pictures",
            fix="leave --write-masks out",
        )
    if translator.module.spec.output_channels not in (1, 3):
        pairs = find_pairs(source, target, job.suffix, any_channels=True)
        _check(job, pairs, comparison)
    outcomes = []
    with progress_display("translating", len(pairs.pairs), unit="pictures", kind=job.progress) as display:
        for pair in pairs.pairs:
            outcomes.append(_translate_one(job, translator, pair, comparison))
            display.advance()
    sheet = comparison.finish()
    if job.as_json:
        _print_json(folder, job, outcomes, sheet)
    else:
        typer.echo(table(outcomes, sheet))
    failed = [outcome.error for outcome in outcomes if outcome.error]
    if failed:
        raise typer.Exit(failed[0].exit_code)


def mask_path(target: Path) -> Path:
    """Return where the mask of a translation goes."""
    return target.with_name(f"{target.name}.mask.png")


def table(outcomes: list[Outcome], sheet: Path | None) -> str:
    """Returns a line for each picture, those that failed last, and the counts."""
    width = max(len(_shown(outcome.pair.source)) for outcome in outcomes)
    ordered = sorted(outcomes, key=lambda outcome: outcome.error is not None)
    lines = [
        f"{_status(outcome):10}  {_shown(outcome.pair.source):{width}}  {_detail(outcome)}"
        for outcome in ordered
    ]
    failed = sum(outcome.error is not None for outcome in outcomes)
    if sheet:
        more = f" (the first {MOST_PAIRS})" if len(outcomes) - failed > MOST_PAIRS else ""
        lines.append(f"contact sheet: {sheet}{more}")
    return "\n".join([*lines, f"{len(outcomes) - failed} translated, {failed} failed"])


def _shown(path: Path) -> str:
    """Returns a path on one line, whatever is in its name."""
    return "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in str(path))


def _status(outcome: Outcome) -> str:
    return "failed" if outcome.error else "translated"


def _detail(outcome: Outcome) -> str:
    if outcome.error:
        found = outcome.error.detail
        return f"{outcome.error.what}; {found}" if found else outcome.error.what
    height, width = outcome.size
    notes = f"  ({'; '.join(outcome.notes)})" if outcome.notes else ""
    return f"{_shown(outcome.pair.target)}  {width}x{height}, {outcome.seconds:.1f} s{notes}"


def _comparison(job: ImageJob, pairs: Pairs) -> Comparison:
    name = SHEET_NAME if pairs.into_folder else f"{pairs.pairs[0].target.name}.{SHEET_NAME}"
    return Comparison(job.compare, pairs.folder / name)


def _check(job: ImageJob, pairs: Pairs, comparison: Comparison) -> None:
    extra = comparison.paths(pair.target for pair in pairs.pairs)
    extra += [mask_path(pair.target) for pair in pairs.pairs if job.write_masks]
    check_targets(pairs, extra, overwrite=job.overwrite)


def _translate_one(job: ImageJob, translator, pair: Pair, comparison: Comparison) -> Outcome:
    from cyclegan_tf.inference.picture import translate_file

    began = time.perf_counter()
    try:
        _make_folder(pair.target.parent)
        mask_target = mask_path(pair.target) if job.write_masks else None
        done = translate_file(
            translator, pair.source, pair.target, max_pixels=job.max_pixels, mask_target=mask_target
        )
        comparison.add(done.original, done.translated, pair.target)
    except CycleGANError as error:
        return Outcome(pair, error=error)
    except MemoryError:
        return Outcome(pair, error=_too_large(pair.source))
    return Outcome(pair, done.size, time.perf_counter() - began, done.notes)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise output_error(error, folder) from error


def _too_large(source: Path) -> MachineError:
    return MachineError(
        f"not enough memory for the picture: {source}",
        fix="give --tile 32, or less: pictures then go through in strips of so many rows",
    )


def _load(folder: Path, job: ImageJob):
    from cyclegan_tf.system.tensorflow import import_tensorflow

    typer.echo("starting TensorFlow", err=True)
    import_tensorflow()
    from cyclegan_tf.inference.translator import Translator

    return Translator(folder, job.direction, tile=job.tile)


def _print_json(folder: Path, job: ImageJob, outcomes: list[Outcome], sheet: Path | None) -> None:
    pictures = [
        {
            "source": str(outcome.pair.source),
            "target": str(outcome.pair.target),
            "status": _status(outcome),
            "size": outcome.size,
            "seconds": round(outcome.seconds, 3),
            "notes": outcome.notes,
            "error": outcome.error and str(outcome.error),
        }
        for outcome in outcomes
    ]
    fields = {"model": str(folder), "direction": job.direction, "pictures": pictures}
    typer.echo(json.dumps({**fields, "contact_sheet": sheet and str(sheet)}, indent=2))
