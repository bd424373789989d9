"""Detection of the kind of weight file by its content, never by its name."""

import stat
import zipfile
from collections.abc import Callable
from pathlib import Path

from cyclegan_tf.containers.stored import SAVE_WEIGHTS_ALONE, StoredWeights, unreadable
from cyclegan_tf.errors import ModelError
from cyclegan_tf.models.run import CARD_FILE

EXPECTED = "a PyTorch checkpoint, safetensors, Keras weights in HDF5, or a TensorFlow checkpoint"
_EXPORTED = "import the checkpoint that it was exported from"
_HDF5, _ZIP = b"\x89HDF\r\n\x1a\n", b"PK\x03\x04"
_PICKLES = tuple(bytes([0x80, protocol]) for protocol in range(2, 6))
# Content that is often saved as a weight file by mistake: (kind, fix).
_MISTAKEN = {
    b"<": ("a web page", "the download failed; get the file itself, not its web page"),
    b"version https://git-lfs": ("a pointer of Git LFS", "get the file itself with `git lfs pull`"),
    b"\xff\xd8\xff": ("a JPEG picture", ""),
    b"\x89PNG": ("a PNG picture", ""),
    b"\x1f\x8b": ("a gzip archive", "unpack it and import the file inside"),
    b"GIF8": ("a GIF picture", ""),
    b"{": ("text", ""),
}


def read_weights(path: Path) -> StoredWeights:
    """Read a weight file of any known kind, without running anything in it.

    Args:
        path: a file. For a TensorFlow checkpoint, one of its files, its prefix or its folder.

    Raises:
        ModelError: the file is damaged or of another kind; the message says which.
    """
    prefix = _checkpoint_prefix(path)
    if prefix is not None:
        from cyclegan_tf.importers.tensorflow_checkpoint import read_checkpoint

        return read_checkpoint(prefix)
    if not path.exists():
        raise ModelError(f"no file at {path}", fix="check the path")
    if not stat.S_ISREG(path.stat().st_mode):
        is_ours = (path / CARD_FILE).is_file()
        fix = "use it as it is" if is_ours else "give the file itself"
        if (path / "saved_model.pb").is_file():
            fix = _EXPORTED
        raise unreadable(path, _kind_of_path(path), expected=EXPECTED, fix=fix)
    try:
        with path.open("rb") as file:
            start = file.read(512)
    except OSError as error:
        raise ModelError(f"cannot read {path}", detail=str(error), fix="check its permissions") from error
    return _reader(path, start)(path)


def _reader(path: Path, start: bytes) -> Callable[[Path], StoredWeights]:
    if start.startswith(_HDF5):
        from cyclegan_tf.importers.hdf5_file import read_hdf5

        return read_hdf5
    if start.startswith((_ZIP, *_PICKLES)):
        from cyclegan_tf.containers.torch_file import read_legacy, read_zip

        if start.startswith(_ZIP):
            _refuse_keras_archive(path)
        return read_zip if start.startswith(_ZIP) else read_legacy
    if not start:
        raise unreadable(path, "an empty file", expected=EXPECTED)
    if start[8:9] == b"{" and int.from_bytes(start[:8], "little") < path.stat().st_size:
        from cyclegan_tf.importers.safetensors_file import read_safetensors

        return read_safetensors
    exported = _exported_kind(start, path.suffix.lower())
    if exported:
        raise unreadable(path, exported, expected=EXPECTED, fix=_EXPORTED)
    for beginning, (kind, fix) in _MISTAKEN.items():
        if start.lstrip().startswith(beginning):
            raise unreadable(path, kind, expected=EXPECTED, fix=fix)
    found = f"{path.stat().st_size} bytes of another kind, beginning with {start[:8].hex(' ')}"
    raise unreadable(path, found, expected=EXPECTED)


def _exported_kind(start: bytes, suffix: str) -> str:
    """Name a model that was exported for a runtime; empty if it is none."""
    if start[4:8] == b"TFL3":
        return "a LiteRT model"
    # Both are protocol buffers without a magic: an ONNX file begins with its version, a graph with a node.
    if start[:1] == b"\x08" and (suffix == ".onnx" or start[2:3] == b"\x12"):
        return "an ONNX model"
    if start[:1] == b"\x0a" and (suffix == ".pb" or b"Placeholder" in start):
        return "a frozen TensorFlow graph"
    return ""


def _refuse_keras_archive(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            is_keras = {"config.json", "model.weights.h5"} <= set(archive.namelist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        return
    if is_keras:
        raise unreadable(
            path,
            "a whole model of Keras 3, which can contain code and is never loaded here",
            expected=EXPECTED,
            fix=f"model.save_weights('generator.weights.h5'): {SAVE_WEIGHTS_ALONE}",
        )


def _kind_of_path(path: Path) -> str:
    if (path / CARD_FILE).is_file():
        return "a model folder, which needs no import"
    if (path / "saved_model.pb").is_file():
        return "a SavedModel"
    if not path.is_dir():
        return "something that is not a regular file"
    return f"a folder with {len(list(path.glob('*.index')))} TensorFlow checkpoints"


def _checkpoint_prefix(path: Path) -> Path | None:
    """Return the prefix of a TensorFlow checkpoint, or None if the path does not name one."""
    name = str(path)
    if name.endswith(".index") and path.is_file():
        return Path(name.removesuffix(".index"))
    head, is_data, _ = name.rpartition(".data-")
    if is_data and Path(f"{head}.index").is_file():
        return Path(head)
    if path.is_dir() and not (path / "saved_model.pb").is_file():
        indices = sorted(path.glob("*.index"))
        return Path(str(indices[0]).removesuffix(".index")) if len(indices) == 1 else None
    return path if not path.exists() and Path(f"{name}.index").is_file() else None
