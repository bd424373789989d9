"""From a map of how much each place stands out to a mask with a soft edge."""

import cv2
import numpy as np

_EDGE_GREY_LEVELS = 12.0
# A place is fully subject where its activation has at least this share of the highest one.
_WHOLLY_FROM = 0.4


def soft_mask(
    saliency: np.ndarray, size: tuple[int, int], activation: np.ndarray | None = None
) -> np.ndarray:
    """Make the mask of a picture.

    Otsu's threshold of each picture separates what stands out from the rest. The edge is soft: the mask rises
    with the distance from the threshold.

    Args:
        saliency: float32 (rows, columns) in [0, 1].
        size: (height, width) of the mask in pixels.
        activation: float32 (rows, columns) in [0, 1], where the wanted things are; None takes all.

    Returns:
        uint8 (height, width), 255 where the subject is.
    """
    if activation is not None:
        # Classifiers respond mostly to heads and backs; the root raises the weight of legs.
        saliency = saliency * np.sqrt(np.clip(_resized(activation, saliency.shape) / _WHOLLY_FROM, 0, 1))
    levels = np.clip(_resized(saliency, size) * 255, 0, 255)
    edge = 1 / (1 + np.exp(-(levels - _threshold(levels)) / _EDGE_GREY_LEVELS))
    return np.round(edge * 255).astype(np.uint8)


def _threshold(levels: np.ndarray) -> float:
    """Return Otsu's threshold, in the middle between what lies below it and what lies above."""
    lowest, _ = cv2.threshold(levels.astype(np.uint8), 0, 255, cv2.THRESH_OTSU)
    above = levels.astype(np.uint8) > lowest
    # Between two separate groups OpenCV returns the lowest threshold, which is the background's own level.
    if above.all() or not above.any():
        # One level everywhere: nothing stands out.
        return 255.0
    return float(levels[above].mean() + levels[~above].mean()) / 2


def _resized(values: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    return cv2.resize(values.astype(np.float32), size[::-1], interpolation=cv2.INTER_LINEAR)
