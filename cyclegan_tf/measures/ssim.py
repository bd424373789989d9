"""Structural similarity (SSIM, Wang et al. 2004), for data sets whose true translation is known."""

import cv2
import numpy as np

_WINDOW, _SIGMA = 11, 1.5
_C1, _C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2


def ssim(pictures: np.ndarray, truths: np.ndarray) -> float:
    """Return the mean structural similarity over pictures.

    Args:
        pictures: uint8 (count, height, width, channels), at least 11 pixels on each side.
        truths: the true pictures, in the same shape.

    Returns:
        At most 1, for equal pictures: a mean over channels and over all places of a Gaussian window of 11x11
        pixels that lie whole in the picture.
    """
    return float(np.mean([_of_one(picture, truth) for picture, truth in zip(pictures, truths)]))


def _of_one(picture: np.ndarray, truth: np.ndarray) -> float:
    x, y = picture.astype(np.float64), truth.astype(np.float64)
    mean_x, mean_y = _blurred(x), _blurred(y)
    variances = _blurred(x * x) - mean_x**2 + _blurred(y * y) - mean_y**2
    covariance = _blurred(x * y) - mean_x * mean_y
    luminance = (2 * mean_x * mean_y + _C1) / (mean_x**2 + mean_y**2 + _C1)
    similarity = luminance * (2 * covariance + _C2) / (variances + _C2)
    edge = _WINDOW // 2
    return similarity[edge:-edge, edge:-edge].mean()


def _blurred(values: np.ndarray) -> np.ndarray:
    return cv2.GaussianBlur(values, (_WINDOW, _WINDOW), _SIGMA)
