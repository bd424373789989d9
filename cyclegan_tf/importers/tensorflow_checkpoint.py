"""TensorFlow checkpoints: PREFIX.index and PREFIX.data-*, the format in which Keras 2 saved weights."""

import glob
from pathlib import Path

import numpy as np

from cyclegan_tf.containers.stored import Refused, StoredArray, StoredWeights, natural_order, refusing

_SUFFIX = "/.ATTRIBUTES/VARIABLE_VALUE"
_SLOT = "/.OPTIMIZER_SLOT/"
_FLOAT_BYTES = {"float16": 2, "bfloat16": 2, "float32": 4, "float64": 8}


def read_checkpoint(prefix: Path) -> StoredWeights:
    """Reads the float variables of a checkpoint, in the order of their names with numbers taken as numbers.

    Args:
        prefix: the common beginning of the names of its files.

    Raises:
        ModelError: if it is damaged, or its variables are larger than its files.
    """
    files = (
        Path(f"{prefix}.index"),
        *sorted(prefix.parent.glob(f"{glob.escape(prefix.name)}.data-?????-of-?????")),
    )
    with refusing(prefix, expected="a TensorFlow checkpoint", fix="copy all of its files again"):
        if len(files) == 1:
            raise Refused(f"{prefix.name}.index alone, without {prefix.name}.data-00000-of-00001")
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
    # Before anything is read: the shapes stand in another file than the numbers.
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
            raise Refused(f"numbers that TensorFlow cannot read: {str(error)[:200]}") from error

    return {
        name.removesuffix(_SUFFIX): StoredArray(tuple(shapes[name]), lambda name=name: read(name))
        for name in wanted
    }
