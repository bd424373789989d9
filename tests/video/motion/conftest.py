"""Pictures with texture, to move about."""

import cv2
import numpy as np
import pytest


@pytest.fixture
def texture():
    """A function from a seed to a smooth random picture, uint8 RGB (height, width, 3)."""

    def draw(seed, height=96, width=128):
        coarse = np.random.default_rng(seed).integers(0, 256, (height // 8, width // 8, 3), dtype=np.uint8)
        return cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)

    return draw
