"""Translation of many picture files, with a report on each."""

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from cyclegan_tf.errors import MachineError, UsageError, UserError
from cyclegan_tf.images.sizes import MAX_PIXELS
from cyclegan_tf.images.writing import FORMATS
from cyclegan_tf.inference.comparison import SHEET_NAME, Comparison
from cyclegan_tf.inference.outcomes import Outcome, PicturesReport, shown
from cyclegan_tf.inference.pairs import Pair, Pairs, check_targets, find_pairs
from cyclegan_tf.system.progress import progress_display
from video.core.files import make_folder

COMPARISONS = ("pairs", "sheet")
ON_BAD_IMAGE = ("stop", "skip")


@dataclass(frozen=True)
class PictureOptions:
    """How to translate pictures; see `translate_pictures`."""

    format: str | None = None
    compare: str | None = None
    max_pixels: int = MAX_PIXELS
    overwrite: bool = False
    on_bad_image: str = "skip"
    write_masks: bool = False

    def __post_init__(self):
        formats = tuple(suffix.removeprefix(".") for suffix in FORMATS)
        for name, allowed in (
            ("format", (None, *formats)),
            ("compare", (None, *COMPARISONS)),
            ("on_bad_image", ON_BAD_IMAGE),
        ):
            if getattr(self, name) not in allowed:
                raise UsageError(
                    f"not a choice for {name}: {getattr(self, name)}",
                    detail=f"expected one of {', '.join(filter(None, allowed))}",
                    fix="leave it out, or give one of these",
                )

    @property
    def suffix(self) -> str | None:
        """The suffix of all results; None to keep each picture's own."""
        return self.format and f".{self.format}"


@dataclass(frozen=True)
class PicturePlan:
    """The files that will be read and written.

    Attributes:
        source: as requested.
        target: as requested.
        options: as requested.
        pairs: each picture and its target.
    """

    source: Path
    target: Path
    options: PictureOptions
    pairs: Pairs

    @property
    def beside(self) -> list[Path]:
        """The files written beside the translations: comparisons and masks."""
        targets = [pair.target for pair in self.pairs.pairs]
        masks = [mask_path(target) for target in targets if self.options.write_masks]
        return [*self.comparison.paths(targets), *masks]

    @property
    def comparison(self) -> Comparison:
        """The comparison of sources and results."""
        pairs = self.pairs
        name = SHEET_NAME if pairs.into_folder else f"{pairs.pairs[0].target.name}.{SHEET_NAME}"
        return Comparison(self.options.compare, pairs.folder / name)

    def to_dict(self) -> dict:
        """Return the plan for programs, ready for JSON."""
        named = [{"source": str(pair.source), "target": str(pair.target)} for pair in self.pairs.pairs]
        return {"pictures": named}

    def __str__(self) -> str:
        lines = [f"{shown(pair.source)}  to  {shown(pair.target)}" for pair in self.pairs.pairs]
        return "\n".join([*lines, f"{len(lines)} to translate"])


def translate_pictures(  # noqa: PLR0913 - keywords, so that callers need no options class
    source: str | Path,
    target: str | Path,
    translator,
    *,
    format: str | None = None,
    compare: str | None = None,
    max_pixels: int = MAX_PIXELS,
    overwrite: bool = False,
    on_bad_image: str = "skip",
    write_masks: bool = False,
    progress: str = "none",
) -> PicturesReport:
    """Translate a picture, a folder with its subfolders, or a pattern of pictures.

    Names, sizes, EXIF, alpha, colour profiles and 16 bits are kept where the format holds them.

    Args:
        source: a file, a folder, or a pattern such as "photos/**/*.jpg".
        target: a folder, or for one picture a file.
        translator: the model, a `Translator`.
        format: suffix of all results without the dot, as "png"; None to keep each picture's own.
        compare: "pairs" writes each picture beside its translation too, "sheet" the first 100 on one sheet.
        max_pixels: refuse larger pictures.
        overwrite: replace files that exist.
        on_bad_image: "stop" at the first picture that cannot be translated, or "skip" it and say so.
        write_masks: also write where the model translates, as OUT.mask.png.
        progress: on stderr: "auto" a bar or lines, "json" lines of JSON, "none" nothing.

    Returns:
        The outcome of each picture, and where the contact sheet is.

    Raises:
        DataError: no picture was found; or one cannot be read and on_bad_image is "stop".
        UsageError: the names of source, target and format contradict each other, or the model has no masks.
        OutputError: a target exists, is a source, or cannot be written.
    """
    options = PictureOptions(format, compare, max_pixels, overwrite, on_bad_image, write_masks)
    return translate_planned(plan_pictures(Path(source), Path(target), options), translator, progress)


