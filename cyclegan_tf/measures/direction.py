"""The scores of one direction, from pictures and their translations."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from cyclegan_tf.data.picture_set import PictureSet
from cyclegan_tf.measures.differences import background_change, mean_difference
from cyclegan_tf.measures.feature_network import FeatureNetwork
from cyclegan_tf.measures.frechet import frechet_distance
from cyclegan_tf.measures.kernel_distance import kernel_distance
from cyclegan_tf.measures.nearest import distances_to_set
from cyclegan_tf.measures.psnr import psnr
from cyclegan_tf.measures.score import Score
from cyclegan_tf.measures.ssim import ssim

# Fewer give no distance of two sets.
FEWEST = 4
NUM_SHOWN = 6
_GREY_LEVELS = "grey levels"

Translate = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Judge:
    """A feature network and what it makes of the real pictures of the target domain.

    Attributes:
        network: the network.
        real: its features of the real pictures, (count, dimensions).
        independent: false if the model was trained against it.
    """

    network: FeatureNetwork
    real: np.ndarray
    independent: bool = True


@dataclass(frozen=True)
class JudgedPicture:
    """A translated picture.

    Attributes:
        name: of its input.
        distance: to the real pictures, by the features of the first judge.
        input: uint8 (height, width, channels).
        translated: likewise.
    """

    name: str
    distance: float
    input: np.ndarray
    translated: np.ndarray


@dataclass
class Direction:
    """The outcome for a direction.

    Attributes:
        scores: in the order of a table.
        pictures: from the nearest to the farthest.
        warnings: what a reader of the scores has to know.
    """

    scores: list[Score]
    pictures: list[JudgedPicture]
    warnings: list[str]


def judge_translations(
    pictures: PictureSet, translated: np.ndarray, judges: list[Judge], seed: int
) -> Direction:
    """Compare translations as a set with the real pictures, by the features of each judge.

    Args:
        pictures: the inputs.
        translated: uint8 (count, height, width, channels), their translations.
        judges: at least one.
        seed: of the subsets.

    Returns:
        The direction with its KID and FID; other scores can be added.
    """
    direction = Direction([], [], [])
    distances = np.zeros(len(translated))
    for place, judge in enumerate(judges):
        features = judge.network.features(translated)
        if place == 0:
            distances = distances_to_set(features, judge.real)
        if min(len(features), len(judge.real)) < FEWEST:
            direction.warnings.append(f"no KID and no FID: they need at least {FEWEST} pictures of each side")
            continue
        direction.scores += _set_scores(features, judge, seed)
        if min(len(features), len(judge.real)) <= features.shape[1]:
            direction.warnings.append(
                f"the FID of {judge.network.name} is not stable: {len(features)} translated and "
                f"{len(judge.real)} real pictures are not more than its {features.shape[1]} features; "
                "read the KID"
            )
    judged = map(JudgedPicture, pictures.names, distances.tolist(), pictures.pixels, translated)
    direction.pictures = sorted(judged, key=lambda one: one.distance)
    return direction


def _set_scores(features: np.ndarray, judge: Judge, seed: int) -> list[Score]:
    kid, network = kernel_distance(features, judge.real, seed), judge.network
    score = partial(
        Score,
        better="lower",
        num_translated=len(features),
        num_real=len(judge.real),
        network=network.name,
        network_sha256=network.sha256,
        network_resize=network.resize,
        independent=judge.independent,
    )
    fid = frechet_distance(features, judge.real)
    return [score("kid", kid.value, standard_error=kid.standard_error), score("fid", fid)]


def difference_score(name: str, pictures: np.ndarray, others: np.ndarray) -> Score:
    """Return cycle_l1, identity_l1 or truth_l1 of uint8 pictures (count, height, width, channels)."""
    return Score(name, mean_difference(pictures, others), "lower", len(pictures), _GREY_LEVELS)


def background_scores(
    pictures: np.ndarray, translated: np.ndarray, masks: np.ndarray, masks_from: str
) -> list[Score]:
    """Return background_l1, or nothing where no picture has a background or the channels differ.

    Args:
        pictures: uint8 (count, height, width, channels).
        translated: their translations.
        masks: uint8 (count, height, width, 1).
        masks_from: "given" or "its own".
    """
    if pictures.shape != translated.shape:
        return []
    value, count = background_change(pictures, translated, masks)
    if math.isnan(value):
        return []
    return [Score("background_l1", value, "lower", count, _GREY_LEVELS, masks=masks_from)]


def truth_scores(translated: np.ndarray, truths: np.ndarray) -> list[Score]:
    """Return PSNR, SSIM and L1 of translations to their true pictures, each uint8 of one shape."""
    count = len(translated)
    return [
        Score("psnr", psnr(translated, truths), "higher", count, "dB"),
        Score("ssim", ssim(translated, truths), "higher", count),
        difference_score("truth_l1", translated, truths),
    ]


def share_score(
    classifier: FeatureNetwork,
    translated: np.ndarray,
    real: np.ndarray,
    classes: dict[int, str],
    *,
    independent: bool,
) -> Score:
    """Return how many translations a classifier takes for one of the given classes.

    Args:
        classifier: its features are the logits of the classes.
        translated: uint8 (count, height, width, channels).
        real: real pictures of the target domain, likewise.
        classes: names by number.
        independent: false if the model was trained against the network.
    """
    found = (classifier.features(each).argmax(axis=1) for each in (translated, real))
    shares = [np.isin(numbers, list(classes)).mean() for numbers in found]
    return Score(
        "share",
        float(shares[0]),
        "higher",
        len(translated),
        num_real=len(real),
        standard_error=float(np.sqrt(shares[0] * (1 - shares[0]) / len(translated))),
        network=classifier.name,
        network_sha256=classifier.sha256,
        network_resize=classifier.resize,
        independent=independent,
        classes=", ".join(f"{number} {name}".strip() for number, name in classes.items()),
        real_value=float(shares[1]),
    )
