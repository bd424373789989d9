"""Keras weights in HDF5: both layouts of weight files, and the weights inside a whole model.

No link is followed out of the file. No attribute is read: one of them is the model's configuration, which
names classes and can contain code. A data set is read only if its data are in the file, uncompressed.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import h5py
import numpy as np

from cyclegan_tf.containers.stored import (
    Damaged,
    Refused,
    StoredArray,
    StoredWeights,
    explain_refusals,
    quoted,
)
from video.core.names import natural_order

MODEL_WEIGHTS = "model_weights"
_MAX_OBJECTS = 20_000
_FLOATS = {np.dtype(f"{order}f{size}") for order in "<>" for size in (2, 4, 8)}
_FIX = "write the weights again with model.save_weights(FILE) and import those"


def read_hdf5(path: Path) -> StoredWeights:
    """Read the float arrays of an HDF5 file, in natural order of their names.

    Args:
        path: a file that Keras wrote with `save_weights` or `save`. Only weights are read of a whole model.

    Raises:
        ModelError: the file is damaged, or it has links, virtual or external data sets, filters, or data sets
            that are larger than the file.
    """
    with explain_refusals(path, expected="groups of plain arrays", fix=_FIX), _open(path) as file:
        has_model = MODEL_WEIGHTS in file
        tree = dict(_arrays(file, path))
    if has_model:
        inside = f"{MODEL_WEIGHTS}/"
        tree = {name.removeprefix(inside): array for name, array in tree.items() if name.startswith(inside)}
    kind = "Keras model, HDF5" if has_model else "Keras weights, HDF5"
    ordered = {name: tree[name] for name in sorted(tree, key=natural_order)}
    return StoredWeights(path, (path,), kind, "keras", ordered)


@contextmanager
def _open(path: Path) -> Iterator[h5py.File]:
    """Open an HDF5 file for reading; what h5py raises for a damaged file becomes Damaged."""
    try:
        with h5py.File(path, "r", locking=False, rdcc_nbytes=0) as file:
            yield file
    except (OSError, RuntimeError, KeyError, ValueError, TypeError) as error:
        raise Damaged(f"a damaged HDF5 file: {error}") from error


def _arrays(file: h5py.File, path: Path) -> Iterator[tuple[str, StoredArray]]:
    size_bytes = path.stat().st_size
    groups, seen = [("", file)], {h5py.h5o.get_info(file["/"].id).addr}
    while groups:
        prefix, group = groups.pop()
        for name in group:
            full_name = f"{prefix}{name}"
            if type(group.get(name, getlink=True)) is not h5py.HardLink:
                raise Refused(f"{quoted(full_name)}, a link to somewhere else")
            member = group[name]
            address = h5py.h5o.get_info(member.id).addr
            if address in seen or len(seen) > _MAX_OBJECTS:
                raise Refused(f"{quoted(full_name)}, which appears twice, or too many groups")
            seen.add(address)
            if isinstance(member, h5py.Group):
                groups.append((f"{full_name}/", member))
            elif isinstance(member, h5py.Dataset) and member.dtype in _FLOATS:
                yield full_name, _stored(member, full_name, path, size_bytes)


def _stored(array: h5py.Dataset, name: str, path: Path, size_bytes: int) -> StoredArray:
    if array.is_virtual or array.external:
        raise Refused(f"{quoted(name)}, whose data are in another file")
    if array.id.get_create_plist().get_nfilters():
        raise Refused(f"{quoted(name)}, which is compressed; Keras does not compress weights")
    shape = array.shape
    count = int(np.prod([1, *shape], dtype=object)) if shape is not None else 0
    if not 0 < count * array.dtype.itemsize <= min(array.id.get_storage_size(), size_bytes):
        raise Refused(f"{quoted(name)} of shape {shape} in a file of {size_bytes} bytes")

    def read() -> np.ndarray:
        with _open(path) as file, np.errstate(over="ignore"):
            return file[name][()].astype(np.float32)

    return StoredArray(shape, read)
