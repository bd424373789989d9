"""Generators and discriminators of the CycleGAN paper (arXiv 1703.10593, section 7.2), any image size."""

from contextlib import contextmanager
from dataclasses import dataclass
from typing import ClassVar

import keras

from cyclegan_tf.layers import InstanceNormalization, LeakyReLU, ReflectionPadding2D

RESNET_BLOCKS = {"resnet_6blocks": 6, "resnet_9blocks": 9}
UNET_LEVELS = {"unet_128": 7, "unet_256": 8}
LEAK = 0.2
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
            convolution, which leaves no checkerboard (Odena et al., Distill 2016).
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
        if self.upsampling not in ("transposed", "resize"):
            raise ValueError(f"expected upsampling 'transposed' or 'resize'. Received: {self.upsampling!r}")
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
        architecture: "n_layers", a PatchGAN, or "pixel", which judges every pixel on its own.
        input_channels: channels of the images that it judges.
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


def build_generator(spec: GeneratorSpec, name: str, dtype: str = "float32") -> keras.Model:
    """Builds a generator with fresh weights.

    Args:
        spec: what to build.
        name: the model's name, such as generator_ab.
        dtype: a Keras dtype policy; the output is float32 under any.

    Returns:
        A model from float images in [-1, 1], (batch, height, width, input_channels), height and width
        multiples of `spec.stride`, to float32 images in [-1, 1] of the same size with output_channels.
    """
    with _dtype_policy(dtype):
        inputs = keras.Input((None, None, spec.input_channels), name="image")
        body = _resnet_body if spec.architecture in RESNET_BLOCKS else _unet_body
        # Saturating in half precision would cost grey levels, so the last activation is always float32.
        outputs = keras.layers.Activation("tanh", dtype="float32", name="output")(body(inputs, spec))
        return keras.Model(inputs, outputs, name=name)


def build_discriminator(spec: DiscriminatorSpec, name: str, dtype: str = "float32") -> keras.Model:
    """Builds a discriminator with fresh weights.

    Args:
        spec: what to build.
        name: the model's name, such as discriminator_b.
        dtype: a Keras dtype policy; the output is float32 under any.

    Returns:
        A model from float images in [-1, 1], (batch, height, width, input_channels), to float32 logits
        (batch, rows, columns, 1), one for each patch: 30 by 30 at 256 px with three layers, and one for
        each pixel if the architecture is "pixel".
    """
    with _dtype_policy(dtype):
        inputs = keras.Input((None, None, spec.input_channels), name="image")
        body = _pixel_body if spec.architecture == "pixel" else _patch_body
        logits = keras.layers.Activation("linear", dtype="float32", name="logits")(body(inputs, spec))
        return keras.Model(inputs, logits, name=name)


@contextmanager
def _dtype_policy(dtype: str):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(dtype)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


def _resnet_body(x, spec: GeneratorSpec):
    """The paper's c7s1-64, d128, d256, R256 x blocks, u128, u64, c7s1-3 (Johnson et al., 1603.08155)."""
    x = ReflectionPadding2D(3, name="first_pad")(x)
    x = _relu(_norm(_conv(x, spec.width, 7, name="first_conv"), spec, "first"), "first")
    padding = 1 if spec.padding == "symmetric" else ((0, 1), (0, 1))
    for level in (1, 2):
        x = _conv(x, spec.width * 2**level, 3, stride=2, padding=padding, name=f"down_{level}_conv")
        x = _relu(_norm(x, spec, f"down_{level}"), f"down_{level}")
    for block in range(1, RESNET_BLOCKS[spec.architecture] + 1):
        x = _residual_block(x, spec, f"block_{block}")
    for level in (2, 1):
        x = _upsample(x, spec.width * 2 ** (level - 1), 3, spec, f"up_{level}")
        x = _relu(_norm(x, spec, f"up_{level}"), f"up_{level}")
    x = ReflectionPadding2D(3, name="last_pad")(x)
    return _conv(x, spec.output_channels, 7, name="last_conv")


def _residual_block(x, spec: GeneratorSpec, name: str):
    y = ReflectionPadding2D(1, name=f"{name}_pad_1")(x)
    y = _norm(_conv(y, x.shape[-1], 3, name=f"{name}_conv_1"), spec, f"{name}_1")
    y = ReflectionPadding2D(1, name=f"{name}_pad_2")(_relu(y, name))
    y = _norm(_conv(y, x.shape[-1], 3, name=f"{name}_conv_2"), spec, f"{name}_2")
    return keras.layers.Add(name=f"{name}_add")([x, y])


