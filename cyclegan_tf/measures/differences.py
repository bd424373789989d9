"""Differences of pictures in grey levels: everywhere, and outside the subject."""

import cv2
import numpy as np

# Pixels next to the subject may change with it.
_MARGIN = np.ones((5, 5), np.uint8)
_SUBJECT_FROM = 128


def mean_difference(pictures: np.ndarray, others: np.ndarray) -> float:
    """Return the mean absolute difference (L1) in grey levels.

    Args:
        pictures: uint8 (count, height, width, channels).
        others: of the same shape.
    """
    return float(np.mean([np.abs(a.astype(np.float32) - b).mean() for a, b in zip(pictures, others)]))


def background_change(pictures: np.ndarray, translated: np.ndarray, masks: np.ndarray) -> tuple[float, int]:
    """Return how much translations change their inputs outside the subject.

    Args:
        pictures: uint8 (count, height, width, channels).
        translated: of the same shape.
        masks: uint8 (count, height, width, 1), white where the subject is.

    Returns:
        The mean absolute difference in grey levels over the pixels that are more than two pixels away from
        the subject, a mean over the pictures that have such pixels; and the number of these. NaN if there are
        none.
    """
    changes = []
    for before, after, mask in zip(pictures, translated, masks):
        near = cv2.dilate((mask[..., 0] >= _SUBJECT_FROM).astype(np.uint8), _MARGIN) > 0
        if not near.all():
            changes.append(np.abs(after.astype(np.float32) - before)[~near].mean())
    return (float(np.mean(changes)) if changes else float("nan")), len(changes)
