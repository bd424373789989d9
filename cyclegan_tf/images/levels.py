"""Pixels of any number type as 8-bit or 16-bit levels, and back: 0 is black, 255 or 65535 is white."""

from typing import Any

import numpy as np

from video.core.pixels import to_8_bits, to_16_bits

Range = tuple[float, float]
FULL_RANGE = (0, 65535)


def to_levels(values: np.ndarray, value_range: Range | None = None) -> np.ndarray:
    """Map pixels of any number type to [0, 255], by rounding and clipping.

    Args:
        values: any shape; uint8 is returned as it is, whatever the range.
        value_range: what becomes 0 and what becomes 255; None is the full range of 16-bit integers, and
            refused for every other type.

    Returns:
        uint8 array of the same shape.

    Raises:
        ValueError: no stated range for a type without a full range of 16 bits, or values that are NaN.
    """
    if values.dtype == np.uint8:
        return values
    if value_range is None:
        return to_8_bits(_of_full_range(values, "; set data.range_a or data.range_b"))
    _check_kind(values.dtype)
    low, high = value_range
    # float32 tells all 16-bit levels apart; wider types are mapped in float64.
    kind: Any = np.float32 if values.dtype.itemsize <= 2 else np.float64
    scaled = (values.astype(kind) - kind(low)) * kind(255 / (high - low))
    if np.isnan(scaled).any():
        raise ValueError(f"{int(np.isnan(scaled).sum())} pixels that are not numbers (NaN)")
    return np.clip(np.rint(scaled), 0, 255).astype(np.uint8)


def to_wide(values: np.ndarray, value_range: Range | None = None) -> np.ndarray:
    """Map pixels to uint16 levels, by rounding and clipping.

    Args:
        values: any shape.
        value_range: what becomes 0 and what becomes 65535; None is 0 to 65535. For uint8 always 0 to 255.

    Returns:
        uint16 array of the same shape.

    Raises:
        ValueError: floats, or integers outside 0 to 65535, without a stated range, or values that are not
            numbers.
    """
    if values.dtype == np.uint8:
        return to_16_bits(values)
    if value_range is None:
        return _of_full_range(values, ", and the model knows no range for them").astype(np.uint16)
    _check_kind(values.dtype)
    low, high = value_range
    scaled = (values.astype(np.float64) - low) * (FULL_RANGE[1] / (high - low))
    if np.isnan(scaled).any():
        raise ValueError(f"{int(np.isnan(scaled).sum())} pixels that are not numbers (NaN)")
    return np.clip(np.rint(scaled), *FULL_RANGE).astype(np.uint16)


def from_wide(levels: np.ndarray, dtype: np.dtype, value_range: Range | None = None) -> np.ndarray:
    """Map uint16 levels back to pixels of a number type.

    Args:
        levels: uint16, any shape.
        dtype: of the result, but uint16 is taken where only that holds the range.
        value_range: what 0 and 65535 become; None is 0 to 65535. For uint8 always 0 to 255.

    Returns:
        Array of the same shape; integers rounded and clipped to what their type holds.
    """
    low, high = (0, 255) if dtype == np.uint8 else (value_range or FULL_RANGE)
    if not _holds(dtype, low, high) and _holds(np.dtype(np.uint16), low, high):
        dtype = np.dtype(np.uint16)
    values = levels.astype(np.float64) * ((high - low) / FULL_RANGE[1]) + low
    if np.issubdtype(dtype, np.floating):
        return values.astype(dtype)
    limits = np.iinfo(dtype)
    return np.clip(np.rint(values), limits.min, limits.max).astype(dtype)


def _check_kind(dtype: np.dtype) -> None:
    if dtype.kind not in "uif":
        raise ValueError(f"pixels of type {dtype}, which are not levels")


def _of_full_range(values: np.ndarray, without_range: str) -> np.ndarray:
    """Return 16-bit levels as int64; an error about others ends with the words about their range."""
    if not np.issubdtype(values.dtype, np.integer):
        kind = "floating-point" if np.issubdtype(values.dtype, np.floating) else str(values.dtype)
        raise ValueError(f"{kind} pixels, whose range is not stated{without_range}")
    wide = values.astype(np.int64)
    if wide.min() < 0 or wide.max() > FULL_RANGE[1]:
        found = f"{wide.min()} to {wide.max()}"
        raise ValueError(f"integer pixels outside the 16-bit range: {found}{without_range}")
    return wide


def _holds(dtype: np.dtype, low: float, high: float) -> bool:
    limits = np.finfo(dtype) if np.issubdtype(dtype, np.floating) else np.iinfo(dtype)
    return float(limits.min) <= low and high <= float(limits.max)
