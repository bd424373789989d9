"""Recognition of generators by the order and the shapes of their layers, not by names."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from itertools import product
from math import prod

import numpy as np

from cyclegan_tf.containers.stored import Refused, StoredArray, quoted
from cyclegan_tf.importers.blur_filters import without_filters
from cyclegan_tf.importers.modules import Module, find_modules
from cyclegan_tf.importers.pairing import Mismatch, pair_convolutions, pair_norms
from cyclegan_tf.networks.layer_table import ConvolutionLayer, generator_layers
from cyclegan_tf.networks.specs import RESNET_BLOCKS, UNET_LEVELS, Downsampling, GeneratorSpec, Upsampling
from video.core.names import natural_order

# By the rows of the first convolution's kernel.
_FAMILIES = {7: RESNET_BLOCKS, 4: UNET_LEVELS}
_UPSAMPLINGS: tuple[Upsampling, ...] = ("transposed", "resize", "transposed_4")
# A PatchGAN has five convolutions by default and at most seven.
_MIN_UNET_CONVOLUTIONS = 10


@dataclass(frozen=True)
class Assumptions:
    """Properties of a generator that its weights do not show.

    Attributes:
        norm_epsilon: as in `GeneratorSpec`.
        padding: as in `GeneratorSpec`.
    """

    norm_epsilon: float
    padding: str


# The values of the PyTorch reference, of the Keras example with tensorflow-addons, and our own defaults.
ASSUMED = {
    "torch": Assumptions(1e-5, "symmetric"),
    "keras": Assumptions(1e-3, "same"),
    "own": Assumptions(1e-5, "symmetric"),
}


class NotFinite(Refused):
    """Weights with NaN or infinity."""


@dataclass(frozen=True)
class Match:
    """A network that was recognised as one of our generators.

    Attributes:
        spec: the generator.
        pairs: our layers, each with its convolution in the file.
        norms: the normalizations with scale and offset in the order of our layers; empty if not affine.
        ignores_statistics: whether the file also has running statistics, which are ignored.
    """

    spec: GeneratorSpec
    pairs: list[tuple[ConvolutionLayer, Module]]
    norms: list[Module]
    ignores_statistics: bool

    @property
    def num_parameters(self) -> int:
        """Number of weights in the file."""
        modules = [*(module for _, module in self.pairs), *self.norms]
        return sum(prod(array.shape) for module in modules for array in module.arrays.values())

    def read(self) -> dict[str, np.ndarray]:
        """Read the weights, float32 in our layout, by their names in a model folder.

        Raises:
            Refused: they cannot be read. NotFinite: one is NaN or infinite.
        """
        arrays = {}
        for layer, module in self.pairs:
            arrays[f"{layer.name}/kernel"] = _finite(module.kernel(), module)
            # A file may leave out a bias before a normalization, which cancels it anyway.
            bias = module.arrays["bias"].read() if "bias" in module.arrays else np.zeros(layer.channels, "f4")
            arrays[f"{layer.name}/bias"] = _finite(bias, module)
        for name, module in zip([layer.norm for layer, _ in self.pairs if layer.norm], self.norms):
            arrays[f"{name}/gamma"] = _finite(module.arrays["scale"].read(), module)
            arrays[f"{name}/beta"] = _finite(module.arrays["offset"].read(), module)
        return arrays


def match_generator(
    arrays: Mapping[str, StoredArray], layout: str, assumptions: Assumptions | None = None
) -> Match:
    """Recognise the generator that a network's arrays belong to.

    Modules are compared in the order of the file. If that does not match, the order of their names is tried.

    Args:
        arrays: arrays of one network, by name.
        layout: "torch", "keras" or "own".
        assumptions: what the weights do not show; None for the default of this layout.

    Raises:
        Mismatch: names the first layer that differs from the most similar generator.
    """
    assumptions = assumptions or ASSUMED[layout]
    try:
        return _match(arrays, layout, assumptions)
    except Mismatch as mismatch:
        try:
            by_name = {name: arrays[name] for name in sorted(arrays, key=natural_order)}
            return _match(by_name, layout, assumptions)
        except Mismatch as other:
            raise max(mismatch, other, key=lambda each: each.matched) from None


def _match(arrays: Mapping[str, StoredArray], layout: str, assumptions: Assumptions) -> Match:
    try:
        arrays, filters = without_filters(arrays)
        modules = find_modules(arrays, layout)
    except Refused as error:
        raise Mismatch(str(error)) from error
    convolutions = [module for module in modules if module.is_convolution]
    mismatches = []
    for spec in _candidates(convolutions, filters):
        try:
            pairs = pair_convolutions(spec, convolutions)
            norms = pair_norms([layer for layer, _ in pairs], modules)
            known = replace(spec, norm_affine=bool(norms), **asdict(assumptions))
            ignored = any(module.has_running_statistics for module in modules)
            return Match(known, pairs, norms, ignored)
        except Mismatch as mismatch:
            mismatches.append(mismatch)
    raise max(mismatches, key=lambda mismatch: mismatch.matched)


def _candidates(convolutions: list[Module], filters: set[int]) -> list[GeneratorSpec]:
    """Return the generators with the same first and last shapes, the closest number of layers first.

    Args:
        convolutions: of the file.
        filters: sizes of blur filters between them.
    """
    if not convolutions:
        raise Mismatch("no convolutions")
    # In natural order of Keras's names, transposed convolutions come last.
    first, last = convolutions[0], min(reversed(convolutions), key=lambda module: module.is_transposed)
    rows, _, input_channels, width = first.kernel_shape
    if rows not in _FAMILIES:
        found = f"{quoted(first.name)} of shape {first.arrays['kernel'].shape} as the first convolution"
        raise Mismatch(f"{found}; a ResNet generator begins with 7 by 7, a U-Net with 4 by 4")
    if rows == 4 and len(convolutions) < _MIN_UNET_CONVOLUTIONS:
        raise Mismatch(f"{len(convolutions)} convolutions of 4 by 4, as a discriminator has")
    if rows == 4 and first.layout == "keras":
        raise Mismatch("a U-Net from Keras; implementations differ in what their skip connections carry")
    if not all((*first.kernel_shape, *last.kernel_shape)):
        raise Mismatch(f"{quoted(first.name)} or {quoted(last.name)} without elements")
    specs: list[GeneratorSpec] = []
    downsampling: Downsampling = "blur" if 3 in filters else "strided"
    if filters and rows == 4:
        raise Mismatch("a U-Net with blur filters, which is not known here")
    upsamplings = ("bilinear",) if 4 in filters else _UPSAMPLINGS
    for architecture, upsampling in product(_FAMILIES[rows], upsamplings):
        if rows == 4 and upsampling == "transposed_4":
            # Transposed convolutions of a U-Net are 4 by 4 anyway.
            continue
        channels = last.kernel_shape[2 if rows == 4 and upsampling == "transposed" else 3]
        spec = GeneratorSpec(architecture, input_channels, channels, width, upsampling=upsampling)
        specs.append(replace(spec, downsampling=downsampling))
    return sorted(specs, key=lambda spec: abs(len(generator_layers(spec)) - len(convolutions)))


def _finite(array: np.ndarray, module: Module) -> np.ndarray:
    if not np.isfinite(array).all():
        raise NotFinite(f"{quoted(module.name)} contains NaN or infinity")
    return np.ascontiguousarray(array)
