"""An evaluation of a model: the scores of its directions, as text, as JSON and as files."""

import json
import math
import platform
from dataclasses import dataclass, field
from pathlib import Path

import keras
import numpy as np
import PIL
import tensorflow as tf

from cyclegan_tf import __version__
from cyclegan_tf.images.grid import displayable
from cyclegan_tf.images.writing import Output, write_output
from cyclegan_tf.measures.direction import NUM_SHOWN, Direction, JudgedPicture
from video.core.files import make_folder, write_atomic

METRICS_FILE = "metrics.json"
# Of metrics.json; it rises when a field changes its meaning or is removed.
SCHEMA = 1
_VERSIONS = {
    "cyclegan-tf": __version__,
    "python": platform.python_version(),
    "tensorflow": tf.__version__,
    "keras": keras.__version__,
    "numpy": np.__version__,
    "pillow": PIL.__version__,
}


@dataclass
class Evaluation:
    """An evaluation.

    Attributes:
        model: the model folder.
        data: where the pictures came from.
        resize: what the pictures were resized to for the model.
        seed: of the subsets of the KID.
        step: of the training, None if unknown.
        directions: by "ab" and "ba".
        warnings: of the whole evaluation.
    """

    model: str
    data: str
    resize: str
    seed: int
    step: int | None
    directions: dict[str, Direction]
    warnings: list[str] = field(default_factory=list)

    @property
    def all_warnings(self) -> list[str]:
        """Every warning, with its direction where it has one."""
        found = [f"{way}: {text}" for way, one in self.directions.items() for text in one.warnings]
        return [*self.warnings, *found]

    def values(self) -> dict[str, float]:
        """Return each finite score's value by "DIRECTION/NAME" or "DIRECTION/NAME/NETWORK"."""
        scores = [(way, score) for way, one in self.directions.items() for score in one.scores]
        return {f"{way}/{score.key}": score.value for way, score in scores if math.isfinite(score.value)}

    def to_dict(self) -> dict:
        """Return the evaluation, ready for JSON."""
        return {
            "step": self.step,
            "model": self.model,
            "data": self.data,
            "seed": self.seed,
            "versions": _VERSIONS,
            "resize": self.resize,
            "directions": {
                way: {
                    "scores": [score.to_dict() for score in one.scores],
                    "pictures": [_entry(way, one.pictures, place) for place in range(len(one.pictures))],
                }
                for way, one in self.directions.items()
            },
            "warnings": self.all_warnings,
        }

    def __str__(self) -> str:
        rows = [("", "measure", "value", "")]
        rows += [(way, *score.cells()) for way, one in self.directions.items() for score in one.scores]
        widths = [max(len(row[column]) for row in rows) for column in range(3)]
        lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, [*widths, 0])) for row in rows]
        about = [f"model {self.model}", f"pictures {self.data}, {self.resize}"]
        warnings = [f"warning: {text}" for text in self.all_warnings]
        return "\n".join([*about, *(line.rstrip() for line in lines), *warnings])


def write_evaluation(folder: Path, evaluation: Evaluation) -> Path:
    """Write metrics.json, and the nearest and the farthest pictures beside it.

    Args:
        folder: made if it is missing.
        evaluation: what was found.

    Returns:
        The path of metrics.json, which is written last.

    Raises:
        OutputError: a file cannot be written.
    """
    for way, direction in evaluation.directions.items():
        make_folder(folder / way)
        for place in _shown(len(direction.pictures)):
            judged = direction.pictures[place]
            for path, pixels in zip(_paths(way, judged), (judged.input, judged.translated)):
                write_output(folder / path, Output(displayable(pixels)))
    text = json.dumps({"schema": SCHEMA, **evaluation.to_dict()}, indent=2, allow_nan=False)
    with write_atomic(folder / METRICS_FILE) as file:
        file.write(f"{text}\n".encode())
    return folder / METRICS_FILE


def _entry(way: str, pictures: list[JudgedPicture], place: int) -> dict:
    judged = pictures[place]
    entry = {"name": judged.name, "distance": judged.distance}
    if place in _shown(len(pictures)):
        entry |= dict(zip(("input", "translated"), _paths(way, judged)))
    return entry


def _shown(count: int) -> set[int]:
    """Return the places of the pictures that are written."""
    return {*range(min(count, NUM_SHOWN)), *range(max(0, count - NUM_SHOWN), count)}


def _paths(way: str, judged: JudgedPicture) -> tuple[str, str]:
    return f"{way}/{judged.name}.input.jpg", f"{way}/{judged.name}.jpg"
