"""Storages and tensors of a PyTorch checkpoint, and the globals that its pickle may name."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from cyclegan_tf.containers.pickle_stream import Global, Opaque, make_dict
from cyclegan_tf.containers.stored import Damaged, Refused, StoredArray, quoted

BFLOAT16 = "bfloat16"
# Storage class -> numpy type of its elements. numpy does not have bfloat16.
STORAGE_DTYPES = {
    "DoubleStorage": "f8",
    "FloatStorage": "f4",
    "HalfStorage": "f2",
    "BFloat16Storage": BFLOAT16,
    "LongStorage": "i8",
    "IntStorage": "i4",
    "ShortStorage": "i2",
    "CharStorage": "i1",
    "ByteStorage": "u1",
    "BoolStorage": "u1",
}
_DTYPES = ("float64", "float32", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8", "bool")
_MAX_DIMENSIONS = 8


@dataclass(frozen=True)
class Storage:
    """A flat array of elements; tensors are views of it.

    Attributes:
        key: its name in the file.
        dtype: a value of STORAGE_DTYPES.
        num_elements: the number in the pickle. The reader of the container compares it with the data.
        read_bytes: returns its bytes.
        big_endian: byte order.
    """

    key: str
    dtype: str
    num_elements: int
    read_bytes: Callable[["Storage"], bytes] = field(repr=False)
    big_endian: bool = False

    @property
    def size_bytes(self) -> int:
        """Size in the file."""
        return self.num_elements * item_size(self.dtype)

    def read(self) -> np.ndarray:
        """Return the elements, bfloat16 as float32 and all others unchanged."""
        content, order = self.read_bytes(self), ">" if self.big_endian else "<"
        # Tensors were checked against num_elements, and as_strided does not check again.
        if len(content) != self.size_bytes:
            raise Damaged(f"{len(content)} bytes for a storage of {self.size_bytes}")
        if self.dtype != BFLOAT16:
            return np.frombuffer(content, f"{order}{self.dtype}")
        halves = np.frombuffer(content, f"{order}u2")
        # bfloat16 is the upper half of a float32.
        return (halves.astype(np.uint32) << 16).view(np.float32)


def item_size(dtype: str) -> int:
    """Return the size of an element in bytes."""
    return 2 if dtype == BFLOAT16 else int(dtype[1:])


def storage_from_id(
    persistent_id: object, read_bytes: Callable[[Storage], bytes], *, big_endian: bool = False
) -> Storage:
    """Return the storage that a persistent id names.

    Args:
        persistent_id: ("storage", storage class, key, device, number of elements), optionally with None.
        read_bytes: reads the bytes of the storage.
        big_endian: byte order.

    Raises:
        Refused: the id has another form.
    """
    if not isinstance(persistent_id, tuple) or len(persistent_id) not in (5, 6):
        raise Refused("a persistent id that is not a storage")
    if persistent_id[5:] not in ((), (None,)):
        raise Refused("a persistent id that is not a storage")
    kind, storage_class, key, device, num_elements = persistent_id[:5]
    if type(storage_class) is Opaque:
        raise Refused(f"a storage of the unknown kind {quoted(storage_class.name)}")
    if kind != "storage" or type(storage_class) is not Global or type(key) is not str:
        raise Refused("a persistent id that is not a storage")
    dtype = STORAGE_DTYPES.get(storage_class.name.rpartition(" ")[2])
    if dtype is None or type(device) is not str or not _are_counts((num_elements,)):
        raise Refused("a persistent id that is not a storage")
    return Storage(key, dtype, num_elements, read_bytes, big_endian)


def _tensor(storage, offset, size, stride, *_) -> StoredArray:
    """Return a view of a storage. It must not reach outside the storage, nor be larger than it."""
    if type(storage) is not Storage or type(size) is not tuple or type(stride) is not tuple:
        raise Refused("a tensor that is not a view of a storage")
    if len(size) != len(stride) or len(size) > _MAX_DIMENSIONS or not _are_counts((offset, *size, *stride)):
        raise Refused(f"a tensor of impossible shape: {len(size)} sizes, {len(stride)} strides")
    count = int(np.prod([1, *size], dtype=object))
    last = offset + sum((length - 1) * step for length, step in zip(size, stride))
    if count and (last >= storage.num_elements or count > storage.num_elements):
        raise Refused(f"a tensor of shape {size}, but its storage has only {storage.num_elements} elements")
    return StoredArray(size, lambda: _view(storage, offset, size, stride))


def _view(storage: Storage, offset: int, size: tuple, stride: tuple) -> np.ndarray:
    elements = storage.read()
    steps = [step * elements.itemsize for step in stride]
    view = np.lib.stride_tricks.as_strided(elements[offset:], size, steps, writeable=False)
    # A value that is too large for float32 becomes infinite, which is refused later.
    with np.errstate(over="ignore"):
        return np.ascontiguousarray(view, np.float32)


def _parameter(data, *_) -> StoredArray:
    if type(data) is not StoredArray:
        raise Refused("a parameter that is not a tensor")
    return data


def _size(sizes) -> tuple:
    return tuple(sizes)


def _are_counts(values: tuple) -> bool:
    return all(type(value) is int and 0 <= value < 2**63 for value in values)


def _allow(module: str, name: str, build: Callable | None = None) -> tuple[str, Global]:
    return f"{module} {name}", Global(f"{module} {name}", build)


# Every global that a checkpoint of tensors and containers names. None of them is ever imported.
ALLOWED_GLOBALS: dict[str, Global] = dict(
    [
        _allow("collections", "OrderedDict", make_dict),
        # Its items follow; what makes new ones is not needed.
        _allow("collections", "defaultdict", lambda *_: {}),
        _allow("torch._utils", "_rebuild_tensor", _tensor),
        _allow("torch._utils", "_rebuild_tensor_v2", _tensor),
        _allow("torch._utils", "_rebuild_parameter", _parameter),
        _allow("torch", "Size", _size),
        _allow("torch", "device", lambda *_: None),
        *(_allow("torch", dtype) for dtype in _DTYPES),
        *(_allow(module, name) for name in STORAGE_DTYPES for module in ("torch", "torch.cuda")),
    ]
)
