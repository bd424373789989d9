"""Pictures of any number of channels and number type: NumPy arrays and TIFF files."""

from pathlib import Path

import numpy as np

from cyclegan_tf.images.levels import to_levels
from cyclegan_tf.images.tiff import MAGICS, read_tiff, tiff_profile, tiff_shape

NPY_MAGIC = b"\x93NUMPY"


def is_npy(path: Path) -> bool:
    """Tell whether a regular file is a NumPy array, whatever its suffix."""
    return _start(path).startswith(NPY_MAGIC)


def is_tiff(path: Path) -> bool:
    """Tell whether a regular file is a TIFF, whatever its suffix."""
    return _start(path)[:4] in MAGICS


def bands_size(path: Path, channels: int) -> tuple[int, int]:
    """Read the header of a NumPy array or TIFF and return (height, width).

    Raises:
        ValueError: the file is neither, or is damaged, or of another shape or number of channels.
    """
    *size, found = _npy_shape(path) if is_npy(path) else tiff_shape(path)
    if found != channels:
        raise ValueError(
            f"{found} channel{'s' * (found != 1)} where {channels} are configured; "
            "set data.channels_a or data.channels_b"
        )
    return size[0], size[1]


def bands_profile(path: Path) -> bytes | None:
    """Return the colour profile (ICC) of a file whose `bands_size` has been read, None without one."""
    return None if is_npy(path) else tiff_profile(path)


def read_bands(path: Path, channels: int, value_range: tuple[float, float] | None) -> np.ndarray:
    """Read a NumPy array (height, width[, channels]) or a TIFF.

    Args:
        path: the file, whose `bands_size` has been found small enough.
        channels: how many it must have.
        value_range: see `levels.to_levels`.

    Returns:
        uint8 array (height, width, channels).

    Raises:
        ValueError: another number of channels, damaged, or pixels that cannot be mapped.
    """
    values = read_values(path, channels)
    # A copy, so that a mapped file is closed.
    return np.array(to_levels(values, value_range))


def read_values(path: Path, channels: int) -> np.ndarray:
    """Read the same files as `read_bands`, with values as they are stored.

    Returns:
        Array (height, width, channels) of the file's own number type, in this machine's byte order.

    Raises:
        ValueError: another number of channels, or damaged.
    """
    bands_size(path, channels)
    values = _open_npy(path) if is_npy(path) else read_tiff(path)
    native = np.asarray(values, values.dtype.newbyteorder("="))
    return native.reshape(*values.shape[:2], channels)


def _npy_shape(path: Path) -> tuple[int, int, int]:
    array = _open_npy(path)
    return array.shape if array.ndim == 3 else (*array.shape, 1)


def _open_npy(path: Path) -> np.ndarray:
    # Mapped, so that a header that lies about the shape costs no memory. Pickled objects are refused.
    array = np.load(path, mmap_mode="r", allow_pickle=False)
    if array.ndim not in (2, 3) or array.size == 0:
        raise ValueError(f"an array of shape {array.shape}, not (height, width) or (height, width, channels)")
    return array


def _start(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(8)
