"""Pictures that are too large for one pass of a generator: detected, and translated in strips."""

from functools import cached_property

import keras
import numpy as np
import tensorflow as tf

from cyclegan_tf.inference.scratch import ScratchSpace
from cyclegan_tf.inference.strips import StripPass
from cyclegan_tf.networks.layer_graph import layer_nodes
from cyclegan_tf.networks.mask_network import MaskNetwork, composite
from cyclegan_tf.networks.norm_statistics import Statistics
from cyclegan_tf.networks.padding import mirrored_indices, side_padding
from cyclegan_tf.networks.ranges import to_levels, to_unit
from cyclegan_tf.networks.specs import GeneratorSpec
from cyclegan_tf.system.memory import available_memory_bytes

# Measured on a CPU, ResNet and U-Net of several widths and sizes: a pass takes 3.8 to 4.1 times the memory of
# its largest layer's output.
LAYERS_AT_ONCE = 4.5
# Larger strips are hardly faster.
STRIP_BYTES = 2**28


def whole_pass_bytes(generator: keras.Model, size: tuple[int, int]) -> int:
    """Estimate the memory of one picture's pass through a generator.

    Args:
        generator: as of `networks.build_generator`.
        size: (height, width) of the picture in pixels.
    """
    return round(LAYERS_AT_ONCE * _largest_layer_bytes(generator, size))


def fits_in_memory(num_bytes: int) -> bool:
    """Tell whether a pass of so many bytes can be tried.

    On a GPU always: TensorFlow reports what does not fit there, without harm.
    """
    return bool(tf.config.list_physical_devices("GPU")) or num_bytes <= available_memory_bytes()


def choose_strip_height(generator: keras.Model, size: tuple[int, int]) -> int:
    """Return how many rows of a picture of (height, width) a strip may have."""
    strip_bytes = min(STRIP_BYTES, available_memory_bytes() // 4)
    return max(1, strip_bytes * size[0] // whole_pass_bytes(generator, size))


class LargePicture:
    """A picture that is translated in strips.

    Args:
        generator: as of `networks.build_generator`.
        spec: what it is.
        picture: uint8 or uint16 (height, width, channels).
        strip_height: rows of the picture in a strip; None chooses by the available memory.
        mask_network: where the translation is composited over the picture; None for everywhere.
    """

    def __init__(
        self,
        generator: keras.Model,
        spec: GeneratorSpec,
        picture: np.ndarray,
        strip_height: int | None,
        mask_network: MaskNetwork | None = None,
    ):
        self._generator, self._spec, self._picture = generator, spec, picture
        self._mask_network = mask_network
        self._strip_height = strip_height or choose_strip_height(generator, picture.shape[:2])
        self._rows, self._columns = (self._mirrored(size) for size in picture.shape[:2])

    def translate(self, statistics: Statistics | None = None) -> tuple[np.ndarray, bool]:
        """Return the translated picture of the same dtype, and whether all its values were finite.

        Args:
            statistics: given from outside in place of the picture's own.

        Raises:
            MachineError: if there is not enough scratch space.
        """
        height, width = self._picture.shape[:2]
        top, left = (int(side_padding(self._spec, size)[0]) for size in (height, width))
        translated = np.empty((height, width, self._spec.output_channels), self._picture.dtype)
        finite = True
        with _scratch() as scratch:
            for rows, values in self._strip_pass(scratch, statistics).strips():
                finite = finite and bool(np.isfinite(values).all())
                first, last = max(rows.start, top), min(rows.stop, top + height)
                if first < last:
                    seen = values[first - rows.start : last - rows.start, left : left + width]
                    place = slice(first - top, last - top)
                    translated[place] = self._levels(seen, place)
        return translated, finite

    def _levels(self, values: np.ndarray, rows: slice) -> np.ndarray:
        """Return some rows of the translation as levels, composited over the picture where it has a mask."""
        values = tf.constant(values)
        if self._mask_network is not None:
            original = to_unit(tf.constant(self._picture[rows]))
            values = composite(values, original, tf.constant(self._mask[rows]))
        return to_levels(values, tf.as_dtype(self._picture.dtype)).numpy()

    @cached_property
    def _mask(self) -> np.ndarray:
        # Of the whole picture: the mask network looks at a smaller copy of it, whatever its size.
        return self._mask_network(tf.constant(self._picture[np.newaxis]))[0].numpy()

    def collect_statistics(self) -> Statistics:
        """Return the statistics of all normalizations, over the whole picture.

        Raises:
            MachineError: if there is not enough scratch space.
        """
        with _scratch() as scratch:
            return self._strip_pass(scratch, None).complete_statistics()

    def _strip_pass(self, scratch: ScratchSpace, statistics: Statistics | None) -> StripPass:
        return StripPass(
            self._generator,
            (len(self._rows), len(self._columns)),
            self._read_rows,
            strip_height=self._strip_height,
            scratch=scratch,
            statistics=statistics,
        )

    def _read_rows(self, rows: range) -> np.ndarray:
        levels = self._picture[self._rows[rows.start : rows.stop]][:, self._columns]
        return to_unit(tf.constant(levels)).numpy()

    def _mirrored(self, size: int) -> np.ndarray:
        return mirrored_indices(size, *side_padding(self._spec, size)).numpy()


def _scratch() -> ScratchSpace:
    return ScratchSpace(available_memory_bytes() // 4)


def _largest_layer_bytes(generator: keras.Model, size: tuple[int, int]) -> int:
    shapes = (node.shape for node in layer_nodes(generator, *size).values())
    return max(4 * height * width * channels for height, width, channels in shapes)
