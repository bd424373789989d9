"""How a picture of any size is extended to one that a generator takes: by mirroring at its edges."""

import tensorflow as tf

from cyclegan_tf.networks.specs import GeneratorSpec


def side_padding(spec: GeneratorSpec, size):
    """Return the pixels to add before and after a side of `size` pixels, a number or a tensor."""
    # Remainders of what is not negative alone: converters to other runtimes differ in the rest.
    padding = tf.maximum(size + (spec.stride - size % spec.stride) % spec.stride, spec.smallest_size) - size
    return padding // 2, padding - padding // 2


def mirrored_indices(size, before, after):
    """Return the indices that extend a side of `size` pixels by mirroring at its edges.

    By index rather than by tf.pad, which cannot mirror a side that is shorter than its padding.
    """
    period = tf.maximum(2 * (size - 1), 1)
    # The index -before and those behind it, raised by whole periods.
    folded = (tf.range(before + size + after) + before * (period - 1)) % period
    return tf.minimum(folded, period - folded) % size
