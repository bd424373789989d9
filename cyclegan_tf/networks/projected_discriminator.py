"""Projected discriminators (Projected GANs, arXiv 2111.01007): small heads on a frozen network's features.

A network pretrained on photographs computes features at four scales. They are mixed by fixed random numbers,
over channels and from coarse to fine, so that a head cannot rely on a few channels. Each head then judges
places of its own size. Only the heads learn.
"""

import keras
import numpy as np
import tensorflow as tf

from cyclegan_tf.networks.blocks import LEAK, dtype_policy
from cyclegan_tf.networks.efficientnet_lite0 import TAP_CHANNELS, TAP_SCALES
from cyclegan_tf.networks.frozen_inputs import to_three_channels
from cyclegan_tf.networks.layers import LeakyReLU
from cyclegan_tf.networks.spectral import SpectralConv2D

MIXED_CHANNELS = (32, 32, 64, 128)
_STRIDED_CONVOLUTIONS = (2, 1, 1, 0)
_HEAD_WIDTH = 64


class MixedFeatures:
    """The frozen network's features of pictures, mixed by random numbers that follow from a seed.

    Args:
        network: as of `networks.efficientnet_lite0.build_efficientnet_lite0`.
        seed: of the mixing, at least 0.
    """

    def __init__(self, network: keras.Model, seed: int):
        self._network = network
        bits = np.random.Generator(np.random.Philox(np.random.SeedSequence(seed)))
        self._across = [_mixing(bits, *sizes) for sizes in zip(TAP_CHANNELS, MIXED_CHANNELS)]
        self._down = [_mixing(bits, *sizes) for sizes in zip(MIXED_CHANNELS[1:], MIXED_CHANNELS)]

    def __call__(self, images) -> list:
        """Return the four maps of images, fine to coarse.

        Args:
            images: float tensor (batch, height, width, 1 to 16 channels) in [-1, 1].

        Returns:
            float32 tensors at strides 4, 8, 16 and 32 (sides rounded up), of 32, 32, 64 and 128 channels.
        """
        *taps, _ = self._network(to_three_channels(images), training=False)
        return self.mix(taps)

    def mix(self, taps) -> list:
        """Return the four maps of the frozen network's four taps."""
        maps = [_mix(tap / scale, kernel) for tap, scale, kernel in zip(taps, TAP_SCALES, self._across)]
        for finer in reversed(range(len(maps) - 1)):
            coarse = tf.image.resize(maps[finer + 1], tf.shape(maps[finer])[1:3])
            maps[finer] += _mix(coarse, self._down[finer])
        return maps


def build_heads(name: str, dtype: str = "float32") -> keras.Model:
    """Build the heads of a projected discriminator with fresh weights.

    Args:
        name: the model's name, such as projected_b.
        dtype: a Keras dtype policy; the outputs are float32 under any.

    Returns:
        A model from the four maps of `MixedFeatures` to four float32 maps of logits, each (batch, rows,
        columns, 1); at 128 px of 8x8, 8x8, 4x4 and 4x4 places.
    """
    with dtype_policy(dtype):
        inputs = [keras.Input((None, None, channels)) for channels in MIXED_CHANNELS]
        places = enumerate(zip(inputs, _STRIDED_CONVOLUTIONS), start=1)
        logits = [_head(x, strided, f"head_{number}") for number, (x, strided) in places]
        return keras.Model(inputs, logits, name=name)


def _head(x, strided: int, name: str):
    for number in range(1, strided + 1):
        x = _convolution(_HEAD_WIDTH, 4, 2, f"{name}_conv_{number}")(x)
        x = LeakyReLU(LEAK, name=f"{name}_leaky_relu_{number}")(x)
    x = _convolution(1, 3, 1, f"{name}_last_conv")(x)
    return keras.layers.Activation("linear", dtype="float32", name=f"{name}_logits")(x)


def _convolution(filters: int, kernel_size: int, stride: int, name: str) -> SpectralConv2D:
    return SpectralConv2D(filters, kernel_size, strides=stride, padding="same", name=name)


def _mixing(bits: np.random.Generator, channels_in: int, channels_out: int) -> np.ndarray:
    """Return a random (channels in, channels out) matrix that preserves the variance."""
    return (bits.standard_normal((channels_in, channels_out)) / np.sqrt(channels_in)).astype(np.float32)


def _mix(maps, matrix: np.ndarray):
    return tf.einsum("bhwc,cd->bhwd", maps, tf.constant(matrix))
