"""Layers of generators in the forms that engines compute fastest; the numbers are the same up to rounding.

Each function has the form that `networks.layer_graph.run_layers` takes: a layer and its input to the output.
"""

import keras
import tensorflow as tf

from cyclegan_tf.networks.layers import InstanceNormalization
from cyclegan_tf.networks.narrow_conv import NarrowConv2D
from cyclegan_tf.networks.norm_statistics import precise_moments
from cyclegan_tf.networks.padding import cropped
from cyclegan_tf.networks.resized_conv import ResizedConv2D

# Pixels of each side that a folded convolution computes together, and the most channels of such.
_FOLD = 2
_MOST_FOLDED = 16 // _FOLD**2


def normalise_one(layer, images):
    """Normalise a batch of one picture by one operation, whose sums lose precision in large pictures."""
    return layer.normalise_one(images)


def normalise_precisely(layer, images):
    """Normalise by float32 statistics that are right for large pictures too."""
    images = tf.cast(images, tf.float32)
    return layer.normalise(images, *precise_moments(images))


def normalise_fusibly(layer, images):
    """Normalise in the form that OpenVINO fuses into one operation, twice as fast."""
    centred = images - tf.reduce_mean(images, axis=[1, 2], keepdims=True)
    variance = tf.reduce_mean(tf.square(centred), axis=[1, 2], keepdims=True)
    normalised = centred / tf.sqrt(variance + layer.epsilon)
    return normalised * layer.gamma + layer.beta if layer.affine else normalised


def crop(layer, images):
    """Crop in the form past which OpenVINO moves its changes of layout, so that they cancel out."""
    (top, bottom), (left, right) = layer.cropping
    height, width = tf.shape(images)[1] - top - bottom, tf.shape(images)[2] - left - right
    return cropped(images, top, left, height, width)


def transpose_resized(layer, images):
    """Enlarge and convolve as one transposed convolution, which needs no change of layout."""
    return layer.transposed(images)


def fold_convolution(layer, images):
    """Convolve to few channels, two by two pixels at a time: those of four pixels as the channels of one.

    Processors multiply blocks of sixteen channels, whether there are three or twelve. The kernel is larger by
    a pixel, for a quarter of the places. More than four channels are convolved as they are. The height and
    the width of the output must be even.
    """
    if layer.filters > _MOST_FOLDED:
        return layer(images)
    kernel, last = tf.cast(layer.kernel, images.dtype), _FOLD - 1
    shifted = [
        tf.pad(kernel, [[row, last - row], [column, last - column], [0, 0], [0, 0]])
        for row in range(_FOLD)
        for column in range(_FOLD)
    ]
    folded = tf.nn.conv2d(images, tf.concat(shifted, axis=3), _FOLD, "VALID")
    return folded + tf.tile(tf.cast(layer.bias, images.dtype), [_FOLD * _FOLD])


def unfold_activated(layer, images):
    """Apply an activation, and put folded pixels in their places then: it is slow on three channels."""
    outputs = layer(images)
    is_folded = outputs.shape[-1] == _FOLD**2 * layer.output.shape[-1]
    return tf.nn.depth_to_space(outputs, _FOLD) if is_folded else outputs


_FOLDED = {NarrowConv2D: fold_convolution, keras.layers.Activation: unfold_activated}
FOR_TENSORFLOW = {InstanceNormalization: normalise_one, **_FOLDED}
FOR_TENSORFLOW_BATCH = {InstanceNormalization: normalise_precisely, **_FOLDED}
FOR_OPENVINO = {
    InstanceNormalization: normalise_fusibly,
    keras.layers.Cropping2D: crop,
    ResizedConv2D: transpose_resized,
    **_FOLDED,
}
