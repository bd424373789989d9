"""Warm start: training that begins with the generators of a model folder."""

import logging
from dataclasses import asdict, replace
from pathlib import Path

from cyclegan_tf.errors import ModelError
from cyclegan_tf.models.card import load_card
from cyclegan_tf.models.folder import load_generator, load_mask_network
from cyclegan_tf.models.run import find_model
from cyclegan_tf.networks.layer_table import variable_shapes
from cyclegan_tf.networks.specs import GeneratorSpec
from cyclegan_tf.training.cyclegan import CycleGAN

_KEYS = {
    "architecture": "model.generator",
    "input_channels": "data.channels_a",
    "output_channels": "data.channels_b",
    "width": "model.generator_width",
    "norm_affine": "model.norm_affine",
    "upsampling": "model.upsampling",
    "norm_epsilon": "model.generator_norm_epsilon",
    "padding": "model.generator_padding",
    "downsampling": "model.generator_downsampling",
}
_LOGGER = logging.getLogger("cyclegan_tf")


def start_from(model: CycleGAN, path: Path) -> None:
    """Give both generators of a new model, and their averages, the weights of a model folder.

    Args:
        model: of the same architecture; its discriminators stay as they are.
        path: a model folder or a run folder, with both directions.

    Raises:
        ModelError: if the model does not exist, has one direction only, or differs; names the layer.
    """
    folder = find_model(path)
    specs = load_card(folder).generators
    if set(specs) != {"ab", "ba"}:
        raise ModelError(
            f"cannot train from a model of one direction: {folder}",
            detail=f"expected generators ab and ba; found {', '.join(specs)}",
            fix="import both: cyclegan-tf import FILE OUT --ba FILE2",
        )
    for direction, spec in (("ab", model.spec_ab), ("ba", model.spec_ba)):
        _check(folder, direction, spec, specs)
    weights = {direction: load_generator(folder, direction).get_weights() for direction in specs}
    for direction, networks in (
        ("ab", (model.generator_ab, model.ema_generator_ab)),
        ("ba", (model.generator_ba, model.ema_generator_ba)),
    ):
        for network in filter(None, networks):
            network.set_weights(weights[direction])
    masks = load_mask_network(folder) if model.masks else None
    if masks is not None:
        model.masks.network.decoder.set_weights(masks.decoder.get_weights())
    _LOGGER.info(
        "starting from the generators of %s; the discriminators are new, so translations get worse at first",
        folder,
    )


def settings(spec: GeneratorSpec, default: GeneratorSpec | None = None) -> dict[str, str]:
    """Return what a configuration must say for its generator_ab to be this one, by key.

    Args:
        spec: the generator.
        default: the generator that it gives without these keys; None for the paper's.
    """
    says = asdict(default or GeneratorSpec())
    differing = {name: value for name, value in asdict(spec).items() if value != says[name]}
    return {_KEYS[name]: str(value).lower() for name, value in differing.items()}


def _check(folder: Path, direction: str, expected: GeneratorSpec, specs: dict[str, GeneratorSpec]) -> None:
    if specs[direction] == expected:
        return
    ab = expected if direction == "ab" else reversed_spec(expected)
    overrides = " ".join(f"--set {key}={value}" for key, value in settings(specs["ab"], ab).items())
    raise ModelError(
        f"the configuration has another architecture than generator_{direction} in {folder}",
        detail=_first_difference(expected, specs[direction]),
        fix=overrides
        or "no configuration fits, since the two generators differ; import two of one architecture",
    )


def reversed_spec(spec: GeneratorSpec) -> GeneratorSpec:
    """Return what the generator of the other direction must be."""
    return replace(spec, input_channels=spec.output_channels, output_channels=spec.input_channels)


def _first_difference(expected: GeneratorSpec, found: GeneratorSpec) -> str:
    wanted, there = variable_shapes(expected), variable_shapes(found)
    for name in [*wanted, *there]:
        if wanted.get(name) != there.get(name):
            return f"{name!r}: expected {_shape(wanted, name)}; the model has {_shape(there, name)}"
    # The same weights, used in another way.
    name = next(name for name, value in asdict(expected).items() if value != asdict(found)[name])
    return f"{name}: expected {asdict(expected)[name]}; the model has {asdict(found)[name]}"


def _shape(shapes: dict[str, tuple[int, ...]], name: str) -> str:
    return f"shape {shapes[name]}" if name in shapes else "no such layer"
