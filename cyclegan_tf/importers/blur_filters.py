"""The fixed blur filters that CUT stores in its generators (arXiv 1904.11486), beside weights that learn."""

from collections.abc import Mapping

import numpy as np

from cyclegan_tf.containers.stored import Refused, StoredArray, quoted

# By rows and columns: one way of the filter before every second pixel is kept, and of that for enlargement
# by two, which is bilinear interpolation.
_LINES = {3: (0.25, 0.5, 0.25), 4: (0.25, 0.75, 0.75, 0.25)}
_SUFFIX = ".filt"


def without_filters(arrays: Mapping[str, StoredArray]) -> tuple[dict[str, StoredArray], set[int]]:
    """Separate the blur filters from the other arrays of a PyTorch network.

    Args:
        arrays: by name.

    Returns:
        The other arrays, and the sizes of the filters: 3 in downsampling, 4 in upsampling.

    Raises:
        Refused: filters of other sizes or numbers than CUT's.
    """
    others, sizes = {}, set()
    for name, array in arrays.items():
        if name.endswith(_SUFFIX) and len(array.shape) == 4:
            sizes.add(_checked(name, array))
        else:
            others[name] = array
    return others, sizes


def _checked(name: str, array: StoredArray) -> int:
    size = array.shape[-1]
    if size not in _LINES or array.shape[1:] != (1, size, size):
        raise Refused(f"{quoted(name)} of shape {array.shape}, a blur filter of another kind than CUT's")
    line = np.array(_LINES[size])
    if not np.allclose(array.read(), np.outer(line, line), atol=1e-3):
        raise Refused(f"{quoted(name)}, a blur filter of other numbers than CUT's")
    return size
