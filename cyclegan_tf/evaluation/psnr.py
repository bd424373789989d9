"""Peak signal-to-noise ratio, for data sets whose true translation is known."""

import numpy as np


def psnr(pictures: np.ndarray, truths: np.ndarray) -> float:
    """The mean over pictures of 10 log10(255^2 / mean squared error), in dB.

    Args:
        pictures: uint8 (count, height, width, channels).
        truths: as many true pictures.

    Returns:
        Decibels; higher is closer, infinity if a picture equals its truth.
    """
    differences = pictures.astype(np.float64) - truths.astype(np.float64)
    errors = np.mean(np.square(differences), axis=(1, 2, 3))
    with np.errstate(divide="ignore"):
        return float(np.mean(10.0 * np.log10(255.0**2 / errors)))