def _unet_body(x, spec: GeneratorSpec):
    """The U-Net of pix2pix (arXiv 1611.07004, section 6.1.1): halve down to one pixel, back with skips."""
    levels = UNET_LEVELS[spec.architecture]
    widths = [spec.width * min(2**level, 8) for level in range(levels)]
    skips = []
    for level, width in enumerate(widths, start=1):
        if level > 1:
            x = LeakyReLU(LEAK, name=f"down_{level}_leaky_relu")(x)
        x = _conv(x, width, 4, stride=2, padding=1, name=f"down_{level}_conv")
        # The outermost level has no norm, and the innermost is a single pixel, which a norm would erase.
        if 1 < level < levels:
            x = _norm(x, spec, f"down_{level}")
        skips.append(x)
    for level in range(levels, 1, -1):
        x = _upsample(_relu(x, f"up_{level}"), widths[level - 2], 4, spec, f"up_{level}")
        x = _norm(x, spec, f"up_{level}")
        x = keras.layers.Concatenate(name=f"up_{level}_skip")([skips[level - 2], x])
    return _upsample(_relu(x, "up_1"), spec.output_channels, 4, spec, "up_1")


def _patch_body(x, spec: DiscriminatorSpec):
    """PatchGAN: C64-C128-C256-C512 at three layers, no norm in the first, a last convolution to one."""
    x = _conv(x, spec.width, 4, stride=2, padding=1, name="layer_1_conv")
    x = LeakyReLU(LEAK, name="layer_1_leaky_relu")(x)
    for layer in range(2, spec.num_layers + 2):
        width = spec.width * min(2 ** (layer - 1), 8)
        stride = 2 if layer <= spec.num_layers else 1
        x = _conv(x, width, 4, stride=stride, padding=1, name=f"layer_{layer}_conv")
        x = LeakyReLU(LEAK, name=f"layer_{layer}_leaky_relu")(_norm(x, spec, f"layer_{layer}"))
    return _conv(x, 1, 4, padding=1, name="last_conv")


def _pixel_body(x, spec: DiscriminatorSpec):
    x = _conv(x, spec.width, 1, name="layer_1_conv")
    x = LeakyReLU(LEAK, name="layer_1_leaky_relu")(x)
    x = _norm(_conv(x, spec.width * 2, 1, name="layer_2_conv"), spec, "layer_2")
    x = LeakyReLU(LEAK, name="layer_2_leaky_relu")(x)
    return _conv(x, 1, 1, name="last_conv")


def _initializer():
    # A new object each time: Keras 3 initializers draw the same numbers whenever one is called again.
    return keras.initializers.RandomNormal(stddev=0.02)


def _conv(x, filters: int, kernel_size: int, *, stride: int = 1, padding=0, name: str):
    # Padded explicitly: for a stride of 2 'same' pads only below and right, which shifts by a pixel.
    if padding:
        x = keras.layers.ZeroPadding2D(padding, name=f"{name}_pad")(x)
    layer = keras.layers.Conv2D(
        filters, kernel_size, strides=stride, kernel_initializer=_initializer(), name=name
    )
    return layer(x)


def _upsample(x, filters: int, kernel_size: int, spec: GeneratorSpec, name: str):
    """Doubles height and width."""
    if spec.upsampling == "resize":
        x = keras.layers.UpSampling2D(2, interpolation="nearest", name=f"{name}_resize")(x)
        return _conv(ReflectionPadding2D(1, name=f"{name}_pad")(x), filters, 3, name=f"{name}_conv")
    layer = keras.layers.Conv2DTranspose(
        filters, kernel_size, strides=2, kernel_initializer=_initializer(), name=f"{name}_conv"
    )
    # PyTorch's padding=1 (with output_padding=1 for a kernel of 3) in terms of the uncropped result; 'same'
    # crops a kernel of 3 on the other side.
    crop = (0, 1) if spec.padding == "same" and kernel_size == 3 else (1, kernel_size - 3)
    return keras.layers.Cropping2D((crop, crop), name=f"{name}_crop")(layer(x))


def _norm(x, spec, name: str):
    return InstanceNormalization(spec.norm_epsilon, affine=spec.norm_affine, name=f"{name}_norm")(x)


def _relu(x, name: str):
    return keras.layers.ReLU(name=f"{name}_relu")(x)
