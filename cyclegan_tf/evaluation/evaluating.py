"""The evaluation of a model folder over a data set."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from cyclegan_tf.config.loading import load_run_config
from cyclegan_tf.data.picture_set import Fit, PictureSet, fit_as, fit_to
from cyclegan_tf.errors import UsageError
from cyclegan_tf.evaluation.classes import parse_classes
from cyclegan_tf.evaluation.pictures import REALS, Sources, find_parts, read_reals, read_sources
from cyclegan_tf.inference.translator import Translator
from cyclegan_tf.measures.direction import Direction, Judge, share_score
from cyclegan_tf.measures.evaluation import Evaluation
from cyclegan_tf.measures.feature_networks import AUTO, choose_features, load_classifier, load_feature_network
from cyclegan_tf.measures.measuring import Material, measure_direction
from cyclegan_tf.models.card import ModelCard, load_card
from cyclegan_tf.models.independence import model_trained_against
from cyclegan_tf.models.run import Run, find_model
from cyclegan_tf.system.progress import progress_display

DIRECTIONS = ("ab", "ba")
_SIZE_IF_UNKNOWN = (256, 256)


@dataclass(frozen=True)
class EvaluateOptions:
    """How to measure a model; see `evaluate_model`.

    Attributes:
        features: names of feature networks; "auto" takes one that the model was not trained against, if there
            is one on this machine.
        reals: the real pictures that translations compare with: "test", "train" or "train+test".
        masks: a folder with testA and testB, as `cyclegan-tf masks` writes it.
        paired: whether testA and testB show the same; None looks whether all names are the same.
        expect_ab: classes of ImageNet that a classifier is to see in translations to B, as "zebra" or "340".
        expect_ba: the same for translations to A.
        size: (height, width) to measure at; None is that of the training.
        num_pictures: at most so many inputs of each direction; None for all.
        seed: of the subsets of the KID.
    """

    features: tuple[str, ...] = (AUTO,)
    reals: str = "test"
    masks: Path | None = None
    paired: bool | None = None
    expect_ab: str | None = None
    expect_ba: str | None = None
    size: tuple[int, int] | None = None
    num_pictures: int | None = None
    seed: int = 0

    def __post_init__(self):
        if self.reals not in REALS:
            raise UsageError(
                f"not a choice for --reals: {self.reals}",
                detail=f"expected one of {', '.join(REALS)}",
                fix="give one of these",
            )


def evaluate_model(
    model: str | Path | None,
    data: str | Path | None = None,
    *,
    a: Path | None = None,
    b: Path | None = None,
    options: EvaluateOptions = EvaluateOptions(),
    progress: str = "none",
) -> Evaluation:
    """Measure a model on pictures.

    Args:
        model: a run or model folder; None for the newest finished run.
        data: a folder with testA and testB, or trainA and trainB where there are no tests.
        a: pictures of A instead of `data`, a folder or list.
        b: pictures of B instead of `data`.
        options: what is measured, and how.
        progress: on stderr: "auto" a bar or lines, "json" lines of JSON, "none" nothing.

    Returns:
        The scores of each direction that the model has; `print` makes a table of them.

    Raises:
        UserError: the model, pictures, masks or weights of a network are missing or cannot be read.
    """
    folder = find_model(None if model is None else Path(model))
    card = load_card(folder)
    expected = {"ab": options.expect_ab, "ba": options.expect_ba}
    classes = {way: parse_classes(text) for way, text in expected.items() if text is not None}
    avoided = model_trained_against(folder, card)
    names = dict.fromkeys(choose_features(avoided) if name == AUTO else name for name in options.features)
    networks = [load_feature_network(name) for name in names]
    parts = find_parts(data, a, b, card)
    fit = _fit(folder, card, options.size)
    sources = read_sources(parts, fit, options.masks, options.paired, options.num_pictures)
    evaluation = Evaluation(
        model=str(folder),
        data=str(data) if data is not None else f"{a}, {b}",
        resize=fit.text,
        seed=options.seed,
        step=card.provenance.get("step"),
        directions={},
        warnings=[*sources.warnings, *_warnings(card, options, networks, avoided)],
    )
    translators = {way: Translator(folder, way) for way in DIRECTIONS if way in card.generators}
    for way in translators:
        reals = read_reals(parts, way[1], options.reals, fit).pixels
        judges = [Judge(each, each.features(reals), each.name not in avoided) for each in networks]
        material = _material(way, translators[way], sources, judges, options)
        direction = _measure(way, material, translators, progress)
        if way in classes:
            direction.scores.insert(0, _share(direction, sources.sets[way[1]], classes[way], avoided))
        evaluation.directions[way] = direction
    return evaluation


def _fit(folder: Path, card: ModelCard, size: tuple[int, int] | None) -> Fit:
    config = Run(folder.parent).config
    if size is None and config.is_file():
        return fit_as(load_run_config(config).preprocess)
    return fit_to(size or card.training_size or _SIZE_IF_UNKNOWN)


def _warnings(card: ModelCard, options: EvaluateOptions, networks: list, avoided: list[str]) -> list[str]:
    warnings = []
    if options.size is None and card.training_size is None:
        height, width = _SIZE_IF_UNKNOWN
        warnings.append(
            f"the model does not say at what size it was trained: it is measured at {width}x{height}; "
            "--size says another"
        )
    if all(network.name in avoided for network in networks):
        warnings.append(
            f"the model was trained against {', '.join(avoided)}, which judges it here: that is not "
            "independent; --features keras-mobilenet-v3 downloads another network (12 MB) and "
            "--features inception-fid:FILE reads one"
        )
    return warnings


def _material(
    way: str, translator: Translator, sources: Sources, judges: list[Judge], options: EvaluateOptions
) -> Material:
    inputs, targets = (sources.sets[domain] for domain in way)
    masks_from = "given"
    if inputs.masks is None and translator.card.masked:
        masks_from = "its own"
        inputs = replace(inputs, masks=np.stack([translator.masks(picture) for picture in inputs.pixels]))
    return Material(inputs, judges, options.seed, targets, sources.paired, masks_from)


def _measure(way: str, material: Material, translators: Mapping[str, Callable], progress: str) -> Direction:
    back = translators.get(way[::-1])
    total = material.num_passes(back=back is not None)
    with progress_display(f"measuring {way}", total, unit="pictures", kind=progress) as display:
        shown = replace(material, on_pictures=lambda count: display.advance(count=count))
        return measure_direction(shown, translators[way], back)


def _share(direction: Direction, real: PictureSet, classes: dict[int, str], avoided: list[str]):
    classifier = load_classifier()
    translated = np.stack([picture.translated for picture in direction.pictures])
    independent = classifier.name not in avoided
    return share_score(classifier, translated, real.pixels, classes, independent=independent)
