"""The mask network: where in a picture the subject is, from the features of the frozen network."""

import keras
import tensorflow as tf

from cyclegan_tf.networks.area import area_resized
from cyclegan_tf.networks.efficientnet_lite0 import TAP_CHANNELS
from cyclegan_tf.networks.frozen_inputs import to_three_channels
from cyclegan_tf.networks.ranges import to_unit

_WIDTH = 64
# Probabilities from here to there become 0 to 1: what is surely background is exactly 0.
LOWEST, HIGHEST = 0.3, 0.7
# The frozen network was trained on objects of usual size, so it looks at pictures whose longest side has so
# many pixels: smaller ones are enlarged for it, larger ones shrunk.
SMALLEST_SIDE, LARGEST_SIDE = 256, 512


def build_mask_decoder(name: str = "mask_decoder") -> keras.Model:
    """Build the part of the mask network that learns, with fresh weights.

    Returns:
        A float32 model from the frozen network's four taps to logits (batch, rows, columns, 1) at stride 4.
    """
    taps = [keras.Input((None, None, channels)) for channels in TAP_CHANNELS]
    narrow = [_conv(tap, 1, f"tap_{number}") for number, tap in enumerate(taps, start=1)]
    x = narrow[-1]
    for number, finer in reversed(list(enumerate(narrow[:-1], start=1))):
        x = keras.layers.Add(dtype="float32", name=f"add_{number}")(
            [finer, ResizeTo(name=f"up_{number}")([x, finer])]
        )
    for number in (1, 2):
        x = keras.layers.ReLU(dtype="float32", name=f"relu_{number}")(x)
        x = _conv(x, 3, f"conv_{number}")
    x = keras.layers.ReLU(dtype="float32", name="relu_3")(x)
    return keras.Model(taps, _conv(x, 1, "logits", filters=1), name=name)


class MaskNetwork(tf.Module):
    """The frozen network and the decoder together.

    Args:
        network: as of `networks.efficientnet_lite0.build_efficientnet_lite0`.
        decoder: as of `build_mask_decoder`.
    """

    def __init__(self, network: keras.Model, decoder: keras.Model):
        super().__init__(name="mask_network")
        self.network, self.decoder = network, decoder

    @property
    def settings(self) -> tuple[float, ...]:
        """What decides a mask beside the weights: two probabilities, and two sides in pixels."""
        return LOWEST, HIGHEST, SMALLEST_SIDE, LARGEST_SIDE

    def logits(self, images):
        """Return float32 logits (batch, height, width, 1) of images of 1 to 16 channels, as for `to_unit`."""
        *taps, _ = self.network(to_three_channels(_shown(images)), training=False)
        return tf.image.resize(self.decoder(taps), tf.shape(images)[1:3])

    def __call__(self, images):
        """Return the masks of images, float32 (batch, height, width, 1) in [0, 1]."""
        probabilities = tf.sigmoid(self.logits(images))
        return tf.clip_by_value((probabilities - LOWEST) / (HIGHEST - LOWEST), 0.0, 1.0)


class MaskedGenerator:
    """A generator whose translation is composited over its input by a mask.

    Args:
        generator: from float images in [-1, 1] to such images with the same number of channels.
        mask_network: computes the mask.
    """

    def __init__(self, generator: keras.Model, mask_network: MaskNetwork):
        self.generator, self.mask_network = generator, mask_network

    def __call__(self, images, training: bool = False):
        """Return the composited translation; where the mask is 0 it is the input to the bit."""
        return composite(self.generator(images, training=training), images, self.mask_network(images))


def composite(translated, images, masks):
    """Composite translations over images by masks in [0, 1], (batch, height, width, 1)."""
    return masks * translated + (1.0 - masks) * images


def _shown(images):
    """Return images in [-1, 1], enlarged to SMALLEST_SIDE or shrunk to LARGEST_SIDE if they are outside."""
    images, sides = to_unit(images), images.shape[1:3]
    if None not in sides and SMALLEST_SIDE <= max(sides) <= LARGEST_SIDE:
        return images
    longest = tf.reduce_max(tf.shape(images)[1:3])
    shrunk = area_resized(images, *_scaled(images, longest, tf.minimum(longest, LARGEST_SIDE)))
    return tf.image.resize(
        shrunk, _scaled(images, longest, tf.clip_by_value(longest, SMALLEST_SIDE, LARGEST_SIDE))
    )


def _scaled(images, longest, target):
    """Return height and width of images whose longest side becomes the target, 1 pixel at least.

    In whole numbers, as a runtime that computes in 16 bits would round them.
    """
    sides = tf.shape(images)[1:3]
    return tf.unstack(tf.maximum(1, (2 * sides * target + longest) // (2 * longest)))


class ResizeTo(keras.layers.Layer):
    """Bilinear resize of the first input to height and width of the second."""

    def call(self, inputs):
        """Return the resized maps."""
        maps, like = inputs
        return tf.image.resize(maps, tf.shape(like)[1:3])

    def compute_output_shape(self, input_shape):
        """Return the first shape with height and width of the second."""
        maps, like = input_shape
        return (maps[0], *like[1:3], maps[3])


def _conv(x, kernel_size: int, name: str, filters: int = _WIDTH):
    layer = keras.layers.Conv2D(filters, kernel_size, padding="same", dtype="float32", name=name)
    return layer(x)
