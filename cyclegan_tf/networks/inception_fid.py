"""The Inception network of the FID (arXiv 1512.00567, 1706.08500): TensorFlow's of December 2015.

It is not Keras's InceptionV3. Its names are those of torchvision, in which pytorch-fid publishes its weights.
Batch normalizations are folded into the convolutions before them.
"""

from collections.abc import Mapping
from typing import NamedTuple

import keras
import numpy as np

SIDE, NUM_FEATURES = 299, 2048
_EPSILON = 1e-3


class Conv(NamedTuple):
    """A convolution with its ReLU.

    Attributes:
        name: of the module, inside its block.
        filters: channels of the output.
        kernel: rows and columns.
        stride: 2 goes with "valid" padding.
        padding: "same" or "valid".
    """

    name: str
    filters: int
    kernel: tuple[int, int] = (1, 1)
    stride: int = 1
    padding: str = "same"


def _shrink(name: str, filters: int) -> Conv:
    return Conv(name, filters, (3, 3), 2, "valid")


_ROW, _COLUMN = (1, 7), (7, 1)
STEM = (_shrink("Conv2d_1a_3x3", 32), Conv("Conv2d_2a_3x3", 32, (3, 3), padding="valid"))
STEM_2 = (Conv("Conv2d_2b_3x3", 64, (3, 3)),)
STEM_3 = (Conv("Conv2d_3b_1x1", 80), Conv("Conv2d_4a_3x3", 192, (3, 3), padding="valid"))


def _block_a(pooled: int) -> list:
    double = [Conv("branch3x3dbl_1", 64), Conv("branch3x3dbl_2", 96, (3, 3))]
    return [
        [Conv("branch1x1", 64)],
        [Conv("branch5x5_1", 48), Conv("branch5x5_2", 64, (5, 5))],
        [*double, Conv("branch3x3dbl_3", 96, (3, 3))],
        ["average", Conv("branch_pool", pooled)],
    ]


def _block_b() -> list:
    double = [Conv("branch3x3dbl_1", 64), Conv("branch3x3dbl_2", 96, (3, 3))]
    return [[_shrink("branch3x3", 384)], [*double, _shrink("branch3x3dbl_3", 96)], ["shrink"]]


def _block_c(width: int) -> list:
    name = "branch7x7dbl_"
    double = [Conv(f"{name}1", width), Conv(f"{name}2", width, _COLUMN), Conv(f"{name}3", width, _ROW)]
    return [
        [Conv("branch1x1", 192)],
        [Conv("branch7x7_1", width), Conv("branch7x7_2", width, _ROW), Conv("branch7x7_3", 192, _COLUMN)],
        [*double, Conv(f"{name}4", width, _COLUMN), Conv(f"{name}5", 192, _ROW)],
        ["average", Conv("branch_pool", 192)],
    ]


def _block_d() -> list:
    long = [Conv("branch7x7x3_1", 192), Conv("branch7x7x3_2", 192, _ROW), Conv("branch7x7x3_3", 192, _COLUMN)]
    return [
        [Conv("branch3x3_1", 192), _shrink("branch3x3_2", 320)],
        [*long, _shrink("branch7x7x3_4", 192)],
        ["shrink"],
    ]


def _block_e(pooling: str) -> list:
    # A list inside a branch: convolutions side by side.
    double = [Conv("branch3x3dbl_1", 448), Conv("branch3x3dbl_2", 384, (3, 3))]
    return [
        [Conv("branch1x1", 320)],
        [Conv("branch3x3_1", 384), [Conv("branch3x3_2a", 384, (1, 3)), Conv("branch3x3_2b", 384, (3, 1))]],
        [*double, [Conv("branch3x3dbl_3a", 384, (1, 3)), Conv("branch3x3dbl_3b", 384, (3, 1))]],
        [pooling, Conv("branch_pool", 192)],
    ]


# The last block pools by the maximum: a peculiarity of that network, and part of the FID.
BLOCKS = {
    "Mixed_5b": _block_a(32),
    "Mixed_5c": _block_a(64),
    "Mixed_5d": _block_a(64),
    "Mixed_6a": _block_b(),
    "Mixed_6b": _block_c(128),
    "Mixed_6c": _block_c(160),
    "Mixed_6d": _block_c(160),
    "Mixed_6e": _block_c(192),
    "Mixed_7a": _block_d(),
    "Mixed_7b": _block_e("average"),
    "Mixed_7c": _block_e("maximum"),
}


def build_inception_fid(arrays: Mapping[str, np.ndarray]) -> keras.Model:
    """Build the network with the given weights, all of them frozen.

    Args:
        arrays: weights by name, as PyTorch keeps them: NAME.conv.weight and NAME.bn.weight, bias,
            running_mean and running_var for each convolution NAME.

    Returns:
        A float32 model from images in [-1, 1], (batch, 299, 299, 3), to features (batch, 2048).

    Raises:
        KeyError: a weight is missing.
        ValueError: a weight has another shape.
    """
    images = keras.Input((SIDE, SIDE, 3), name="image")
    x = _pool(_chain(_pool(_chain(_chain(images, STEM), STEM_2), "shrink"), STEM_3), "shrink")
    for name, branches in BLOCKS.items():
        parts = [_chain(x, branch, name) for branch in branches]
        x = keras.layers.Concatenate(dtype="float32", name=name)(parts)
    x = keras.layers.GlobalAveragePooling2D(dtype="float32", name="features")(x)
    network = keras.Model(images, x, name="inception_fid")
    network.trainable = False
    for layer in network.layers:
        if isinstance(layer, keras.layers.Conv2D):
            layer.set_weights(_folded(arrays, layer.name.replace("__", ".")))
    return network


def _chain(x, steps, block: str = ""):
    for step in steps:
        if isinstance(step, str):
            x = _pool(x, step)
        elif isinstance(step, list):
            x = keras.layers.Concatenate(dtype="float32")([_chain(x, [conv], block) for conv in step])
        else:
            # Layers of Keras have no dots in their names.
            name = f"{block}__{step.name}" if block else step.name
            layer = keras.layers.Conv2D(
                step.filters,
                step.kernel,
                strides=step.stride,
                padding=step.padding,
                activation="relu",
                dtype="float32",
                name=name,
            )
            x = layer(x)
    return x


def _pool(x, kind: str):
    if kind == "shrink":
        return keras.layers.MaxPooling2D(3, strides=2, padding="valid", dtype="float32")(x)
    layer = keras.layers.AveragePooling2D if kind == "average" else keras.layers.MaxPooling2D
    # "same" leaves the padding out of an average, as TensorFlow's network of 2015 did.
    return layer(3, strides=1, padding="same", dtype="float32")(x)


def _folded(arrays: Mapping[str, np.ndarray], name: str) -> list[np.ndarray]:
    parts = {part: arrays[f"{name}.bn.{part}"] for part in ("weight", "bias", "running_mean", "running_var")}
    scale = parts["weight"] / np.sqrt(parts["running_var"] + _EPSILON)
    kernel = arrays[f"{name}.conv.weight"] * scale[:, np.newaxis, np.newaxis, np.newaxis]
    return [kernel.transpose(2, 3, 1, 0), parts["bias"] - parts["running_mean"] * scale]
