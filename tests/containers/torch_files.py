"""Files as other programs write them, made without those programs."""

import io
import pickle
import struct
import sys
import types
import zipfile
from collections import OrderedDict

import numpy as np
import pytest

from cyclegan_tf.networks.layer_table import generator_layers

STORAGE_CLASSES = {
    "f8": "DoubleStorage",
    "f4": "FloatStorage",
    "f2": "HalfStorage",
    "bfloat16": "BFloat16Storage",
    "i8": "LongStorage",
}


class Tensor:
    """A tensor as torch.save pickles it: a view of a storage.

    Args:
        array: the elements of the storage.
        dtype: of STORAGE_CLASSES.
        size: of the view; None for that of the array.
        stride: in elements.
        offset: in elements.
    """

    def __init__(self, array, dtype="f4", *, size=None, stride=None, offset=0):
        self.array, self.dtype = np.asarray(array), dtype
        self.size = self.array.shape if size is None else size
        if stride is None:
            stride = tuple(int(np.prod(self.size[axis + 1 :])) for axis in range(len(self.size)))
        self.stride, self.offset = stride, offset

    def content(self, order="little"):
        sign = "<" if order == "little" else ">"
        if self.dtype == "bfloat16":
            halves = self.array.astype(np.float32).reshape(-1).view(np.uint32) >> 16
            return halves.astype(f"{sign}u2").tobytes()
        return self.array.astype(f"{sign}{self.dtype}").tobytes()

    def __reduce__(self):
        build = sys.modules["torch._utils"]._rebuild_tensor_v2
        return build, (Storage(self), self.offset, self.size, self.stride, False, OrderedDict())


class Storage:
    """Stands for the storage of a tensor in its pickle."""

    def __init__(self, tensor):
        self.tensor = tensor


def fake_torch(patch):
    """Puts modules with torch's names where pickle looks globals up."""
    torch, utils = types.ModuleType("torch"), types.ModuleType("torch._utils")

    def _rebuild_tensor_v2():
        raise AssertionError("called")

    _rebuild_tensor_v2.__module__, _rebuild_tensor_v2.__qualname__ = "torch._utils", "_rebuild_tensor_v2"
    utils._rebuild_tensor_v2 = _rebuild_tensor_v2
    for name in STORAGE_CLASSES.values():
        setattr(torch, name, type(name, (), {"__module__": "torch"}))
    patch.setitem(sys.modules, "torch", torch)
    patch.setitem(sys.modules, "torch._utils", utils)
    return torch


def pickled(tree, protocol=2, *, is_legacy=False):
    """Returns a pickle of tensors and containers, and the tensors in the order of their keys."""
    tensors = []

    class Pickler(pickle.Pickler):
        def persistent_id(self, value):
            if not isinstance(value, Storage):
                return None
            if value.tensor not in tensors:
                tensors.append(value.tensor)
            storage_class = getattr(torch, STORAGE_CLASSES[value.tensor.dtype])
            key = str(tensors.index(value.tensor))
            return ("storage", storage_class, key, "cpu", value.tensor.array.size, *((None,) * is_legacy))

    stream = io.BytesIO()
    with pytest.MonkeyPatch.context() as patch:
        torch = fake_torch(patch)
        Pickler(stream, protocol).dump(tree)
    return stream.getvalue(), tensors


def write_zip(path, tree, *, order="little", protocol=2, compression=zipfile.ZIP_STORED, content=None):
    """Writes a tree of tensors as torch.save does since version 1.6; content replaces the pickle."""
    data, tensors = pickled(tree, protocol)
    with zipfile.ZipFile(path, "w", compression) as archive:
        archive.writestr("archive/data.pkl", content or data)
        archive.writestr("archive/byteorder", order)
        for key, tensor in enumerate(tensors):
            archive.writestr(f"archive/data/{key}", tensor.content(order))
    return path


def write_legacy(path, tree, *, protocol=2, content=None):
    """Writes a tree of tensors as torch.save did before version 1.6; content replaces the pickle."""
    data, tensors = pickled(tree, protocol, is_legacy=True)
    system = {
        "protocol_version": 1001,
        "little_endian": True,
        "type_sizes": {"short": 2, "int": 4, "long": 4},
    }
    head = [pickle.dumps(value, protocol) for value in (0x1950A86A20F9469CFC6C, 1001, system)]
    keys = pickle.dumps([str(key) for key in range(len(tensors))], protocol)
    storages = [struct.pack("<q", tensor.array.size) + tensor.content() for tensor in tensors]
    path.write_bytes(b"".join([*head, content or data, keys, *storages]))
    return path


def torch_arrays(spec, *, bias=True, running=False, seed=0):
    """Returns random weights of a generator in the names and the layout of the PyTorch reference."""
    random, arrays = np.random.default_rng(seed), OrderedDict()

    def add(name, *shape):
        arrays[name] = random.normal(0, 0.1, shape).astype(np.float32)

    for place, layer in enumerate(generator_layers(spec)):
        rows, columns, *channels = layer.kernel_shape
        add(f"model.{3 * place}.weight", channels[1], channels[0], rows, columns)
        if bias or not layer.norm:
            add(f"model.{3 * place}.bias", layer.channels)
        if layer.norm and spec.norm_affine:
            add(f"model.{3 * place + 1}.weight", layer.channels)
            add(f"model.{3 * place + 1}.bias", layer.channels)
        if layer.norm and running:
            add(f"model.{3 * place + 1}.running_mean", layer.channels)
            add(f"model.{3 * place + 1}.running_var", layer.channels)
            arrays[f"model.{3 * place + 1}.num_batches_tracked"] = np.array(7)
    return arrays


def tensors_of(arrays, dtype="f4"):
    """Returns arrays as tensors."""
    return OrderedDict(
        (name, Tensor(array, "i8" if array.dtype.kind == "i" else dtype)) for name, array in arrays.items()
    )


def ours(spec, arrays):
    """Returns the arrays of `torch_arrays` in our names and layout."""
    values, expected = iter(arrays.items()), {}
    for layer in generator_layers(spec):
        _, kernel = next(values)
        expected[f"{layer.name}/kernel"] = kernel.transpose(2, 3, 1, 0)
        expected[f"{layer.name}/bias"] = next(values)[1]
        if layer.norm and spec.norm_affine:
            expected[f"{layer.norm}/gamma"], expected[f"{layer.norm}/beta"] = next(values)[1], next(values)[1]
    return expected
