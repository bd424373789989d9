"""Our layers beside the modules of another program: the same shapes in order, or the first that differs."""

from cyclegan_tf.containers.stored import Refused, quoted
from cyclegan_tf.importers.modules import Module
from cyclegan_tf.networks.layer_table import ConvolutionLayer, generator_layers
from cyclegan_tf.networks.specs import GeneratorSpec


class Misfit(Refused):
    """A network that is not the generator it was compared with.

    Args:
        found: what is in the file instead.
        matched: convolutions before the first one that differs; tells the nearest of several generators.
    """

    def __init__(self, found: str, matched: int = 0):
        super().__init__(found)
        self.matched = matched


def pair_convolutions(
    spec: GeneratorSpec, convolutions: list[Module]
) -> list[tuple[ConvolutionLayer, Module]]:
    """Pairs the convolutions of a generator with those of a file.

    Args:
        spec: the generator.
        convolutions: in the order in which they run. Where Keras named them by kind and number, the order
            within each of the two kinds is enough.

    Raises:
        Misfit: naming the first that differs.
    """
    layers = generator_layers(spec)
    transposed = [module for module in convolutions if module.is_transposed]
    others = [module for module in convolutions if not module.is_transposed]
    counts = f"; the file has {len(convolutions)} convolutions, {spec.architecture} has {len(layers)}"
    pairs = []
    for layer in layers:
        queue = transposed if transposed and layer.is_transposed else others
        if not queue:
            raise Misfit(f"{layer.name!r}: expected {layer.kernel_shape}; found nothing{counts}", len(pairs))
        _check(layer, queue[0], len(pairs), counts)
        pairs.append((layer, queue.pop(0)))
    left = [*others, *transposed]
    if left:
        raise Misfit(f"{quoted(left[0].name)}, which {spec.architecture} does not have{counts}", len(pairs))
    return pairs


def pair_norms(layers: list[ConvolutionLayer], modules: list[Module]) -> list[Module]:
    """Returns the normalizations of the layers that have one; none if nothing is learned in them.

    Args:
        layers: of the generator.
        modules: all of the file, in order.

    Raises:
        Misfit: naming the first that differs, or if it is another kind of normalization.
    """
    norms = [module for module in modules if "scale" in module.arrays]
    normed = [layer for layer in layers if layer.norm]
    for layer, module in zip(normed, norms):
        for part, array in module.arrays.items():
            if array.shape != (layer.channels,):
                found = f"{array.shape} ({part} of {quoted(module.name)})"
                raise Misfit(f"{layer.norm!r}: expected {(layer.channels,)}; found {found}", len(layers))
    if norms and len(norms) != len(normed):
        raise Misfit(
            f"{len(norms)} normalizations with scale and offset; expected {len(normed)} or none", len(layers)
        )
    _check_kind(norms, modules, len(layers))
    return norms


def _check(layer: ConvolutionLayer, module: Module, place: int, counts: str) -> None:
    expected, found = module.as_stored(layer.kernel_shape), module.arrays["kernel"].shape
    where = f"{quoted(module.name)}, our {layer.name!r}"
    if found != expected:
        raise Misfit(f"{where}: expected a kernel of shape {expected}; found {found}{counts}", place)
    bias = module.arrays.get("bias")
    if bias is not None and bias.shape != (layer.channels,):
        raise Misfit(f"{where}: expected a bias of shape {(layer.channels,)}; found {bias.shape}", place)


def _check_kind(norms: list[Module], modules: list[Module], matched: int) -> None:
    """Batch normalization keeps running means too, but makes the biases before it superfluous."""
    kept = [module for module in norms if module.has_running_statistics]
    biases = sum("bias" in module.arrays for module in modules if module.is_convolution)
    if kept and (kept[0].layout == "keras" or biases <= len(norms)):
        raise Misfit(
            f"{quoted(kept[0].name)}, a batch normalization; expected instance normalization", matched
        )
