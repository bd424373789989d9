"""Named arrays of networks and training states, as safetensors files."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

import keras
import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file, save

from cyclegan_tf.errors import ModelError


def network_variables(network: keras.Model) -> dict[str, keras.Variable]:
    """Return the variables of a network by name, "layer/variable", in the order of its layers."""
    return {
        f"{layer.name}/{variable.name}": variable for layer in network.layers for variable in layer.variables
    }


def weights_digest(network: keras.Model) -> str:
    """Return the SHA-256 of a network's weights in memory; the file may have been replaced since."""
    return hashlib.sha256(to_bytes(network_variables(network))).hexdigest()


def save_arrays(path: Path, variables: Mapping, metadata: dict[str, str] | None = None) -> None:
    """Write the values of named variables into one safetensors file.

    Args:
        path: the file; its folder must exist. Not atomic: the caller writes into a folder set aside.
        variables: Keras or TensorFlow variables by name.
        metadata: short texts stored in the file's header.
    """
    # Not with the library's own writer, which reports a full disk as a damaged file.
    path.write_bytes(to_bytes(variables, metadata))


def to_bytes(variables: Mapping, metadata: dict[str, str] | None = None) -> bytes:
    """Return what `save_arrays` writes; arguments as there."""
    arrays = {name: np.ascontiguousarray(variable.numpy()) for name, variable in variables.items()}
    return save(arrays, metadata=metadata)


def size_bytes(variables: Mapping) -> int:
    """Return the approximate size in bytes of the file of these variables."""
    return sum(
        int(np.prod(variable.shape)) * np.dtype(_dtype(variable)).itemsize for variable in variables.values()
    )


def load_arrays(path: Path) -> dict[str, np.ndarray]:
    """Read a safetensors file.

    Raises:
        ModelError: if the file is missing or is not a whole safetensors file.
    """
    if not path.is_file():
        raise ModelError(f"no weights at {path}", fix="give the folder of a complete model or checkpoint")
    try:
        return load_file(path)
    except (SafetensorError, ValueError) as error:
        raise ModelError(
            f"cannot read the weights in {path}",
            detail=f"expected a safetensors file; found {path.stat().st_size} bytes: {error}",
            fix="the file is damaged or of another kind; use an earlier one",
        ) from error


def assign_arrays(variables: Mapping, arrays: Mapping[str, np.ndarray], source: Path) -> None:
    """Assign arrays to the variables of the same names; all of them, or none.

    Args:
        variables: Keras or TensorFlow variables by name.
        arrays: their values by name.
        source: the file the arrays come from, for messages.

    Raises:
        ModelError: naming the first variable that is missing, has another shape or is not finite.
    """
    for name, variable in variables.items():
        _check(name, tuple(variable.shape), arrays.get(name), source)
    unknown = sorted(set(arrays) - set(variables))
    if unknown:
        raise _mismatch(source, f"found {unknown[0]!r}, which this architecture does not have")
    for name, variable in variables.items():
        variable.assign(arrays[name].reshape(variable.shape))


def _check(name: str, shape: tuple, array: np.ndarray | None, source: Path) -> None:
    if array is None:
        raise _mismatch(source, f"expected {name!r} of shape {shape}; it is not there")
    # A scalar is saved as an array of one.
    if array.shape != (shape or (1,)):
        raise _mismatch(source, f"{name!r}: expected shape {shape}; found {array.shape}")
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        raise ModelError(
            f"weights that are not finite in {source}",
            detail=f"{name!r} holds NaN or infinity",
            fix="take a checkpoint from before the run diverged",
        )


def _mismatch(source: Path, detail: str) -> ModelError:
    return ModelError(
        f"weights of another architecture in {source}",
        detail=detail,
        fix="build the model with the architecture the weights were saved with",
    )


def _dtype(variable):
    return getattr(variable.dtype, "as_numpy_dtype", variable.dtype)
