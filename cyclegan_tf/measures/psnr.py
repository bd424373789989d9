"""Peak signal-to-noise ratio (PSNR), for data sets whose true translation is known."""

import numpy as np


def psnr(pictures: np.ndarray, truths: np.ndarray) -> float:
    """Return the mean PSNR over pictures.

    Args:
        pictures: uint8 (count, height, width, channels).
        truths: the true pictures, in the same shape.

    Returns:
        Decibels. Higher is closer; infinity if a picture equals its truth.
    """
    errors = pictures.astype(np.float64) - truths.astype(np.float64)
    return float(np.mean(decibels(np.mean(np.square(errors), axis=(1, 2, 3)))))


def decibels(mean_squared_error):
    """Return the PSNR of 8-bit pictures, 10 log10(255^2 / mean squared error), in decibels."""
    with np.errstate(divide="ignore"):
        return 10.0 * np.log10(255.0**2 / mean_squared_error)
