"""The model folder: trained generators and the description of each."""

import json
from collections.abc import Callable
from pathlib import Path

import keras

from cyclegan_tf.errors import ModelError
from cyclegan_tf.models.card import MASK, ModelCard, card_text, read_card, weights_of
from cyclegan_tf.models.frozen import load_efficientnet_lite0
from cyclegan_tf.models.run import CARD_FILE
from cyclegan_tf.models.weights import assign_arrays, load_arrays, network_variables, save_arrays
from cyclegan_tf.networks.generators import build_generator
from cyclegan_tf.networks.mask_network import MaskNetwork, build_mask_decoder
from cyclegan_tf.networks.specs import RESNET_BLOCKS, GeneratorSpec
from video.core.files import replace_folder, sha256

MASK_FILE = "mask.safetensors"
# What a model folder may hold.
MODEL_FILES = (CARD_FILE, "generator_*.safetensors", MASK_FILE)


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
        weights = {}
        for direction in card.generators:
            name = f"generator_{direction}.safetensors"
            save_arrays(aside / name, _stored(networks[direction], store))
            weights[direction] = (name, sha256(aside / name))
        if card.masked:
            save_arrays(aside / MASK_FILE, _stored(mask_decoder, store))
            weights[MASK] = (MASK_FILE, sha256(aside / MASK_FILE))
        text = card_text(card, weights)
        (aside / CARD_FILE).write_text(json.dumps(text, indent=2) + "\n")


def _stored(network: keras.Model, store: Callable) -> dict:
    return {name: store(variable) for name, variable in network_variables(network).items()}


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
    card, weights = read_card(folder)
    path, checksum = weights_of(weights, folder, direction)
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
    card, weights = read_card(folder)
    if not card.masked:
        return None
    path, checksum = weights[MASK]
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
