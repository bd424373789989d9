"""TensorFlow checkpoints: PREFIX.index and PREFIX.data-*, in which Keras 2 saved weights."""

import glob
from pathlib import Path

import numpy as np

from cyclegan_tf.containers.stored import (
    Refused,
    StoredArray,
    StoredWeights,
    explain_refusals,
)
from video.core.names import natural_order

_SUFFIX = "/.ATTRIBUTES/VARIABLE_VALUE"
_SLOT = "/.OPTIMIZER_SLOT/"
_FLOAT_BYTES = {"float16": 2, "bfloat16": 2, "float32": 4, "float64": 8}


def read_checkpoint(prefix: Path) -> StoredWeights:
    """Read the float variables of a checkpoint, in natural order of their names.

    Args:
        prefix: common prefix of the checkpoint's files.

    Raises:
        ModelError: the checkpoint is damaged, or its variables are larger than its files.
    """
    files = (
        Path(f"{prefix}.index"),
        *sorted(prefix.parent.glob(f"{glob.escape(prefix.name)}.data-?????-of-?????")),
    )
    with explain_refusals(prefix, expected="a TensorFlow checkpoint", fix="copy all of its files again"):
        if len(files) == 1:
            raise Refused(f"only {prefix.name}.index, without {prefix.name}.data-00000-of-00001")
        return StoredWeights(prefix, files, "TensorFlow checkpoint", "keras", _arrays(prefix, files[1:]))


def _arrays(prefix: Path, data_files: tuple[Path, ...]) -> dict[str, StoredArray]:
    import tensorflow as tf

    try:
        reader = tf.train.load_checkpoint(str(prefix))
        shapes = reader.get_variable_to_shape_map()
        dtypes = reader.get_variable_to_dtype_map()
    except (tf.errors.OpError, ValueError, RuntimeError) as error:
        raise Refused(f"something that TensorFlow cannot read: {str(error)[:200]}") from error
    wanted = {
        name: dtypes[name].name
        for name in sorted(shapes, key=natural_order)
        if name.endswith(_SUFFIX) and _SLOT not in name and dtypes[name].name in _FLOAT_BYTES
    }
    # Checked before reading: the shapes are in another file than the data.
    needed = sum(
        int(np.prod([1, *shapes[name]], dtype=object)) * _FLOAT_BYTES[wanted[name]] for name in wanted
    )
    available = sum(file.stat().st_size for file in data_files)
    if needed > available:
        raise Refused(f"variables of {needed} bytes in files of {available}")

    def read(name: str) -> np.ndarray:
        try:
            with np.errstate(over="ignore"):
                return reader.get_tensor(name).astype(np.float32)
        except (tf.errors.OpError, ValueError, RuntimeError) as error:
            raise Refused(f"data that TensorFlow cannot read: {str(error)[:200]}") from error

    return {
        name.removesuffix(_SUFFIX): StoredArray(tuple(shapes[name]), lambda name=name: read(name))
        for name in wanted
    }
