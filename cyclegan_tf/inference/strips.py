"""Exact translation of pictures that are too large for one pass: layer by layer, in strips of rows.

A generator's memory is its layers' outputs, and what ties the rows of a picture together is normalization:
its mean and variance are those of the whole layer. So the output of each convolution is computed a strip of
rows at a time, from the rows of its input that it depends on, and kept in scratch space while its statistics
are taken. When it is complete the next layer reads it, normalised, in strips again. Nothing is computed twice
except activations of the few rows where strips meet, and the result is that of the whole picture.
"""

from collections import Counter
from collections.abc import Callable, Iterator

import keras
import numpy as np
import tensorflow as tf

from cyclegan_tf.inference.layer_rows import check_layer, compute_rows, needed_rows
from cyclegan_tf.inference.scratch import ScratchImage, ScratchSpace
from cyclegan_tf.networks.layer_graph import LayerNode, layer_nodes
from cyclegan_tf.networks.layers import InstanceNormalization
from cyclegan_tf.networks.norm_statistics import RowMoments, Statistics

ReadRows = Callable[[range], np.ndarray]


class StripPass:
    """One pass of one image through a generator, in strips.

    Args:
        generator: a model as of `networks.build_generator`.
        size: (height, width) of the image in pixels, which the generator takes.
        read_rows: from rows of the image to their values, float32 (rows, width, channels) in [-1, 1].
        strip_height: rows of the image that a strip has; at layers of half the height it has half as many.
        scratch: holds the layers that are kept.
        statistics: given from outside in place of the image's own.

    Attributes:
        statistics: of all normalizations, complete before the first strip of the output.

    Raises:
        ValueError: if the generator has a layer that cannot be computed in strips.
    """

    def __init__(
        self,
        generator: keras.Model,
        size: tuple[int, int],
        read_rows: ReadRows,
        *,
        strip_height: int,
        scratch: ScratchSpace,
        statistics: Statistics | None = None,
    ):
        if strip_height < 1:
            raise ValueError(f"expected strips of 1 row or more. Received: strip_height={strip_height}")
        self._nodes = layer_nodes(generator, *size)
        self._height, self._read_rows = size[0], read_rows
        self._strip_height, self._scratch = strip_height, scratch
        self.statistics = dict(statistics or {})
        for node in self._nodes.values():
            if node.sources and not isinstance(node.layer, InstanceNormalization):
                check_layer(node.layer)
        *_, self._output = self._nodes
        self._kept = self._choose_kept()
        self._images: dict[str, ScratchImage] = {}

    def complete_statistics(self) -> Statistics:
        """Compute all layers but the output, and return the statistics of all normalizations."""
        last_readers = {source: name for name in (*self._kept, self._output) for source in self._reads(name)}
        for name in self._kept:
            self._complete(name)
            for source in [source for source, reader in last_readers.items() if reader == name]:
                self._scratch.release(self._images.pop(source))
        return self.statistics

    def strips(self) -> Iterator[tuple[range, np.ndarray]]:
        """Yield the output from top to bottom: rows, and their values, float32 (rows, width, channels)."""
        self.complete_statistics()
        for rows in self._strips_of(self._output):
            yield rows, self._compute(self._output, rows)[0].numpy()

    def _choose_kept(self) -> dict[str, list[str]]:
        """Return the layers whose outputs are kept, each with the normalizations that read it.

        Kept is what a normalization reads, whose statistics it needs first, and what several layers read,
        which would be computed several times. All else is computed on demand, with its inputs.
        """
        readers = Counter(source for node in self._nodes.values() for source in node.sources)
        norms = {name: [] for name, node in self._nodes.items() if node.sources and readers[name] > 1}
        for name, node in self._nodes.items():
            if isinstance(node.layer, InstanceNormalization):
                norms.setdefault(node.sources[0], []).append(name)
        return {name: norms[name] for name in self._nodes if name in norms}

    def _reads(self, name: str) -> set[str]:
        """Return the kept layers that computing a layer reads."""
        found = set()
        for source in self._nodes[name].sources:
            found |= {source} if source in self._kept else self._reads(source)
        return found

    def _complete(self, name: str) -> None:
        """Compute and keep a layer, and take the statistics of the normalizations that read it."""
        image, moments = self._scratch.image(self._nodes[name].shape), RowMoments()
        wanted = [norm for norm in self._kept[name] if norm not in self.statistics]
        for rows in self._strips_of(name):
            values = self._compute(name, rows)
            image.write(rows.start, values[0].numpy())
            if wanted:
                moments.add(values)
        self._images[name] = image
        for norm in wanted:
            self.statistics[norm] = moments.result()

    def _strips_of(self, name: str) -> Iterator[range]:
        height = self._nodes[name].shape[0]
        step = max(1, self._strip_height * height // self._height)
        return (range(start, min(height, start + step)) for start in range(0, height, step))

    def _rows(self, name: str, rows: range):
        """Return rows of a layer's output as a tensor (1, rows, width, channels)."""
        if name in self._images:
            return tf.constant(self._images[name].read(rows)[np.newaxis])
        return self._compute(name, rows)

    def _compute(self, name: str, rows: range):
        node: LayerNode = self._nodes[name]
        if not node.sources:
            return tf.constant(self._read_rows(rows)[np.newaxis])
        height = self._nodes[node.sources[0]].shape[0]
        is_norm = isinstance(node.layer, InstanceNormalization)
        given = rows if is_norm else needed_rows(node.layer, rows, height)
        inputs = [self._rows(source, given) for source in node.sources]
        if is_norm:
            return node.layer.normalise(inputs[0], *self.statistics[name])
        return compute_rows(node.layer, inputs if len(inputs) > 1 else inputs[0], rows, given, height)
