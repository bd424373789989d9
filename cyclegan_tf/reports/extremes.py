"""The best and the worst translations of an evaluation, by their distance to the real pictures."""

from dataclasses import dataclass
from pathlib import Path

from cyclegan_tf.reports.curves import direction_words
from cyclegan_tf.reports.pictures import file_uri
from cyclegan_tf.reports.run_files import Evaluation

MOST_PICTURES = 6
_PICTURES = {"most_side": 384, "most_bytes": 45_000}


@dataclass(frozen=True)
class Pair:
    """A test picture beside its translation.

    Attributes:
        name: of the test picture.
        distance: of the translation to its nearest real pictures.
        before: the test picture as a data URI.
        after: the translation as a data URI.
    """

    name: str
    distance: float
    before: str
    after: str


@dataclass(frozen=True)
class Extremes:
    """The pictures of one direction.

    Attributes:
        direction: in words, such as A to B.
        target: the domain of the real pictures, A or B.
        count: how many pictures were measured.
        farthest: the worst, the farthest first.
        nearest: the best, the nearest first.
    """

    direction: str
    target: str
    count: int
    farthest: list[Pair]
    nearest: list[Pair]


def extremes_of(evaluation: Evaluation) -> list[Extremes]:
    """Read the best and the worst pictures of each direction; directions without any are left out."""
    found = [_extremes(evaluation, *item) for item in evaluation.metrics["directions"].items()]
    return [one for one in found if one.farthest]


def _extremes(evaluation: Evaluation, direction: str, content: dict) -> Extremes:
    pictures = [one for one in content.get("pictures", ()) if isinstance(one.get("distance"), int | float)]
    pictures = [one for one in pictures if isinstance(one.get("name"), str)]
    pictures.sort(key=lambda one: one["distance"])
    farthest = _pairs(evaluation.folder, pictures[::-1])
    # Few pictures: none is shown as both.
    shown = {pair.name for pair in farthest}
    nearest = _pairs(evaluation.folder, [one for one in pictures if one["name"] not in shown])
    words = direction_words(direction)
    return Extremes(words, words[-1], len(pictures), farthest, nearest)


def _pairs(folder: Path, pictures: list[dict]) -> list[Pair]:
    pairs = []
    for one in pictures[:MOST_PICTURES]:
        uris = [_uri(folder, one.get(key)) for key in ("input", "translated")]
        if all(uris):
            pairs.append(Pair(one["name"], one["distance"], *uris))
    return pairs


def _uri(folder: Path, name: object) -> str | None:
    """Return a picture of the evaluation; nothing from outside its folder."""
    if not isinstance(name, str):
        return None
    path = folder / name
    is_inside = path.resolve().is_relative_to(folder.resolve())
    return file_uri(path, **_PICTURES) if is_inside else None
