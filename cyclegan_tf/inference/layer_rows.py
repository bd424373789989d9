"""Which rows of its input a layer needs for some rows of its output, and those rows computed from them.

Rows are `range`s of step 1, counted from the top of a layer's whole output, which is always of full width.
The layers of our generators are known; any other is refused by its name.
"""

from typing import Protocol

import keras
import numpy as np
import tensorflow as tf

from cyclegan_tf.networks.layers import BilinearUpsampling2D, LeakyReLU, ReflectionPadding2D
from cyclegan_tf.networks.narrow_conv import NarrowConv2D
from cyclegan_tf.networks.resized_conv import ResizedConv2D, enlarge


class _Kind(Protocol):
    """How the rows of a kind of layer depend on those of its input."""

    def needed(self, layer, rows: range, height: int) -> range:
        """Return the rows of the input, of `height` rows in all, that the output's rows depend on."""

    def compute(self, layer, inputs, rows: range, given: range, height: int):
        """Return the output's rows from the given rows of the input, (batch, rows, width, channels)."""


class _SameRows:
    """Every pixel by itself, of one input or several."""

    def needed(self, layer, rows, height):
        return rows

    def compute(self, layer, inputs, rows, given, height):
        return layer(inputs)


class _Convolution:
    def needed(self, layer, rows, height):
        stride, kernel = layer.strides[0], layer.kernel_size[0]
        return range(rows.start * stride, (rows.stop - 1) * stride + kernel)

    def compute(self, layer, inputs, rows, given, height):
        return layer(inputs)


