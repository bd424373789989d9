"""The measures of one direction: pictures are translated, and there and back, and compared."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from cyclegan_tf.data.picture_set import PictureSet
from cyclegan_tf.measures.direction import (
    Direction,
    Judge,
    Translate,
    background_scores,
    difference_score,
    judge_translations,
    truth_scores,
)

_BATCH = 4


@dataclass(frozen=True)
class Material:
    """What a direction is measured with.

    Attributes:
        sources: pictures to translate; their masks give the background change.
        judges: the feature networks with the real pictures of the target domain.
        seed: of the subsets of the KID.
        targets: real pictures of the target domain for the identity L1; None leaves it out.
        paired: whether each target is the true translation of the source at its place.
        masks_from: where the masks of the sources came from, "given" or "its own".
        on_pictures: called with a number of pictures whenever so many are translated.
    """

    sources: PictureSet
    judges: list[Judge]
    seed: int = 0
    targets: PictureSet | None = None
    paired: bool = False
    masks_from: str = "given"
    on_pictures: Callable[[int], None] = lambda _: None

    def num_passes(self, *, back: bool) -> int:
        """Return how many pictures will be translated in all."""
        return len(self.sources.names) * (2 if back else 1) + len(self.targets.names if self.targets else ())


def measure_direction(material: Material, translate: Translate, back: Translate | None = None) -> Direction:
    """Measure a direction.

    Args:
        material: the pictures and the judges.
        translate: from uint8 pictures (batch, height, width, channels) to their translations.
        back: the other direction; None leaves the cycle L1 out.

    Returns:
        Its scores, with the translations from the nearest to the farthest.
    """
    sources, targets = material.sources, material.targets
    translated = _in_batches(translate, sources.pixels, material.on_pictures)
    direction = judge_translations(sources, translated, material.judges, material.seed)
    if back is not None:
        cycled = _in_batches(back, translated, material.on_pictures)
        direction.scores.append(difference_score("cycle_l1", sources.pixels, cycled))
    if targets is not None and targets.pixels.shape[-1] == sources.pixels.shape[-1]:
        same = _in_batches(translate, targets.pixels, material.on_pictures)
        direction.scores.append(difference_score("identity_l1", targets.pixels, same))
    if sources.masks is not None:
        found = background_scores(sources.pixels, translated, sources.masks, material.masks_from)
        direction.scores += found
    if targets is not None and material.paired:
        direction.scores += truth_scores(translated, targets.pixels)
    return direction


def _in_batches(translate: Translate, pictures: np.ndarray, on_pictures: Callable[[int], None]) -> np.ndarray:
    results = []
    for start in range(0, len(pictures), _BATCH):
        results.append(translate(pictures[start : start + _BATCH]))
        on_pictures(len(results[-1]))
    return np.concatenate(results)