def plan_pictures(
    source: Path, target: Path, options: PictureOptions, *, any_channels: bool = False
) -> PicturePlan:
    """Find the pictures and check that their targets can be written; errors as of `translate_pictures`.

    Args:
        source: as of `translate_pictures`.
        target: as of `translate_pictures`.
        options: how.
        any_channels: whether the results are neither grey nor RGB; few formats can hold such pixels.
    """
    pairs = find_pairs(source, target, options.suffix, any_channels=any_channels)
    plan = PicturePlan(source, target, options, pairs)
    check_targets(pairs, plan.beside, overwrite=options.overwrite)
    return plan


def translate_planned(plan: PicturePlan, translator, progress: str = "none") -> PicturesReport:
    """Translate the pictures of a plan; see `translate_pictures`."""
    plan = plan_for_model(plan, translator.card.masked, translator.module.spec.output_channels)
    comparison = plan.comparison
    outcomes = (_translate_one(translator, pair, comparison, plan.options) for pair in plan.pairs.pairs)
    return PicturesReport(collect_outcomes(plan, outcomes, progress), comparison.finish())


def plan_for_model(plan: PicturePlan, is_masked: bool, output_channels: int) -> PicturePlan:
    """Return the plan as a model needs it.

    Args:
        plan: of `plan_pictures`.
        is_masked: whether the model has a mask network.
        output_channels: of its generator.

    Raises:
        UsageError: the model has no masks to write.
    """
    if plan.options.write_masks and not is_masked:
        raise UsageError(
            "the model has no masks to write",
            detail="it was trained without data.masks_a and data.masks_b, and translates whole pictures",
            fix="leave --write-masks out",
        )
    if output_channels not in (1, 3):
        return plan_pictures(plan.source, plan.target, plan.options, any_channels=True)
    return plan


def collect_outcomes(plan: PicturePlan, outcomes: Iterable[Outcome], progress: str) -> list[Outcome]:
    """Return the outcomes in the order of the plan, and show how many there are so far.

    Args:
        plan: of which pictures.
        outcomes: in any order, as they get ready.
        progress: as of `translate_pictures`.

    Raises:
        UserError: of the first picture that failed, where the options say so.
    """
    pairs, found = plan.pairs.pairs, {}
    with progress_display("translating", len(pairs), unit="pictures", kind=progress) as display:
        for outcome in outcomes:
            if outcome.error and plan.options.on_bad_image == "stop":
                outcome.error.add_note(f"{len(found)} of {len(pairs)} pictures were translated before it")
                raise outcome.error
            found[outcome.pair] = outcome
            display.advance()
    return [found[pair] for pair in pairs]


def translate_pairs(translator, pairs: Iterable[Pair], options: PictureOptions) -> Iterator[Outcome]:
    """Translate some pictures of a plan by themselves, as a worker of a cluster does.

    Args:
        translator: the model, a `Translator`.
        pairs: each picture and its target.
        options: how; there is no contact sheet.

    Yields:
        The outcome of each.
    """
    kind = options.compare if options.compare == "pairs" else None
    comparison = Comparison(kind, Path(SHEET_NAME))
    for pair in pairs:
        yield _translate_one(translator, pair, comparison, options)


def mask_path(target: Path) -> Path:
    """Return where the mask of a translation goes."""
    return target.with_name(f"{target.name}.mask.png")


def _translate_one(translator, pair: Pair, comparison: Comparison, options: PictureOptions) -> Outcome:
    from cyclegan_tf.inference.picture import translate_file

    began = time.perf_counter()
    try:
        make_folder(pair.target.parent)
        mask_target = mask_path(pair.target) if options.write_masks else None
        done = translate_file(
            translator, pair.source, pair.target, max_pixels=options.max_pixels, mask_target=mask_target
        )
        comparison.add(done.original, done.translated, pair.target)
    except UserError as error:
        return Outcome(pair, error=error)
    except MemoryError:
        return Outcome(pair, error=_too_large(pair.source))
    return Outcome(pair, done.size, time.perf_counter() - began, done.notes)


def _too_large(source: Path) -> MachineError:
    return MachineError(
        f"not enough memory for the picture: {source}",
        fix="give --strip-rows 32, or less: pictures are then translated in strips of that many rows",
    )
