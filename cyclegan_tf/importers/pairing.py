"""Pairing of our layers with the modules in a file: the same shapes in the same order."""

from cyclegan_tf.containers.stored import Refused, quoted
from cyclegan_tf.importers.modules import Module
from cyclegan_tf.networks.layer_table import ConvolutionLayer, generator_layers
from cyclegan_tf.networks.specs import GeneratorSpec


class Mismatch(Refused):
    """Report of the first difference between a network and the generator it was compared with.

    Args:
        found: what the file has instead.
        matched: number of convolutions before the difference. The most similar generator has the most.
    """

    def __init__(self, found: str, matched: int = 0):
        super().__init__(found)
        self.matched = matched


def pair_convolutions(
    spec: GeneratorSpec, convolutions: list[Module]
) -> list[tuple[ConvolutionLayer, Module]]:
    """Pair the convolutions of a generator with those of a file.

    Args:
        spec: the generator.
        convolutions: in the order in which they run. Keras numbers convolutions and transposed convolutions
            separately; then the order within each kind is enough.

    Raises:
        Mismatch: names the first one that differs.
    """
    layers = generator_layers(spec)
    transposed = [module for module in convolutions if module.is_transposed]
    others = [module for module in convolutions if not module.is_transposed]
    counts = f"; the file has {len(convolutions)} convolutions, {spec.architecture} has {len(layers)}"
    pairs = []
    for layer in layers:
        queue = transposed if transposed and layer.is_transposed else others
        if not queue:
            raise Mismatch(
                f"{layer.name!r}: expected {layer.kernel_shape}; found nothing{counts}", len(pairs)
            )
        _check_shapes(layer, queue[0], len(pairs), counts)
        pairs.append((layer, queue.pop(0)))
    unpaired = [*others, *transposed]
    if unpaired:
        raise Mismatch(
            f"{quoted(unpaired[0].name)}, which {spec.architecture} does not have{counts}", len(pairs)
        )
    return pairs


def pair_norms(layers: list[ConvolutionLayer], modules: list[Module]) -> list[Module]:
    """Return the affine normalizations of the layers that have one; empty if none has learned weights.

    Args:
        layers: layers of the generator.
        modules: all modules of the file, in order.

    Raises:
        Mismatch: names the first one that differs, or that is a batch normalization.
    """
    norms = [module for module in modules if "scale" in module.arrays]
    normed = [layer for layer in layers if layer.norm]
    for layer, module in zip(normed, norms):
        for part, array in module.arrays.items():
            if array.shape != (layer.channels,):
                found = f"{array.shape} ({part} of {quoted(module.name)})"
                raise Mismatch(f"{layer.norm!r}: expected {(layer.channels,)}; found {found}", len(layers))
    if norms and len(norms) != len(normed):
        raise Mismatch(
            f"{len(norms)} normalizations with scale and offset; expected {len(normed)} or none", len(layers)
        )
    _refuse_batch_normalization(norms, modules, len(layers))
    return norms


def _check_shapes(layer: ConvolutionLayer, module: Module, matched: int, counts: str) -> None:
    expected, found = module.stored_shape(layer.kernel_shape), module.arrays["kernel"].shape
    where = f"{quoted(module.name)}, our {layer.name!r}"
    if found != expected:
        raise Mismatch(f"{where}: expected a kernel of shape {expected}; found {found}{counts}", matched)
    bias = module.arrays.get("bias")
    if bias is not None and bias.shape != (layer.channels,):
        raise Mismatch(f"{where}: expected a bias of shape {(layer.channels,)}; found {bias.shape}", matched)


def _refuse_batch_normalization(norms: list[Module], modules: list[Module], matched: int) -> None:
    """Raise Mismatch if these are batch normalizations.

    In Keras, only batch normalization has running statistics. In PyTorch, instance normalization can have
    them too. The PyTorch reference has biases before instance normalization, none before batch normalization.
    """
    tracking = [module for module in norms if module.has_running_statistics]
    biases = sum("bias" in module.arrays for module in modules if module.is_convolution)
    if tracking and (tracking[0].layout == "keras" or biases <= len(norms)):
        raise Mismatch(
            f"{quoted(tracking[0].name)}, a batch normalization; expected instance normalization", matched
        )
