"""The discriminators of the CycleGAN paper (arXiv 1703.10593, section 7.2), any image size."""

import keras

from cyclegan_tf.networks.blocks import LEAK, conv, dtype_policy, norm
from cyclegan_tf.networks.layers import LeakyReLU
from cyclegan_tf.networks.specs import DiscriminatorSpec


def build_discriminator(spec: DiscriminatorSpec, name: str, dtype: str = "float32") -> keras.Model:
    """Build a discriminator with newly initialized weights.

    Args:
        spec: what to build.
        name: the model's name, such as discriminator_b.
        dtype: a Keras dtype policy. The output is always float32.

    Returns:
        A model from float images in [-1, 1], (batch, height, width, input_channels), to float32 logits
        (batch, rows, columns, 1). There is one logit per patch: 30x30 for 256 px and three layers. The
        architecture "pixel" has one logit per pixel.
    """
    with dtype_policy(dtype):
        inputs = keras.Input((None, None, spec.input_channels), name="image")
        body = _pixel_body if spec.architecture == "pixel" else _patch_body
        logits = keras.layers.Activation("linear", dtype="float32", name="logits")(body(inputs, spec))
        return keras.Model(inputs, logits, name=name)


def _patch_body(x, spec: DiscriminatorSpec):
    """Apply a PatchGAN: C64-C128-C256-C512 for three layers, no norm in the first, one output channel."""
    x = conv(x, spec.width, 4, stride=2, padding=1, name="layer_1_conv")
    x = LeakyReLU(LEAK, name="layer_1_leaky_relu")(x)
    for layer in range(2, spec.num_layers + 2):
        width = spec.width * min(2 ** (layer - 1), 8)
        stride = 2 if layer <= spec.num_layers else 1
        x = conv(x, width, 4, stride=stride, padding=1, name=f"layer_{layer}_conv")
        x = LeakyReLU(LEAK, name=f"layer_{layer}_leaky_relu")(norm(x, spec, f"layer_{layer}"))
    return conv(x, 1, 4, padding=1, name="last_conv")


def _pixel_body(x, spec: DiscriminatorSpec):
    x = conv(x, spec.width, 1, name="layer_1_conv")
    x = LeakyReLU(LEAK, name="layer_1_leaky_relu")(x)
    x = norm(conv(x, spec.width * 2, 1, name="layer_2_conv"), spec, "layer_2")
    x = LeakyReLU(LEAK, name="layer_2_leaky_relu")(x)
    return conv(x, 1, 1, name="last_conv")