class _TransposedConvolution:
    def needed(self, layer, rows, height):
        stride, kernel = layer.strides[0], layer.kernel_size[0]
        # Row i of the input reaches rows stride * i to stride * i + kernel - 1.
        first = max(0, -(-(rows.start - kernel + 1) // stride))
        return range(first, min(height, (rows.stop - 1) // stride + 1))

    def compute(self, layer, inputs, rows, given, height):
        start = given.start * layer.strides[0]
        return layer(inputs)[:, rows.start - start : rows.stop - start]


class _Cropping:
    def needed(self, layer, rows, height):
        top = layer.cropping[0][0]
        return range(rows.start + top, rows.stop + top)

    def compute(self, layer, inputs, rows, given, height):
        left, right = layer.cropping[1]
        return inputs[:, :, left : inputs.shape[2] - right]


class _ZeroPadding:
    def needed(self, layer, rows, height):
        top = layer.padding[0][0]
        return range(max(0, rows.start - top), min(height, rows.stop - top))

    def compute(self, layer, inputs, rows, given, height):
        top = layer.padding[0][0]
        above, below = given.start - (rows.start - top), rows.stop - top - given.stop
        return tf.pad(inputs, [[0, 0], [above, below], layer.padding[1], [0, 0]])


class _ReflectionPadding:
    def needed(self, layer, rows, height):
        mirrored = _mirrored(layer.padding, rows, height)
        return range(int(mirrored.min()), int(mirrored.max()) + 1)

    def compute(self, layer, inputs, rows, given, height):
        strip = tf.gather(inputs, _mirrored(layer.padding, rows, height) - given.start, axis=1)
        sides = [layer.padding, layer.padding]
        return tf.pad(strip, [[0, 0], [0, 0], sides, [0, 0]], mode="REFLECT")


class _ResizedConvolution:
    """Enlarged rows with mirrored edges; row i of the output reads the padded rows i to i + 2."""

    def needed(self, layer, rows, height):
        enlarged = self._enlarged(rows, height)
        return range(int(enlarged.min()) // 2, int(enlarged.max()) // 2 + 1)

    def compute(self, layer, inputs, rows, given, height):
        enlarged = self._enlarged(rows, height) - 2 * given.start
        strip = tf.gather(enlarge(inputs), enlarged, axis=1)
        return layer.convolve(tf.pad(strip, [[0, 0], [0, 0], [1, 1], [0, 0]], mode="REFLECT"))

    def _enlarged(self, rows: range, height: int) -> np.ndarray:
        return _mirrored(1, range(rows.start, rows.stop + 2), 2 * height)


class _Pooling:
    def needed(self, layer, rows, height):
        stride, size = layer.strides[0], layer.pool_size[0]
        return range(rows.start * stride, (rows.stop - 1) * stride + size)

    def compute(self, layer, inputs, rows, given, height):
        return layer(inputs)


class _BilinearEnlargement:
    """Row 2 i is near row i - 1 and row 2 i + 1 near row i + 1, which at the edges are row i itself."""

    def needed(self, layer, rows, height):
        first = (rows.start - 1) // 2
        return range(max(0, first), min(height, rows.stop // 2 + 1))

    def compute(self, layer, inputs, rows, given, height):
        start = given.start * 2
        return layer(inputs)[:, rows.start - start : rows.stop - start]


_KINDS: dict[type, _Kind] = {
    keras.layers.ReLU: _SameRows(),
    LeakyReLU: _SameRows(),
    NarrowConv2D: _Convolution(),
    keras.layers.Activation: _SameRows(),
    keras.layers.Add: _SameRows(),
    keras.layers.Concatenate: _SameRows(),
    keras.layers.Conv2D: _Convolution(),
    keras.layers.Conv2DTranspose: _TransposedConvolution(),
    keras.layers.Cropping2D: _Cropping(),
    keras.layers.ZeroPadding2D: _ZeroPadding(),
    ReflectionPadding2D: _ReflectionPadding(),
    ResizedConv2D: _ResizedConvolution(),
    BilinearUpsampling2D: _BilinearEnlargement(),
    keras.layers.AveragePooling2D: _Pooling(),
}
# What the arithmetic above assumes.
_EXPECTED: dict[type, dict[str, object]] = {
    keras.layers.Conv2D: {"padding": "valid", "dilation_rate": (1, 1)},
    keras.layers.Conv2DTranspose: {"padding": "valid", "dilation_rate": (1, 1), "output_padding": None},
    keras.layers.Concatenate: {"axis": -1},
    keras.layers.AveragePooling2D: {"padding": "valid"},
}


def check_layer(layer: keras.Layer) -> None:
    """Refuse a layer whose rows cannot be computed here.

    Raises:
        ValueError: naming the layer, its kind, and the setting that is not known.
    """
    if type(layer) not in _KINDS:
        known = ", ".join(kind.__name__ for kind in _KINDS)
        raise ValueError(f"expected layers of {known}. Received: {layer.name!r}, a {type(layer).__name__}")
    for setting, expected in _EXPECTED.get(type(layer), {}).items():
        found = getattr(layer, setting)
        if found != expected:
            kind = type(layer).__name__
            raise ValueError(
                f"expected {setting}={expected!r} of a {kind}. Received: {found!r}, {layer.name!r}"
            )


def needed_rows(layer: keras.Layer, rows: range, height: int) -> range:
    """Return the rows of a layer's input that rows of its output depend on.

    Args:
        layer: as `check_layer` accepts it.
        rows: of the output.
        height: rows of the whole input.
    """
    return _KINDS[type(layer)].needed(layer, rows, height)


def compute_rows(layer: keras.Layer, inputs, rows: range, given: range, height: int):
    """Return rows of a layer's output, (batch, rows, width, channels).

    Args:
        layer: as `check_layer` accepts it.
        inputs: the given rows of its input, or a list of them for a layer that reads several.
        rows: of the output.
        given: which rows of the input these are: `needed_rows`.
        height: rows of the whole input.
    """
    return _KINDS[type(layer)].compute(layer, inputs, rows, given, height)


def _mirrored(padding: int, rows: range, height: int) -> np.ndarray:
    """Return the row of the input that each padded row shows."""
    places = np.abs(np.arange(rows.start, rows.stop) - padding)
    return np.minimum(places, 2 * (height - 1) - places)
