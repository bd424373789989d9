"""What generators and discriminators are, in plain values, from which they can be built. Needs no Keras."""

from dataclasses import dataclass
from typing import ClassVar

RESNET_BLOCKS = {"resnet_6blocks": 6, "resnet_9blocks": 9}
UNET_LEVELS = {"unet_128": 7, "unet_256": 8}
NORM_EPSILON = 1e-5


@dataclass(frozen=True)
class GeneratorSpec:
    """What a generator is: all that is needed to build it again.

    Attributes:
        architecture: resnet_6blocks, resnet_9blocks, unet_128 or unet_256.
        input_channels: channels of the images that come in.
        output_channels: channels of the images that go out.
        width: channels after the first convolution; 64 in the paper.
        norm_affine: instance normalization with learned scale and offset.
        upsampling: "transposed" convolutions as in the paper, or "resize": nearest neighbour followed by a
            convolution, which leaves no checkerboard (Odena et al., Distill 2016); or "transposed_4", of
            kernel 4, which the stride divides, started as bilinear interpolation. That leaves no
            checkerboard either, at less than half the price.
        norm_epsilon: what instance normalization adds to the variance, in (0, 1).
        padding: at the strided and transposed convolutions of a ResNet: "symmetric", a pixel on every side as
            in PyTorch, or "same", TensorFlow's, which has it below and on the right alone.
    """

    architecture: str = "resnet_9blocks"
    input_channels: int = 3
    output_channels: int = 3
    width: int = 64
    norm_affine: bool = False
    upsampling: str = "transposed"
    norm_epsilon: float = NORM_EPSILON
    padding: str = "symmetric"

    def __post_init__(self):
        known = [*RESNET_BLOCKS, *UNET_LEVELS]
        if self.architecture not in known:
            raise ValueError(f"expected an architecture of {known}. Received: {self.architecture!r}")
        if self.upsampling not in ("transposed_4", "transposed", "resize"):
            raise ValueError(
                f"expected upsampling 'transposed_4', 'transposed' or 'resize'. Received: {self.upsampling!r}"
            )
        if self.padding not in ("symmetric", "same"):
            raise ValueError(f"expected padding 'symmetric' or 'same'. Received: {self.padding!r}")
        if not 0 < self.norm_epsilon < 1:
            raise ValueError(f"expected norm_epsilon in (0, 1). Received: {self.norm_epsilon!r}")

    @property
    def stride(self) -> int:
        """Height and width of an input must be multiples of this."""
        return 2 ** UNET_LEVELS.get(self.architecture, 2)

    @property
    def smallest_size(self) -> int:
        """The least height and width: a residual block mirrors a pixel, so it needs two where it works."""
        return self.stride * 2 if self.architecture in RESNET_BLOCKS else self.stride


@dataclass(frozen=True)
class DiscriminatorSpec:
    """What a discriminator is: all that is needed to build it again.

    Attributes:
        architecture: "n_layers", a PatchGAN, or "pixel", which judges every pixel on its own; or "none".
        input_channels: channels of the images that it judges.
        width: channels after the first convolution; 64 in the paper.
        num_layers: strided convolutions of an n_layers discriminator; 3 is the paper's 70x70 PatchGAN.
        norm_affine: instance normalization with learned scale and offset.
        projected: whether heads on a frozen network's features judge as well, or alone.
    """

    architecture: str = "n_layers"
    input_channels: int = 3
    width: int = 64
    num_layers: int = 3
    norm_affine: bool = False
    projected: bool = False
    norm_epsilon: ClassVar[float] = NORM_EPSILON

    def __post_init__(self):
        if self.architecture not in ("n_layers", "pixel") and not (
            self.projected and self.architecture == "none"
        ):
            raise ValueError(f"expected architecture 'n_layers' or 'pixel'. Received: {self.architecture!r}")
