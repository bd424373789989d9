"""A .keras file that plain Keras loads: only Keras's own layers, and no Lambda."""

import shutil
import tempfile
from pathlib import Path

import keras

from cyclegan_tf.networks.layers import (
    BilinearUpsampling2D,
    InstanceNormalization,
    LeakyReLU,
    ReflectionPadding2D,
)
from cyclegan_tf.networks.narrow_conv import NarrowConv2D
from cyclegan_tf.networks.resized_conv import ResizedConv2D

# The file has only the generator, on floats in [-1, 1], so that it can be trained further.
RUN = """
import sys
import keras
import numpy as np
generator = keras.saving.load_model(sys.argv[1])
inputs, outputs = np.load(sys.argv[2]), {}
for name in inputs.files:
    translated = generator(inputs[name].astype("float32") / 127.5 - 1, training=False)
    outputs[name] = ((np.asarray(translated) + 1) * 127.5).round().clip(0, 255).astype("uint8")
np.savez(sys.argv[3], **outputs)
"""


def write(translator, target: Path, *_) -> None:
    """Write the generator on float images in [-1, 1], whose sides are multiples of its stride."""
    generator = stock_generator(translator.module.generator)
    # Keras requires its suffix, which the temporary file does not have.
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=f"{target.name}-") as scratch:
        path = Path(scratch, "generator.keras")
        generator.save(path)
        shutil.move(path, target)


def stock_generator(generator: keras.Model) -> keras.Model:
    """Return the same network built from Keras's own layers and operations, with the same weights.

    GroupNormalization with one channel per group is instance normalization. `keras.ops.pad` reflects.
    """
    stock = keras.models.clone_model(generator, clone_function=_stock_layer, call_function=_call)
    stock.set_weights(generator.get_weights())
    return stock


def _stock_layer(layer: keras.layers.Layer) -> keras.layers.Layer:
    if isinstance(layer, InstanceNormalization):
        affine = {"center": layer.affine, "scale": layer.affine}
        return keras.layers.GroupNormalization(-1, epsilon=layer.epsilon, name=layer.name, **affine)
    if isinstance(layer, LeakyReLU):
        return keras.layers.LeakyReLU(layer.slope, name=layer.name)
    if isinstance(layer, NarrowConv2D):
        return keras.layers.Conv2D.from_config(layer.get_config())
    return type(layer).from_config(layer.get_config())


def _call(layer: keras.layers.Layer, images, *args, **kwargs):
    if isinstance(layer, ReflectionPadding2D):
        return _reflected(images, layer.padding)
    if isinstance(layer, ResizedConv2D):
        large = keras.layers.UpSampling2D(2, interpolation="nearest", name=f"{layer.name}_resize")(images)
        return keras.layers.Conv2D.from_config(layer.get_config())(_reflected(large, 1))
    if isinstance(layer, BilinearUpsampling2D):
        return _bilinear(images, layer.name)
    return layer(images, *args, **kwargs)


def _reflected(images, padding: int):
    sides = (padding, padding)
    return keras.ops.pad(images, ((0, 0), sides, sides, (0, 0)), mode="reflect")


def _bilinear(images, name: str):
    """Enlarge by two: each pixel four times, and the mean of neighbours twice, with the edges repeated."""
    large = keras.layers.UpSampling2D(2, interpolation="nearest", name=name)(images)
    padded = keras.ops.pad(large, ((0, 0), (1, 1), (1, 1), (0, 0)), mode="symmetric")
    once = keras.layers.AveragePooling2D(2, strides=1, name=f"{name}_mean_1")(padded)
    return keras.layers.AveragePooling2D(2, strides=1, name=f"{name}_mean_2")(once)
