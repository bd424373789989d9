"""The model folder: trained generators and the description of each."""

import json
import math
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

import keras

from cyclegan_tf.errors import ModelError
from cyclegan_tf.models.frozen import SHA256, frozen_network, load_efficientnet_lite0
from cyclegan_tf.models.run import CARD_FILE
from cyclegan_tf.models.weights import assign_arrays, load_arrays, network_variables, save_arrays
from cyclegan_tf.networks.generators import build_generator
from cyclegan_tf.networks.mask_network import MaskNetwork, build_mask_decoder
from cyclegan_tf.networks.specs import RESNET_BLOCKS, GeneratorSpec
from video.core.files import replace_folder, sha256

# 2 added norm_epsilon and padding to the generators, and that the training size may be unknown.
# 3 added the mask network, which changes the translation. Only models with a mask network have format 3.
# 4 added blurred downsampling and bilinear upsampling. A model has the lowest format that can say what it is.
FORMAT = 4
_FORMAT_WITH_MASKS = 3
_FORMAT_WITHOUT_MASKS = 2
MASK_FILE = "mask.safetensors"
# What a model folder may hold.
MODEL_FILES = (CARD_FILE, "generator_*.safetensors", MASK_FILE)


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


def save_model(
    folder: Path,
    networks: dict[str, keras.Model],
    card: ModelCard,
    mask_decoder: keras.Model | None = None,
    store: Callable = lambda variable: variable,
) -> None:
    """Write a model folder, whole or not at all, in place of an earlier one.

    Args:
        folder: where; its parent must exist.
        networks: the generator of each direction in the card.
        card: their description.
        mask_decoder: of the mask network, if the card says so.
        store: from a variable to what is stored of it, such as a shorter number format.

    Raises:
        OutputError: if it cannot be written; an earlier model is untouched.
    """
    with replace_folder(folder) as aside:
        directions = {}
        for direction, spec in card.generators.items():
            name = f"generator_{direction}.safetensors"
            save_arrays(aside / name, _stored(networks[direction], store))
            directions[direction] = {
                "weights": name,
                "sha256": sha256(aside / name),
                "generator": _described(spec),
                "norm": "instance",
                "stride": spec.stride,
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
            save_arrays(aside / MASK_FILE, _stored(mask_decoder, store))
            text["mask"] = {
                "weights": MASK_FILE,
                "sha256": sha256(aside / MASK_FILE),
                "features": frozen_network(),
            }
        (aside / CARD_FILE).write_text(json.dumps(text, indent=2) + "\n")


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


def _stored(network: keras.Model, store: Callable) -> dict:
    return {name: store(variable) for name, variable in network_variables(network).items()}


def load_card(folder: Path) -> ModelCard:
    """Read the description of a model folder.

    Raises:
        ModelError: if it is not a model folder, its description is invalid, or it has a newer format.
    """
    return _read_card(folder)[0]


def weights_checksum(folder: Path, direction: str) -> str:
    """Return the SHA-256 of the weights of a direction, as noted when they were saved.

    Raises:
        ModelError: as `load_generator`.
    """
    return _weights_of(_read_card(folder)[1], folder, direction)[1]


def mask_checksum(folder: Path) -> str:
    """Return the SHA-256 of the mask network's decoder, of a model that has one.

    Raises:
        ModelError: as `load_card`.
    """
    return _read_card(folder)[1]["mask"][1]


def load_generator(folder: Path, direction: str) -> keras.Model:
    """Build the generator of a direction and give it the folder's weights.

    Args:
        folder: a model folder.
        direction: "ab" or "ba".

    Returns:
        A float32 Keras model as of `networks.build_generator`.

    Raises:
        ModelError: if the folder is damaged or does not hold the direction.
    """
    card, weights = _read_card(folder)
    path, checksum = _weights_of(weights, folder, direction)
    arrays = load_arrays(path)
    if sha256(path) != checksum:
        raise ModelError(
            f"damaged weights: {path}",
            detail="the checksum is not the one that was saved",
            fix="copy the model folder again",
        )
    _check_first_layer(card.generators[direction], arrays, path)
    network = build_generator(card.generators[direction], f"generator_{direction}")
    assign_arrays(network_variables(network), arrays, path)
    return network


def load_mask_network(folder: Path) -> MaskNetwork | None:
    """Build the mask network of a model folder; None for a model that translates whole pictures.

    Raises:
        ModelError: if the folder is damaged, or the frozen network of its mask network is not installed.
    """
    card, weights = _read_card(folder)
    if not card.masked:
        return None
    path, checksum = weights["mask"]
    arrays = load_arrays(path)
    if sha256(path) != checksum:
        raise ModelError(
            f"damaged weights: {path}",
            detail="the checksum is not the one that was saved",
            fix="copy the model folder again",
        )
    decoder = build_mask_decoder()
    assign_arrays(network_variables(decoder), arrays, path)
    return MaskNetwork(load_efficientnet_lite0(), decoder)


def _weights_of(weights: dict[str, tuple[Path, str]], folder: Path, direction: str) -> tuple[Path, str]:
    if direction not in weights or direction == "mask":
        raise ModelError(
            f"no generator for direction {direction} in {folder}",
            detail=f"expected one of {', '.join(name for name in weights if name != 'mask')}",
            fix="give another --direction",
        )
    return weights[direction]


def _read_card(folder: Path) -> tuple[ModelCard, dict[str, tuple[Path, str]]]:
    """Return the card, and by direction the file of the weights and its checksum."""
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
    if "mask" in text:
        weights["mask"] = _parse_mask(text["mask"], folder)
    masked = "mask" in text
    card = ModelCard(generators, training_size, text["precision"], text["provenance"], ranges, masked)
    return card, weights


def _parse_mask(entry: dict, folder: Path) -> tuple[Path, str]:
    if entry["features"]["sha256"] != SHA256:
        raise ValueError(f"its mask network reads the features of {entry['features']}, expected {SHA256}")
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


def _check_first_layer(spec: GeneratorSpec, arrays: dict, path: Path) -> None:
    """Check before anything is built: a description may claim a network that fills the memory."""
    layer = "first_conv" if spec.architecture in RESNET_BLOCKS else "down_1_conv"
    kernel, expected = arrays.get(f"{layer}/kernel"), (spec.input_channels, spec.width)
    if kernel is None or kernel.shape[2:] != expected:
        found = "none" if kernel is None else kernel.shape[2:]
        raise ModelError(
            f"weights of another architecture in {path}",
            detail=f"'{layer}/kernel': expected (channels in, channels out) {expected}; found {found}",
            fix="copy the model folder again",
        )
