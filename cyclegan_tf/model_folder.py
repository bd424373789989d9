"""The model folder: trained generators that know what they are."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

import keras

from cyclegan_tf.errors import ModelError
from cyclegan_tf.files import replace_folder, sha256
from cyclegan_tf.networks import GeneratorSpec, build_generator
from cyclegan_tf.run_folder import CARD_FILE
from cyclegan_tf.weights import assign_arrays, load_arrays, network_variables, save_arrays

FORMAT = 1


@dataclass(frozen=True)
class ModelCard:
    """What a model folder says of itself.

    Attributes:
        generators: what the generator of each direction is, by "ab" and "ba".
        training_size: (height, width) in pixels of the images it was trained on.
        precision: number format of the training.
        provenance: where it came from: run, step, data, versions.
    """

    generators: dict[str, GeneratorSpec]
    training_size: tuple[int, int]
    precision: str = "float32"
    provenance: dict = field(default_factory=dict)


def save_model(folder: Path, networks: dict[str, keras.Model], card: ModelCard) -> None:
    """Writes a model folder, whole or not at all, in place of an earlier one.

    Args:
        folder: where; its parent must exist.
        networks: the generator of each direction in the card.
        card: what they are.

    Raises:
        OutputError: if it cannot be written; an earlier model is untouched.
    """
    with replace_folder(folder) as aside:
        directions = {}
        for direction, spec in card.generators.items():
            name = f"generator_{direction}.safetensors"
            save_arrays(aside / name, network_variables(networks[direction]))
            directions[direction] = {
                "weights": name,
                "sha256": sha256(aside / name),
                "generator": asdict(spec),
                "norm": "instance",
                "stride": spec.stride,
            }
        text = {
            "format": FORMAT,
            "kind": "cyclegan-tf model",
            "directions": directions,
            "training_size": list(card.training_size),
            "value_range": [-1, 1],
            "precision": card.precision,
            "provenance": card.provenance,
        }
        (aside / CARD_FILE).write_text(json.dumps(text, indent=2) + "\n")


def load_card(folder: Path) -> ModelCard:
    """Reads what a model folder says of itself.

    Raises:
        ModelError: if it is no model folder, or of a newer format.
    """
    text = _read_card(folder)
    generators = {name: GeneratorSpec(**entry["generator"]) for name, entry in text["directions"].items()}
    return ModelCard(generators, tuple(text["training_size"]), text["precision"], text["provenance"])


def load_generator(folder: Path, direction: str) -> keras.Model:
    """Builds the generator of a direction and gives it the folder's weights.

    Args:
        folder: a model folder.
        direction: "ab" or "ba".

    Returns:
        A float32 Keras model as of `networks.build_generator`.

    Raises:
        ModelError: if the folder is damaged or does not hold the direction.
    """
    card, entries = load_card(folder), _read_card(folder)["directions"]
    if direction not in entries:
        raise ModelError(
            f"no generator for direction {direction} in {folder}",
            detail=f"expected one of {', '.join(entries)}",
            fix="give another --direction",
        )
    path = folder / entries[direction]["weights"]
    arrays = load_arrays(path)
    if sha256(path) != entries[direction]["sha256"]:
        raise ModelError(
            f"damaged weights: {path}",
            detail="the checksum is not the one that was saved",
            fix="copy the model folder again",
        )
    network = build_generator(card.generators[direction], f"generator_{direction}")
    assign_arrays(network_variables(network), arrays, path)
    return network


def _read_card(folder: Path) -> dict:
    path = folder / CARD_FILE
    if not path.is_file():
        raise ModelError(f"not a model folder: {folder}", detail=f"expected {CARD_FILE} in it")
    try:
        text = json.loads(path.read_text())
        newer = text["format"] > FORMAT
    except (ValueError, KeyError, TypeError) as error:
        raise ModelError(f"cannot read {path}", detail=f"expected a model's description; {error}") from error
    if newer:
        raise ModelError(
            f"model of a newer format: {folder}",
            detail=f"expected format {FORMAT} or older; found {text['format']}",
            fix="update cyclegan-tf",
        )
    return text
