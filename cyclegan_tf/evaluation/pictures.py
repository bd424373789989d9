"""The pictures that a model is measured on: inputs of both directions, real sets, masks, pairs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cyclegan_tf.config.loading import load_config
from cyclegan_tf.config.schema import DataConfig
from cyclegan_tf.data.file import PictureFile
from cyclegan_tf.data.loading import find_pictures
from cyclegan_tf.data.masks import as_files, find_masks
from cyclegan_tf.data.picture_set import Fit, Item, PictureSet, read_picture_set, spread
from cyclegan_tf.errors import DataError, UsageError
from cyclegan_tf.models.card import ModelCard

REALS = ("test", "train", "train+test")
Parts = Mapping[str, Sequence[Item]]


@dataclass(frozen=True)
class Sources:
    """The pictures of both domains that are translated.

    Attributes:
        sets: by "a" and "b".
        paired: whether the pictures at one place of both show the same.
        warnings: what a reader of the scores has to know.
    """

    sets: dict[str, PictureSet]
    paired: bool
    warnings: list[str]


def find_parts(data: str | Path | None, a: Path | None, b: Path | None, card: ModelCard) -> Parts:
    """Find the pictures of a data set, read as the model reads them.

    Args:
        data: a folder with trainA and so on, or tfds:NAME; None if a and b are given.
        a: folder or list of domain A.
        b: those of domain B.
        card: channels and pixel ranges.

    Returns:
        Pictures by part, such as testA; those of `a` and `b` are testA and testB.

    Raises:
        UserError: as `data.loading.find_pictures`.
    """
    given = {"data.root": data, "data.a": a, "data.b": b}
    config = load_config(None, {key: str(value) for key, value in given.items() if value is not None})
    found = find_pictures(_as_the_model(config.data, card))
    return found if data is not None else {f"test{part[-1]}": items for part, items in found.items()}


def _as_the_model(data: DataConfig, card: ModelCard) -> DataConfig:
    way, spec = next(iter(card.generators.items()))
    channels = (spec.input_channels, spec.output_channels)
    of_a, of_b = channels if way == "ab" else channels[::-1]
    ranges = {f"range_{domain}": limits and list(limits) for domain, limits in card.pixel_ranges.items()}
    return data.model_copy(update={"channels_a": of_a, "channels_b": of_b, **ranges})


def read_sources(
    parts: Parts, fit: Fit, masks: Path | None, paired: bool | None, num_pictures: int | None
) -> Sources:
    """Read the pictures that are translated: the test pictures, or training pictures where there are none.

    Args:
        parts: of `find_parts`.
        fit: what makes them one size.
        masks: a folder with a folder of masks for one part or for both; None for no masks.
        paired: whether they come in pairs; None looks whether all names are the same.
        num_pictures: at most so many of each domain, at even distances; None for all.

    Raises:
        UserError: pictures or masks are missing or cannot be read.
    """
    names = {domain: f"test{domain}" if f"test{domain}" in parts else f"train{domain}" for domain in "AB"}
    items = {domain: list(parts[name]) for domain, name in names.items()}
    warnings = [
        f"there is no test{domain}: training pictures are measured"
        for domain, name in names.items()
        if name.startswith("train")
    ]
    if paired is None and _have_same_names(items):
        paired = True
        warnings.append("A and B have the same names, so they count as pairs; --unpaired says otherwise")
    if paired:
        items["B"] = _in_pairs(items)
    masked = _parts_with_masks(masks, list(names.values()))
    sets = {}
    for domain, name in names.items():
        chosen = spread(items[domain], num_pictures)
        found = find_masks(masks / name, as_files(chosen), domain) if name in masked else ()
        sets[domain.lower()] = read_picture_set(chosen, fit, found)
    return Sources(sets, bool(paired), warnings)


def read_reals(parts: Parts, domain: str, reals: str, fit: Fit) -> PictureSet:
    """Read the real pictures of a domain, "a" or "b".

    Args:
        parts: of `find_parts`.
        domain: whose pictures.
        reals: of REALS; "test" means training pictures where there are no others.
        fit: what makes them one size.

    Raises:
        UsageError: training pictures are asked for, and none are given.
    """
    names = [f"{part}{domain.upper()}" for part in reals.split("+")]
    missing = [name for name in names if name not in parts]
    if reals == "test" and missing:
        names = [f"train{domain.upper()}"]
    elif missing:
        raise UsageError(
            f"there is no {missing[0]} for --reals {reals}",
            detail=f"expected a data folder with {' and '.join(names)}; found {', '.join(sorted(parts))}",
            fix="give the data folder, or another --reals",
        )
    return read_picture_set([item for name in names for item in parts[name]], fit)


def _parts_with_masks(masks: Path | None, names: list[str]) -> list[str]:
    if masks is None:
        return []
    found = [name for name in names if (masks / name).is_dir()]
    if not found:
        raise DataError(
            f"no masks in {masks}",
            detail=f"expected a folder {' or '.join(names)} in it, with a grey picture for each picture",
            fix="give the folder that `cyclegan-tf masks DATA FOLDER` wrote",
        )
    return found


def _have_same_names(items: dict[str, list]) -> bool:
    if not all(isinstance(item, PictureFile) for found in items.values() for item in found):
        return False
    a, b = ([Path(item).stem for item in items[domain]] for domain in "AB")
    return sorted(a) == sorted(b) and len(set(a)) == len(a)


def _in_pairs(items: dict[str, list]) -> list:
    """Return the pictures of B in the order of those of A."""
    a, b = items["A"], items["B"]
    if _have_same_names(items):
        by_name = {Path(item).stem: item for item in b}
        return [by_name[Path(item).stem] for item in a]
    if len(a) != len(b):
        raise DataError(
            "the pictures do not come in pairs",
            detail=f"expected as many of A as of B; found {len(a)} and {len(b)}",
            fix="add what is missing, or leave --paired out",
        )
    return b
