"""The generators of the CycleGAN paper (arXiv 1703.10593, section 7.2) and of pix2pix, any image size."""

import keras

from cyclegan_tf.networks.blocks import LEAK, conv, dtype_policy, initializer, norm
from cyclegan_tf.networks.layers import BilinearUpsampling2D, LeakyReLU, ReflectionPadding2D
from cyclegan_tf.networks.narrow_conv import NarrowConv2D
from cyclegan_tf.networks.resized_conv import ResizedConv2D
from cyclegan_tf.networks.specs import RESNET_BLOCKS, UNET_LEVELS, GeneratorSpec


def build_generator(spec: GeneratorSpec, name: str, dtype: str = "float32") -> keras.Model:
    """Build a generator with newly initialized weights.

    Args:
        spec: what to build.
        name: the model's name, such as generator_ab.
        dtype: a Keras dtype policy. The output is always float32.

    Returns:
        A model from float images in [-1, 1], (batch, height, width, input_channels), to float32 images in
        [-1, 1] of the same size with output_channels. Height and width are multiples of `spec.stride`.
    """
    with dtype_policy(dtype):
        inputs = keras.Input((None, None, spec.input_channels), name="image")
        body = _resnet_body if spec.architecture in RESNET_BLOCKS else _unet_body
        # Half precision loses grey levels near -1 and 1, so the last activation is always float32.
        outputs = keras.layers.Activation("tanh", dtype="float32", name="output")(body(inputs, spec))
        return keras.Model(inputs, outputs, name=name)


def _resnet_body(x, spec: GeneratorSpec):
    """Apply the paper's c7s1-64, d128, d256, R256 x blocks, u128, u64, c7s1-3 (arXiv 1603.08155)."""
    x = ReflectionPadding2D(3, name="first_pad")(x)
    x = _relu(norm(conv(x, spec.width, 7, name="first_conv"), spec, "first"), "first")
    padding = 1 if spec.padding == "symmetric" else ((0, 1), (0, 1))
    for level in (1, 2):
        blurs = spec.downsampling == "blur"
        stride, around = (1, 1) if blurs else (2, padding)
        x = conv(x, spec.width * 2**level, 3, stride=stride, padding=around, name=f"down_{level}_conv")
        x = _relu(norm(x, spec, f"down_{level}"), f"down_{level}")
        x = _blur_and_halve(x, f"down_{level}") if blurs else x
    for block in range(1, RESNET_BLOCKS[spec.architecture] + 1):
        x = _residual_block(x, spec, f"block_{block}")
    for level in (2, 1):
        x = _upsample(x, spec.width * 2 ** (level - 1), 3, spec, f"up_{level}")
        x = _relu(norm(x, spec, f"up_{level}"), f"up_{level}")
    x = ReflectionPadding2D(3, name="last_pad")(x)
    return NarrowConv2D(spec.output_channels, 7, kernel_initializer=initializer(), name="last_conv")(x)


def _residual_block(x, spec: GeneratorSpec, name: str):
    y = ReflectionPadding2D(1, name=f"{name}_pad_1")(x)
    y = norm(conv(y, x.shape[-1], 3, name=f"{name}_conv_1"), spec, f"{name}_1")
    y = ReflectionPadding2D(1, name=f"{name}_pad_2")(_relu(y, name))
    y = norm(conv(y, x.shape[-1], 3, name=f"{name}_conv_2"), spec, f"{name}_2")
    return keras.layers.Add(name=f"{name}_add")([x, y])


def _unet_body(x, spec: GeneratorSpec):
    """Apply the U-Net of pix2pix (arXiv 1611.07004, 6.1.1): down to one pixel, up with skip connections."""
    levels = UNET_LEVELS[spec.architecture]
    widths = [spec.width * min(2**level, 8) for level in range(levels)]
    skips = []
    for level, width in enumerate(widths, start=1):
        if level > 1:
            x = LeakyReLU(LEAK, name=f"down_{level}_leaky_relu")(x)
        x = conv(x, width, 4, stride=2, padding=1, name=f"down_{level}_conv")
        # The outermost level has no norm. The innermost is one pixel, which instance normalization sets to 0.
        if 1 < level < levels:
            x = norm(x, spec, f"down_{level}")
        skips.append(x)
    for level in range(levels, 1, -1):
        x = _upsample(_relu(x, f"up_{level}"), widths[level - 2], 4, spec, f"up_{level}")
        x = norm(x, spec, f"up_{level}")
        x = keras.layers.Concatenate(name=f"up_{level}_skip")([skips[level - 2], x])
    return _upsample(_relu(x, "up_1"), spec.output_channels, 4, spec, "up_1")


def _blur_and_halve(x, name: str):
    """Blur with (1, 2, 1) / 4 each way, as two means of neighbours do, and keep every second pixel."""
    x = ReflectionPadding2D(1, name=f"{name}_blur_pad")(x)
    x = keras.layers.AveragePooling2D(2, strides=1, name=f"{name}_blur")(x)
    return keras.layers.AveragePooling2D(2, strides=2, name=f"{name}_halve")(x)


def _upsample(x, filters: int, kernel_size: int, spec: GeneratorSpec, name: str):
    """Double height and width."""
    if spec.upsampling == "resize":
        return ResizedConv2D(filters, kernel_initializer=initializer(), name=f"{name}_conv")(x)
    if spec.upsampling == "bilinear":
        x = BilinearUpsampling2D(name=f"{name}_resize")(x)
        return conv(x, filters, 3, padding=1, name=f"{name}_conv")
    start = initializer()
    if spec.upsampling == "transposed_4":
        kernel_size, start = 4, BilinearStart()
    layer = keras.layers.Conv2DTranspose(
        filters, kernel_size, strides=2, kernel_initializer=start, name=f"{name}_conv"
    )
    # The crop equals PyTorch's padding=1, with output_padding=1 for a kernel of 3. With a kernel of 3,
    # TensorFlow's 'same' crops the other side.
    crop = (0, 1) if spec.padding == "same" and kernel_size == 3 else (1, kernel_size - 3)
    return keras.layers.Cropping2D((crop, crop), name=f"{name}_crop")(layer(x))


class BilinearStart(keras.initializers.Initializer):
    """Bilinear enlargement by two, times a random number for each pair of channels: no pattern at first."""

    def __call__(self, shape, dtype=None):
        """Return a kernel of (4, 4, channels out, channels in)."""
        line = keras.ops.convert_to_tensor([0.25, 0.75, 0.75, 0.25], dtype)
        return (
            line[:, None, None, None] * line[None, :, None, None] * initializer()((1, 1, *shape[2:]), dtype)
        )


def _relu(x, name: str):
    return keras.layers.ReLU(name=f"{name}_relu")(x)
