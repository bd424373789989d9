"""The few names that a PyTorch checkpoint of weights has, and what they mean as arrays."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from cyclegan_tf.containers.pickle_stream import Name, make_dict
from cyclegan_tf.containers.stored import Damaged, Refused, StoredArray

BFLOAT16 = "bfloat16"
# Storage class to the number format of its elements; bfloat16 is unknown to numpy.
NUMBER_FORMATS = {
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
    """Elements in a row, of which tensors are views.

    Attributes:
        key: its name in the file.
        number_format: as in NUMBER_FORMATS.
        num_elements: as the pickle says; whoever opens the container compares it with what is there.
        read_bytes: returns its bytes.
        big_endian: order of these bytes.
    """

    key: str
    number_format: str
    num_elements: int
    read_bytes: Callable[["Storage"], bytes] = field(repr=False)
    big_endian: bool = False

    @property
    def size_bytes(self) -> int:
        """Size in the file."""
        return self.num_elements * element_bytes(self.number_format)

    def read(self) -> np.ndarray:
        """Returns the elements, bfloat16 as float32 and all others as they are."""
        content, order = self.read_bytes(self), ">" if self.big_endian else "<"
        # Tensors were checked against the number that was promised, and look at memory without a check.
        if len(content) != self.size_bytes:
            raise Damaged(f"{len(content)} bytes for a storage of {self.size_bytes}")
        if self.number_format != BFLOAT16:
            return np.frombuffer(content, f"{order}{self.number_format}")
        halves = np.frombuffer(content, f"{order}u2")
        # The upper half of a float32.
        return (halves.astype(np.uint32) << 16).view(np.float32)


def element_bytes(number_format: str) -> int:
    """Returns the size of an element."""
    return 2 if number_format == BFLOAT16 else int(number_format[1:])


def storage_of(
    identity: object, read_bytes: Callable[[Storage], bytes], *, big_endian: bool = False
) -> Storage:
    """Returns the storage that a persistent id names.

    Args:
        identity: ("storage", storage class, key, device, number of elements), then perhaps None.
        read_bytes: for the storage.
        big_endian: order of its bytes.

    Raises:
        Refused: for anything else.
    """
    if type(identity) is not tuple or len(identity) not in (5, 6) or identity[5:] not in ((), (None,)):
        raise Refused("a reference that is no storage")
    kind, storage_class, key, device, num_elements = identity[:5]
    if kind != "storage" or type(storage_class) is not Name or type(key) is not str:
        raise Refused("a reference that is no storage")
    number_format = NUMBER_FORMATS.get(storage_class.text.rpartition(" ")[2])
    if number_format is None or type(device) is not str or not _are_counts((num_elements,)):
        raise Refused("a reference that is no storage")
    return Storage(key, number_format, num_elements, read_bytes, big_endian)


def _tensor(storage, offset, size, stride, *_) -> StoredArray:
    """Returns a view of a storage, none of whose elements lies outside it or is given more than once."""
    if type(storage) is not Storage or type(size) is not tuple or type(stride) is not tuple:
        raise Refused("a tensor that is no view of a storage")
    if len(size) != len(stride) or len(size) > _MAX_DIMENSIONS or not _are_counts((offset, *size, *stride)):
        raise Refused(f"a tensor of impossible shape: {len(size)} sizes, {len(stride)} strides")
    count = int(np.prod([1, *size], dtype=object))
    last = offset + sum((length - 1) * step for length, step in zip(size, stride))
    if count and (last >= storage.num_elements or count > storage.num_elements):
        raise Refused(f"a tensor of shape {size}, whose storage has only {storage.num_elements} elements")
    return StoredArray(size, lambda: _view(storage, offset, size, stride))


def _view(storage: Storage, offset: int, size: tuple, stride: tuple) -> np.ndarray:
    elements = storage.read()
    steps = [step * elements.itemsize for step in stride]
    view = np.lib.stride_tricks.as_strided(elements[offset:], size, steps, writeable=False)
    with np.errstate(
        over="ignore"
    ):  # What is too large for float32 becomes infinite, and is refused as such.
        return np.ascontiguousarray(view, np.float32)


def _parameter(data, *_) -> StoredArray:
    if type(data) is not StoredArray:
        raise Refused("a parameter that is no tensor")
    return data


def _size(sizes) -> tuple:
    return tuple(sizes)


def _are_counts(values: tuple) -> bool:
    return all(type(value) is int and 0 <= value < 2**63 for value in values)


def _named(module: str, name: str, build: Callable | None = None) -> tuple[str, Name]:
    return f"{module} {name}", Name(f"{module} {name}", build)


# All that a checkpoint of tensors and containers names. Nothing here is looked up in torch, or anywhere.
NAMES: dict[str, Name] = dict(
    [
        _named("collections", "OrderedDict", make_dict),
        _named("torch._utils", "_rebuild_tensor", _tensor),
        _named("torch._utils", "_rebuild_tensor_v2", _tensor),
        _named("torch._utils", "_rebuild_parameter", _parameter),
        _named("torch", "Size", _size),
        _named("torch", "device", lambda *_: None),
        *(_named("torch", dtype) for dtype in _DTYPES),
        *(_named(module, name) for name in NUMBER_FORMATS for module in ("torch", "torch.cuda")),
    ]
)
