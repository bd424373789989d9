"""PyTorch's two container formats: the zip archive, and the legacy sequence of pickles before version 1.6."""

import io
import struct
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from cyclegan_tf.containers.pickle_stream import MAX_PICKLE_BYTES, Opaque, read_pickle
from cyclegan_tf.containers.stored import (
    SAVE_WEIGHTS_ALONE,
    Damaged,
    Refused,
    StoredWeights,
    explain_refusals,
    quoted,
)
from cyclegan_tf.containers.torch_tensors import ALLOWED_GLOBALS, Storage, item_size, storage_from_id

_MAGIC, _PROTOCOL = 0x1950A86A20F9469CFC6C, 1001
_MAX_ENTRIES = 100_000
# What zipfile raises for damaged, encrypted and unusual archives.
_DAMAGED_ARCHIVE = (zipfile.BadZipFile, struct.error, ValueError, RuntimeError, EOFError, OSError)
STATE_DICT = f"torch.save(generator.state_dict(), FILE): {SAVE_WEIGHTS_ALONE}"


def read_zip(path: Path) -> StoredWeights:
    """Read the zip archive that `torch.save` has written since PyTorch 1.6.

    Args:
        path: a zip archive with NAME/data.pkl, and NAME/data/KEY for each storage.

    Raises:
        ModelError: the file is damaged, of another kind, or holds no dictionary of tensors.
    """
    return _read(path, "PyTorch zip", _read_zip)


def read_legacy(path: Path) -> StoredWeights:
    """Read the legacy format that `torch.save` wrote before PyTorch 1.6, and still can write.

    Args:
        path: five pickles (magic number, protocol, system, object, keys), then the storages.

    Raises:
        ModelError: as for `read_zip`.
    """
    return _read(path, "PyTorch legacy pickle", _read_legacy)


def _read(path: Path, container: str, read) -> StoredWeights:
    left_out: dict[str, None] = {}
    with explain_refusals(path, expected="a dictionary of tensors", fix=STATE_DICT):
        tree = read(path, left_out)
        # A dictionary of a class of its own has items too.
        if type(tree) is not dict and not (type(tree) is Opaque and tree):
            kind = f"an object of {quoted(tree.name)}" if type(tree) is Opaque else f"a {type(tree).__name__}"
            raise Refused(f"{kind} instead of a dictionary of tensors")
    return StoredWeights(path, (path,), container, "torch", tree, tuple(left_out))


def _read_zip(path: Path, left_out: dict[str, None]) -> object:
    with _open_archive(path) as archive:
        entries = {entry.filename: entry for entry in archive.infolist()}
        if any(name.endswith("/constants.pkl") for name in entries):
            raise Refused("a TorchScript program, whose code is never run here")
        _check_entries(entries, path)
        pickles = [name for name in entries if name.count("/") == 1 and name.endswith("/data.pkl")]
        if len(pickles) != 1:
            raise Refused("a zip archive without NAME/data.pkl")
        folder = pickles[0].removesuffix("data.pkl")
        if entries[pickles[0]].file_size > MAX_PICKLE_BYTES:
            raise Refused(f"a pickle of {entries[pickles[0]].file_size} bytes")
        order = archive.read(f"{folder}byteorder") if f"{folder}byteorder" in entries else b"little"
        if order not in (b"little", b"big"):
            raise Refused("an unknown byte order")

        def persistent_load(persistent_id) -> Storage:
            storage = storage_from_id(persistent_id, read_bytes, big_endian=order == b"big")
            entry = entries.get(f"{folder}data/{storage.key}")
            if entry is None or entry.file_size != storage.size_bytes:
                found = "nothing" if entry is None else f"{entry.file_size} bytes"
                raise Damaged(f"{found} for a storage of {storage.size_bytes} bytes")
            return storage

        def read_bytes(storage: Storage) -> bytes:
            with _open_archive(path) as archive:
                return archive.read(f"{folder}data/{storage.key}")

        return read_pickle(io.BytesIO(archive.read(pickles[0])), ALLOWED_GLOBALS, persistent_load, left_out)


@contextmanager
def _open_archive(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except _DAMAGED_ARCHIVE as error:
        raise Damaged(f"a damaged archive: {type(error).__name__}: {error}") from error


def _check_entries(entries: dict[str, zipfile.ZipInfo], path: Path) -> None:
    """Refuse an archive that would grow when it is read: torch.save stores without compression."""
    if len(entries) > _MAX_ENTRIES:
        raise Refused(f"an archive of {len(entries)} files")
    if any(entry.compress_type != zipfile.ZIP_STORED for entry in entries.values()):
        raise Refused("a compressed archive, which torch.save does not write")
    if sum(entry.file_size for entry in entries.values()) > path.stat().st_size:
        raise Refused("an archive whose files are larger than itself")


def _read_legacy(path: Path, left_out: dict[str, None]) -> object:
    storages: dict[str, Storage] = {}
    offsets: dict[str, int] = {}

    def persistent_load(persistent_id) -> Storage:
        storage = storage_from_id(persistent_id, read_bytes)
        if storage.key in storages and storages[storage.key] != storage:
            raise Refused("two storages of one name")
        return storages.setdefault(storage.key, storage)

    def read_bytes(storage: Storage) -> bytes:
        with path.open("rb") as file:
            file.seek(offsets[storage.key])
            return file.read(storage.size_bytes)

    with path.open("rb") as file:
        for expected in (_MAGIC, _PROTOCOL):
            if _next_pickle(file, {}, _no_storage) != expected:
                raise Refused("a pickle that torch.save did not write")
        _next_pickle(file, {}, _no_storage)  # System information, which is not needed.
        tree = _next_pickle(file, ALLOWED_GLOBALS, persistent_load, left_out)
        keys = _next_pickle(file, {}, _no_storage)
        offsets |= _storage_offsets(file, keys, storages, path.stat().st_size)
    return tree


def _next_pickle(file: BinaryIO, allowed, persistent_load, left_out=None) -> object:
    start = file.tell()
    stream = io.BytesIO(file.read(MAX_PICKLE_BYTES))
    value = read_pickle(stream, allowed, persistent_load, left_out)
    file.seek(start + stream.tell())
    return value


def _no_storage(_):
    raise Refused("a storage in a pickle that has none")


def _storage_offsets(file: BinaryIO, keys, storages: dict[str, Storage], size_bytes: int) -> dict[str, int]:
    """Return the file offset of each storage. Each one follows its number of elements."""
    are_names = type(keys) is list and all(type(key) is str for key in keys)
    if not are_names or sorted(keys) != sorted(storages):
        raise Refused("a list of storages that does not match the tensors")
    offsets = {}
    for key in keys:
        # Little-endian on every machine.
        count = int.from_bytes(file.read(8), "little")
        if count != storages[key].num_elements:
            raise Refused(f"{count} elements for a storage of {storages[key].num_elements}")
        offsets[key] = file.tell()
        end = offsets[key] + count * item_size(storages[key].dtype)
        if end > size_bytes:
            raise Damaged(f"a file of {size_bytes} bytes for storages up to byte {end}")
        file.seek(end)
    return offsets
