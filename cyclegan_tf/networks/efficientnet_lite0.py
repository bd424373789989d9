"""EfficientNet-lite0, pretrained on ImageNet: its features judge pictures and find subjects.

Architecture: EfficientNet (arXiv 1905.11946) without squeeze-and-excitation and with ReLU6, as in
TensorFlow's "lite" models. Its batch normalizations are folded into the convolutions before them.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import keras
import numpy as np

# The batch normalizations' epsilon.
_EPSILON = 1e-3
# Levels 0 to 255 are taken minus 127, over 128.
_SCALE, _OFFSET = 127.5 / 128, 0.5 / 128


class Stage(NamedTuple):
    """Blocks of one width; the first of them has the stride.

    Attributes:
        kernel_size: of the depthwise convolutions.
        repeats: number of blocks.
        channels: of the output.
        expansion: width of the inside of a block relative to its input.
        stride: of the first block.
    """

    kernel_size: int
    repeats: int
    channels: int
    expansion: int
    stride: int


STEM_CHANNELS, HEAD_CHANNELS, NUM_CLASSES = 32, 1280, 1000
STAGES = (
    Stage(3, 1, 16, 1, 1),
    Stage(3, 2, 24, 6, 2),
    Stage(5, 2, 40, 6, 2),
    Stage(3, 3, 80, 6, 2),
    Stage(5, 3, 112, 6, 1),
    Stage(5, 4, 192, 6, 2),
    Stage(3, 1, 320, 6, 1),
)
# After the last stage of each size, but for the first.
TAPPED_STAGES = (2, 3, 5, 7)
TAP_CHANNELS = tuple(STAGES[stage - 1].channels for stage in TAPPED_STAGES)
TAP_STRIDES = (4, 8, 16, 32)
# Root mean square of each tap over photographs.
TAP_SCALES = (9.0, 8.0, 7.0, 3.0)


def build_efficientnet_lite0(arrays: Mapping[str, np.ndarray]) -> keras.Model:
    """Build the network with the published weights, all of them frozen.

    Args:
        arrays: the published weights by name, as PyTorch keeps them; see `models.frozen`.

    Returns:
        A float32 model from images in [-1, 1], (batch, height, width, 3), to five tensors. Four are the maps
        after stages 2, 3, 5 and 7, at strides 4, 8, 16 and 32 (sides rounded up), of 24, 40, 112 and 320
        channels. The last are the class scores of each place, (batch, rows, columns, 1000) at stride 32:
        their mean over the places is the logits.
    """
    images = keras.Input((None, None, 3), name="image")
    x = keras.layers.Rescaling(_SCALE, _OFFSET, dtype="float32", name="levels")(images)
    x = _relu6(_conv(x, STEM_CHANNELS, 3, 2, "stem"), "stem")
    taps = []
    for number, stage in enumerate(STAGES, start=1):
        for repeat in range(stage.repeats):
            x = _block(x, stage, stage.stride if repeat == 0 else 1, f"stage_{number}_{repeat + 1}")
        if number in TAPPED_STAGES:
            taps.append(x)
    x = _relu6(_conv(x, HEAD_CHANNELS, 1, 1, "head"), "head")
    scores = _conv(x, NUM_CLASSES, 1, 1, "classifier")
    network = keras.Model(images, [*taps, scores], name="efficientnet_lite0")
    network.trainable = False
    for name, (kernel, bias) in _folded(arrays):
        network.get_layer(name).set_weights([kernel, bias])
    return network


def _block(x, stage: Stage, stride: int, name: str):
    """Add an inverted residual block: expand, depthwise, project; with a skip where the shapes agree."""
    y = x
    if stage.expansion > 1:
        y = _relu6(_conv(y, x.shape[-1] * stage.expansion, 1, 1, f"{name}_expand"), f"{name}_expand")
    depthwise = keras.layers.DepthwiseConv2D(
        stage.kernel_size, strides=stride, padding="same", dtype="float32", name=f"{name}_depthwise"
    )
    y = _relu6(depthwise(y), f"{name}_depthwise")
    y = _conv(y, stage.channels, 1, 1, f"{name}_project")
    if stride == 1 and x.shape[-1] == stage.channels:
        y = keras.layers.Add(dtype="float32", name=f"{name}_add")([x, y])
    return y


def _conv(x, filters: int, kernel_size: int, stride: int, name: str):
    layer = keras.layers.Conv2D(
        filters, kernel_size, strides=stride, padding="same", dtype="float32", name=name
    )
    return layer(x)


def _relu6(x, name: str):
    return keras.layers.ReLU(6.0, dtype="float32", name=f"{name}_relu6")(x)


def _folded(arrays: Mapping[str, np.ndarray]) -> Iterator[tuple[str, tuple[np.ndarray, np.ndarray]]]:
    """Yield kernel and bias of every convolution by our names, from the published ones."""
    yield "stem", _fold(arrays, "_conv_stem", "_bn0")
    place = 0
    for number, stage in enumerate(STAGES, start=1):
        for repeat in range(stage.repeats):
            ours, theirs = f"stage_{number}_{repeat + 1}", f"_blocks.{place}."
            if stage.expansion > 1:
                yield f"{ours}_expand", _fold(arrays, f"{theirs}_expand_conv", f"{theirs}_bn0")
            yield f"{ours}_depthwise", _fold(arrays, f"{theirs}_depthwise_conv", f"{theirs}_bn1")
            yield f"{ours}_project", _fold(arrays, f"{theirs}_project_conv", f"{theirs}_bn2")
            place += 1
    yield "head", _fold(arrays, "_conv_head", "_bn1")
    yield "classifier", (arrays["_fc.weight"].T[np.newaxis, np.newaxis], arrays["_fc.bias"])


def _fold(arrays: Mapping[str, np.ndarray], conv: str, norm: str) -> tuple[np.ndarray, np.ndarray]:
    scale = arrays[f"{norm}.weight"] / np.sqrt(arrays[f"{norm}.running_var"] + _EPSILON)
    bias = arrays[f"{norm}.bias"] - arrays[f"{norm}.running_mean"] * scale
    kernel = arrays[f"{conv}.weight"] * scale[:, np.newaxis, np.newaxis, np.newaxis]
    # (out, in, rows, columns) to (rows, columns, in, out); a depthwise "in" is 1, and Keras has it last.
    return kernel.transpose(2, 3, 0, 1) if "depthwise" in conv else kernel.transpose(2, 3, 1, 0), bias
