"""Descriptions of generators and discriminators as plain values, without Keras."""

from dataclasses import dataclass
from typing import ClassVar

RESNET_BLOCKS = {"resnet_6blocks": 6, "resnet_9blocks": 9}
UNET_LEVELS = {"unet_128": 7, "unet_256": 8}
NORM_EPSILON = 1e-5


@dataclass(frozen=True)
class GeneratorSpec:
    """Everything that is needed to build a generator.

    Attributes:
        architecture: resnet_6blocks, resnet_9blocks, unet_128 or unet_256.
        input_channels: channels of the input images.
        output_channels: channels of the output images.
        width: channels after the first convolution; 64 in the paper.
        norm_affine: instance normalization with learned scale and offset.
        upsampling: "transposed" convolutions as in the paper, or "resize": nearest neighbour followed by a
            convolution, which avoids checkerboard artefacts (Odena et al., Distill 2016).
        norm_epsilon: added to the variance by instance normalization, in (0, 1).
        padding: of the strided and transposed convolutions of a ResNet: "symmetric", one pixel on every side
            as in PyTorch, or "same" as in TensorFlow, one pixel below and on the right only.
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
        if self.upsampling not in ("transposed", "resize"):
            raise ValueError(f"expected upsampling 'transposed' or 'resize'. Received: {self.upsampling!r}")
        if self.padding not in ("symmetric", "same"):
            raise ValueError(f"expected padding 'symmetric' or 'same'. Received: {self.padding!r}")
        if not 0 < self.norm_epsilon < 1:
            raise ValueError(f"expected norm_epsilon in (0, 1). Received: {self.norm_epsilon!r}")

    @property
    def stride(self) -> int:
        """The number that the input's height and width must be multiples of."""
        return 2 ** UNET_LEVELS.get(self.architecture, 2)

    @property
    def smallest_size(self) -> int:
        """The smallest height and width. Reflection in a residual block needs at least two pixels."""
        return self.stride * 2 if self.architecture in RESNET_BLOCKS else self.stride


@dataclass(frozen=True)
class DiscriminatorSpec:
    """Everything that is needed to build a discriminator.

    Attributes:
        architecture: "n_layers", a PatchGAN, or "pixel", which classifies each pixel by itself.
        input_channels: channels of the input images.
        width: channels after the first convolution; 64 in the paper.
        num_layers: strided convolutions of an n_layers discriminator; 3 is the paper's 70x70 PatchGAN.
        norm_affine: instance normalization with learned scale and offset.
    """

    architecture: str = "n_layers"
    input_channels: int = 3
    width: int = 64
    num_layers: int = 3
    norm_affine: bool = False
    norm_epsilon: ClassVar[float] = NORM_EPSILON

    def __post_init__(self):
        if self.architecture not in ("n_layers", "pixel"):
            raise ValueError(f"expected architecture 'n_layers' or 'pixel'. Received: {self.architecture!r}")
