"""Which of our generators a network of another program is: by structure, order and shape, not by names."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from itertools import product
from math import prod

import numpy as np

from cyclegan_tf.containers.stored import Refused, StoredArray, natural_order, quoted
from cyclegan_tf.importers.modules import Module, find_modules
from cyclegan_tf.importers.pairing import Misfit, pair_convolutions, pair_norms
from cyclegan_tf.networks.layer_table import ConvolutionLayer, generator_layers
from cyclegan_tf.networks.specs import RESNET_BLOCKS, UNET_LEVELS, GeneratorSpec

# By the rows of the first kernel.
_FAMILIES = {7: RESNET_BLOCKS, 4: UNET_LEVELS}
# A PatchGAN has five convolutions, and two more to be as large as it may be.
_LEAST_UNET = 10


@dataclass(frozen=True)
class Assumptions:
    """What weights do not tell.

    Attributes:
        norm_epsilon: as of `GeneratorSpec`.
        padding: as of `GeneratorSpec`.
    """

    norm_epsilon: float
    padding: str


# As in the PyTorch reference, and as in the Keras example with tensorflow-addons.
ASSUMED = {"torch": Assumptions(1e-5, "symmetric"), "keras": Assumptions(1e-3, "same")}


class NotFinite(Refused):
    """Weights that are not numbers."""


@dataclass(frozen=True)
class Match:
    """A network that is one of our generators.

    Attributes:
        spec: which one.
        pairs: our layers and the convolutions that they come from.
        norms: the normalizations with scale and offset, in the order of the layers that have one, or none.
        ignores_statistics: whether the file also has running means, which instance normalization ignores.
    """

    spec: GeneratorSpec
    pairs: list[tuple[ConvolutionLayer, Module]]
    norms: list[Module]
    ignores_statistics: bool

    @property
    def num_parameters(self) -> int:
        """Numbers that the file has."""
        modules = [*(module for _, module in self.pairs), *self.norms]
        return sum(prod(array.shape) for module in modules for array in module.arrays.values())

    def read(self) -> dict[str, np.ndarray]:
        """Reads the weights: float32 in our layout by their names in a model folder.

        Raises:
            Refused: if they cannot be read; NotFinite if one is NaN or infinite.
        """
        arrays = {}
        for layer, module in self.pairs:
            arrays[f"{layer.name}/kernel"] = _finite(module.kernel(), module)
            # Left out in front of a normalization, which removes it; then it is one of zeros.
            bias = module.arrays["bias"].read() if "bias" in module.arrays else np.zeros(layer.channels, "f4")
            arrays[f"{layer.name}/bias"] = _finite(bias, module)
        for name, module in zip([layer.norm for layer, _ in self.pairs if layer.norm], self.norms):
            arrays[f"{name}/gamma"] = _finite(module.arrays["scale"].read(), module)
            arrays[f"{name}/beta"] = _finite(module.arrays["offset"].read(), module)
        return arrays


def match_generator(
    arrays: Mapping[str, StoredArray], layout: str, assumptions: Assumptions | None = None
) -> Match:
    """Finds the generator that a network's arrays belong to.

    Modules are taken in the order of the file, and if that does not fit in the order of their names.

    Args:
        arrays: of one network, by name.
        layout: "torch" or "keras".
        assumptions: what the weights do not tell; None for what is usual in such files.

    Raises:
        Misfit: naming the first layer that differs from the generator that is nearest.
    """
    assumptions = assumptions or ASSUMED[layout]
    try:
        return _match(arrays, layout, assumptions)
    except Misfit as misfit:
        try:
            by_name = {name: arrays[name] for name in sorted(arrays, key=natural_order)}
            return _match(by_name, layout, assumptions)
        except Misfit as other:
            raise max(misfit, other, key=lambda each: each.matched) from None


def _match(arrays: Mapping[str, StoredArray], layout: str, assumptions: Assumptions) -> Match:
    try:
        modules = find_modules(arrays, layout)
    except Refused as error:
        raise Misfit(str(error)) from error
    convolutions = [module for module in modules if module.is_convolution]
    misfits = []
    for spec in _candidates(convolutions):
        try:
            pairs = pair_convolutions(spec, convolutions)
            norms = pair_norms([layer for layer, _ in pairs], modules)
            known = replace(spec, norm_affine=bool(norms), **asdict(assumptions))
            ignored = any(module.has_running_statistics for module in modules)
            return Match(known, pairs, norms, ignored)
        except Misfit as misfit:
            misfits.append(misfit)
    raise max(misfits, key=lambda misfit: misfit.matched)


def _candidates(convolutions: list[Module]) -> list[GeneratorSpec]:
    """Generators that begin and end like these convolutions, first those with about as many."""
    if not convolutions:
        raise Misfit("no convolutions")
    # Keras's names put transposed convolutions last.
    first, last = convolutions[0], min(reversed(convolutions), key=lambda module: module.is_transposed)
    rows, _, input_channels, width = first.kernel_shape
    if rows not in _FAMILIES:
        found = f"{quoted(first.name)} of shape {first.arrays['kernel'].shape} as the first convolution"
        raise Misfit(f"{found}; a ResNet generator begins with 7 by 7, a U-Net with 4 by 4")
    if rows == 4 and len(convolutions) < _LEAST_UNET:
        raise Misfit(f"{len(convolutions)} convolutions of 4 by 4, as a discriminator has")
    if rows == 4 and first.layout == "keras":
        raise Misfit("a U-Net in a file of Keras's; what goes through its skips is not the same in any two")
    if not all((*first.kernel_shape, *last.kernel_shape)):
        raise Misfit(f"{quoted(first.name)} or {quoted(last.name)} without numbers")
    specs = []
    for architecture, upsampling in product(_FAMILIES[rows], ("transposed", "resize")):
        channels = last.kernel_shape[2 if rows == 4 and upsampling == "transposed" else 3]
        specs.append(GeneratorSpec(architecture, input_channels, channels, width, upsampling=upsampling))
    return sorted(specs, key=lambda spec: abs(len(generator_layers(spec)) - len(convolutions)))


def _finite(array: np.ndarray, module: Module) -> np.ndarray:
    if not np.isfinite(array).all():
        raise NotFinite(f"{quoted(module.name)} holds NaN or infinity")
    return np.ascontiguousarray(array)
