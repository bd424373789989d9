"""Weights of Keras in HDF5: both layouts of weight files, and the weights inside a whole model.

Nothing of the file is followed out of it, no attribute is read (a model's configuration, which names classes
and can hold code, is one), and no data set is read whose numbers do not lie in the file as they are.
"""

from collections.abc import Iterator
from pathlib import Path

import h5py
import numpy as np

from cyclegan_tf.containers.stored import (
    Damaged,
    Refused,
    StoredArray,
    StoredWeights,
    natural_order,
    quoted,
    refusing,
)

MODEL_WEIGHTS = "model_weights"
_MAX_OBJECTS = 20_000
_FLOATS = {np.dtype(f"{order}f{size}") for order in "<>" for size in (2, 4, 8)}
_FIX = "write the weights anew with model.save_weights(FILE) and import those"


def read_hdf5(path: Path) -> StoredWeights:
    """Reads the float arrays of an HDF5 file, in the order of their names with numbers taken as numbers.

    Args:
        path: what `save_weights` or `save` of Keras wrote; of a whole model only its weights are looked at.

    Raises:
        ModelError: if it is damaged, or has links, virtual or external data sets, filters, or data sets that
            are larger than the file.
    """
    with refusing(path, expected="groups of plain arrays", fix=_FIX), _opened(path) as file:
        has_model = MODEL_WEIGHTS in file
        tree = dict(_arrays(file, path))
    if has_model:
        inside = f"{MODEL_WEIGHTS}/"
        tree = {name.removeprefix(inside): array for name, array in tree.items() if name.startswith(inside)}
    kind = "Keras model, HDF5" if has_model else "Keras weights, HDF5"
    ordered = {name: tree[name] for name in sorted(tree, key=natural_order)}
    return StoredWeights(path, (path,), kind, "keras", ordered)


class _opened:  # noqa: N801
    """An HDF5 file, open for reading; damage is Damaged."""

    def __init__(self, path: Path):
        self.path = path

    def __enter__(self) -> h5py.File:
        try:
            self.file = h5py.File(self.path, "r", locking=False, rdcc_nbytes=0)
        except OSError as error:
            raise Damaged(f"a damaged HDF5 file: {error}") from error
        return self.file

    def __exit__(self, kind, error, _):
        self.file.close()
        if isinstance(error, OSError | RuntimeError | KeyError | ValueError | TypeError):
            raise Damaged(f"a damaged HDF5 file: {error}") from error


def _arrays(file: h5py.File, path: Path) -> Iterator[tuple[str, StoredArray]]:
    size_bytes = path.stat().st_size
    waiting, seen = [("", file)], {h5py.h5o.get_info(file["/"].id).addr}
    while waiting:
        prefix, group = waiting.pop()
        for name in group:
            place = f"{prefix}{name}"
            if type(group.get(name, getlink=True)) is not h5py.HardLink:
                raise Refused(f"{quoted(place)}, a link to somewhere else")
            member = group[name]
            address = h5py.h5o.get_info(member.id).addr
            if address in seen or len(seen) > _MAX_OBJECTS:
                raise Refused(f"{quoted(place)}, which is there twice, or too many groups")
            seen.add(address)
            if isinstance(member, h5py.Group):
                waiting.append((f"{place}/", member))
            elif isinstance(member, h5py.Dataset) and member.dtype in _FLOATS:
                yield place, _stored(member, place, path, size_bytes)


def _stored(array: h5py.Dataset, place: str, path: Path, size_bytes: int) -> StoredArray:
    if array.is_virtual or array.external:
        raise Refused(f"{quoted(place)}, whose numbers lie in another file")
    if array.id.get_create_plist().get_nfilters():
        raise Refused(f"{quoted(place)}, which is compressed; Keras does not write it so")
    shape = array.shape
    count = int(np.prod([1, *shape], dtype=object)) if shape is not None else 0
    if not 0 < count * array.dtype.itemsize <= min(array.id.get_storage_size(), size_bytes):
        raise Refused(f"{quoted(place)} of shape {shape} in a file of {size_bytes} bytes")

    def read() -> np.ndarray:
        with _opened(path) as file, np.errstate(over="ignore"):
            return file[place][()].astype(np.float32)

    return StoredArray(shape, read)
