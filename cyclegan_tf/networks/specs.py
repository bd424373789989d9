"""Descriptions of generators, discriminators and losses as plain values, without Keras.

The choices and the defaults stand here alone: the configuration takes them over and makes these values.
"""

from dataclasses import dataclass
from typing import ClassVar, Literal, get_args

GeneratorArchitecture = Literal["resnet_9blocks", "resnet_6blocks", "unet_128", "unet_256"]
DiscriminatorArchitecture = Literal["n_layers", "pixel", "none"]
Upsampling = Literal["transposed", "resize", "transposed_4", "bilinear"]
Downsampling = Literal["strided", "blur"]
Padding = Literal["symmetric", "same"]
Adversarial = Literal["lsgan", "vanilla", "hinge", "wgan_gp"]

RESNET_BLOCKS: dict[GeneratorArchitecture, int] = {"resnet_6blocks": 6, "resnet_9blocks": 9}
UNET_LEVELS: dict[GeneratorArchitecture, int] = {"unet_128": 7, "unet_256": 8}
NORM_EPSILON = 1e-5
PROJECTED_STRIDE = 32


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
            convolution, which avoids checkerboard artefacts (Odena et al., Distill 2016); or "transposed_4",
            of kernel 4, which the stride divides, started as bilinear interpolation; or "bilinear"
            interpolation followed by a convolution.
        norm_epsilon: added to the variance by instance normalization, in (0, 1).
        padding: of the strided and transposed convolutions of a ResNet: "symmetric", one pixel on every side
            as in PyTorch, or "same" as in TensorFlow, one pixel below and on the right only.
        downsampling: of a ResNet: "strided" convolutions as in the paper, or "blur": a convolution, and then
            every second pixel of its blurred output (arXiv 1904.11486), as CUT does together with "bilinear".
    """

    architecture: GeneratorArchitecture = "resnet_9blocks"
    input_channels: int = 3
    output_channels: int = 3
    width: int = 64
    norm_affine: bool = False
    upsampling: Upsampling = "transposed"
    norm_epsilon: float = NORM_EPSILON
    padding: Padding = "symmetric"
    downsampling: Downsampling = "strided"

    def __post_init__(self) -> None:
        _check_choice("architecture", self.architecture, GeneratorArchitecture)
        _check_choice("upsampling", self.upsampling, Upsampling)
        _check_choice("padding", self.padding, Padding)
        _check_choice("downsampling", self.downsampling, Downsampling)
        if self.downsampling == "blur" and self.architecture not in RESNET_BLOCKS:
            raise ValueError("expected downsampling 'strided' of a U-Net. Received: 'blur'")
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
        architecture: "n_layers", a PatchGAN; "pixel", which classifies each pixel by itself; or "none", where
            projected discriminators judge alone.
        input_channels: channels of the input images.
        width: channels after the first convolution; 64 in the paper.
        num_layers: strided convolutions of an n_layers discriminator; 3 is the paper's 70x70 PatchGAN.
        norm_affine: instance normalization with learned scale and offset.
        projected: whether heads on a frozen network's features judge as well, or alone.
    """

    architecture: DiscriminatorArchitecture = "n_layers"
    input_channels: int = 3
    width: int = 64
    num_layers: int = 3
    norm_affine: bool = False
    projected: bool = False
    norm_epsilon: ClassVar[float] = NORM_EPSILON

    def __post_init__(self) -> None:
        _check_choice("architecture", self.architecture, DiscriminatorArchitecture)
        if self.architecture == "none" and not self.projected:
            raise ValueError("expected a discriminator. Received: architecture 'none' and projected False")

    @property
    def smallest_size(self) -> int:
        """The least height and width in pixels that leave it at least one patch to judge.

        Each layer halves the size (kernel 4, stride 2, padding 1); the last two convolutions take a pixel.
        The coarsest features that projected discriminators judge are a 32nd of the picture's sides.
        """
        patches = 3 * 2**self.num_layers if self.architecture == "n_layers" else 1
        return max(patches, PROJECTED_STRIDE) if self.projected else patches


@dataclass(frozen=True)
class LossSettings:
    """Which adversarial loss, and the weights of the others.

    Attributes:
        adversarial: lsgan, vanilla, hinge or wgan_gp.
        lambda_a: weight of the cycle A -> B -> A, |A - BA(AB(A))|.
        lambda_b: weight of the cycle B -> A -> B, |B - AB(BA(B))|.
        lambda_identity: weight of |BA(A) - A| and |AB(B) - B| as a share of lambda_a and lambda_b. At 0 these
            passes are not computed.
        lambda_gradient_penalty: weight of the gradient penalty of wgan_gp.
        identity_every: the identity losses are computed in every n-th step alone, n times as heavy.
        lambda_projected: weight of the projected discriminators' hinge loss, where there are such.
        lambda_background: weight of |AB(A) - A| and |BA(B) - B| outside the masks, as a share of lambda_a and
            lambda_b: what the masks miss at use is then left alone too.
        lambda_stability: weight of what a small shift and a little noise change in a translation beyond the
            shift, as a share of lambda_a and lambda_b. At 0 these passes are not computed.
        masked: whether masks come with the images: translations are composited by them, discriminators weigh
            their patches by them, and a mask network learns them.
    """

    adversarial: Adversarial = "lsgan"
    lambda_a: float = 10.0
    lambda_b: float = 10.0
    lambda_identity: float = 0.5
    lambda_gradient_penalty: float = 10.0
    identity_every: int = 1
    lambda_projected: float = 1.0
    lambda_background: float = 0.2
    lambda_stability: float = 0.0
    masked: bool = False

    def __post_init__(self) -> None:
        _check_choice("adversarial", self.adversarial, Adversarial)


@dataclass(frozen=True)
class StudentLosses:
    """The weights of a student's losses.

    Attributes:
        lambda_l1: of the mean absolute difference to the teacher's answer, weighted by the mask.
        lambda_features: of that between the features that a frozen network sees in both.
        lambda_adversarial: of projected discriminators that tell the student's answers from the teacher's; at
            0 there are none.
    """

    lambda_l1: float = 10.0
    lambda_features: float = 5.0
    lambda_adversarial: float = 1.0


def _check_choice(name: str, value: str, choices: object) -> None:
    if value not in get_args(choices):
        raise ValueError(f"expected {name} to be one of {list(get_args(choices))}. Received: {value!r}")
