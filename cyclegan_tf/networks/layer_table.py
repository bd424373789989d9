"""The convolutions of a generator as a table, without building the generator."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product

from cyclegan_tf.networks.specs import RESNET_BLOCKS, UNET_LEVELS, GeneratorSpec


@dataclass(frozen=True)
class ConvolutionLayer:
    """A convolution and the normalization after it, if there is one.

    Attributes:
        name: the layer's name in `build_generator`.
        size: rows and columns of the kernel.
        channels_in: input channels.
        channels: output channels.
        is_transposed: whether it is a transposed convolution.
        norm: name of the normalization layer, or None.
    """

    name: str
    size: int
    channels_in: int
    channels: int
    is_transposed: bool
    norm: str | None

    @property
    def kernel_shape(self) -> tuple[int, int, int, int]:
        """(rows, columns, input channels, output channels); the last two are swapped if transposed."""
        channels = (self.channels_in, self.channels)
        return (self.size, self.size, *(channels[::-1] if self.is_transposed else channels))


def generator_layers(spec: GeneratorSpec) -> list[ConvolutionLayer]:
    """Return the convolutions of a generator in the order in which they run."""
    table = _resnet_layers if spec.architecture in RESNET_BLOCKS else _unet_layers
    return list(table(spec))


def variable_shapes(spec: GeneratorSpec) -> dict[str, tuple[int, ...]]:
    """Return the shapes of a generator's variables by their names in a model folder."""
    shapes = {}
    for layer in generator_layers(spec):
        shapes |= {f"{layer.name}/kernel": layer.kernel_shape, f"{layer.name}/bias": (layer.channels,)}
        if layer.norm and spec.norm_affine:
            shapes |= {f"{layer.norm}/gamma": (layer.channels,), f"{layer.norm}/beta": (layer.channels,)}
    return shapes


def _resnet_layers(spec: GeneratorSpec) -> Iterator[ConvolutionLayer]:
    width, deepest = spec.width, spec.width * 4
    yield _layer("first", 7, spec.input_channels, width)
    for level in (1, 2):
        yield _layer(f"down_{level}", 3, width * 2 ** (level - 1), width * 2**level)
    for block, place in product(range(1, RESNET_BLOCKS[spec.architecture] + 1), (1, 2)):
        name, norm = f"block_{block}_conv_{place}", f"block_{block}_{place}_norm"
        yield ConvolutionLayer(name, 3, deepest, deepest, False, norm)
    for level in (2, 1):
        yield _upsampling(spec, level, 3, width * 2**level, width * 2 ** (level - 1))
    yield replace(_layer("last", 7, width, spec.output_channels), norm=None)


def _unet_layers(spec: GeneratorSpec) -> Iterator[ConvolutionLayer]:
    levels = UNET_LEVELS[spec.architecture]
    widths = [spec.input_channels, *(spec.width * min(2**level, 8) for level in range(levels))]
    for level in range(1, levels + 1):
        layer = _layer(f"down_{level}", 4, widths[level - 1], widths[level])
        yield layer if 1 < level < levels else replace(layer, norm=None)
    for level in range(levels, 1, -1):
        # Every level but the innermost concatenates its skip connection, which doubles the input channels.
        channels_in = widths[level] * (1 if level == levels else 2)
        yield _upsampling(spec, level, 4, channels_in, widths[level - 1])
    yield replace(_upsampling(spec, 1, 4, spec.width * 2, spec.output_channels), norm=None)


def _layer(name: str, size: int, channels_in: int, channels: int) -> ConvolutionLayer:
    return ConvolutionLayer(f"{name}_conv", size, channels_in, channels, False, f"{name}_norm")


def _upsampling(
    spec: GeneratorSpec, level: int, size: int, channels_in: int, channels: int
) -> ConvolutionLayer:
    if spec.upsampling in ("resize", "bilinear"):
        return _layer(f"up_{level}", 3, channels_in, channels)
    size = 4 if spec.upsampling == "transposed_4" else size
    return replace(_layer(f"up_{level}", size, channels_in, channels), is_transposed=True)
