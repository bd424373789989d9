"""Pixels of any number type as uint16 levels, and back: 0 is black and 65535 is white."""

import numpy as np

from cyclegan_tf.levels import FULL_RANGE

Range = tuple[float, float]


def to_wide(values: np.ndarray, value_range: Range | None = None) -> np.ndarray:
    """Map pixels to uint16 levels, by rounding and clipping.

    Args:
        values: any shape.
        value_range: what becomes 0 and what becomes 65535; None is 0 to 65535. For uint8 always 0 to 255.

    Returns:
        uint16 array of the same shape.

    Raises:
        ValueError: floats without a stated range, or values that are no numbers.
    """
    if values.dtype == np.uint8:
        return values.astype(np.uint16) * 257
    if value_range is None and np.issubdtype(values.dtype, np.floating):
        raise ValueError("floating-point pixels, and the model knows no range for them")
    low, high = value_range or FULL_RANGE
    scaled = (values.astype(np.float64) - low) * (FULL_RANGE[1] / (high - low))
    if np.isnan(scaled).any():
        raise ValueError(f"{int(np.isnan(scaled).sum())} pixels that are not numbers (NaN)")
    return np.clip(np.rint(scaled), *FULL_RANGE).astype(np.uint16)


def from_wide(levels: np.ndarray, dtype: np.dtype, value_range: Range | None = None) -> np.ndarray:
    """Map uint16 levels back to pixels of a number type.

    Args:
        levels: uint16, any shape.
        dtype: of the result.
        value_range: what 0 and 65535 become; None is 0 to 65535. For uint8 always 0 to 255.

    Returns:
        Array of the same shape; integers rounded and clipped to what their type holds.
    """
    low, high = (0, 255) if dtype == np.uint8 else (value_range or FULL_RANGE)
    values = levels.astype(np.float64) * ((high - low) / FULL_RANGE[1]) + low
    if np.issubdtype(dtype, np.floating):
        return values.astype(dtype)
    limits = np.iinfo(dtype)
    return np.clip(np.rint(values), limits.min, limits.max).astype(dtype)
