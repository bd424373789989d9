"""A network whose features of pictures are compared."""

import numpy as np
import tensorflow as tf

from cyclegan_tf.images.preprocess import resize
from cyclegan_tf.networks.frozen_inputs import to_three_channels
from cyclegan_tf.networks.ranges import to_unit

_BATCH = 16


class FeatureNetwork:
    """A network with its name and the preparation of its input.

    Args:
        name: its own; scores of two names do not compare.
        sha256: of the file of its weights.
        network: from images in [-1, 1], (batch, side, side, 3), to float32 (batch, dimensions).
        side: of its input in pixels.
        bilinear: resize as pytorch-fid does, bilinear without antialiasing, instead of bicubic with it.

    Attributes:
        resize: what pictures are resized to for it, and how.
    """

    def __init__(self, name: str, sha256: str, network, side: int, *, bilinear: bool = False):
        self.name, self.sha256 = name, sha256
        self.resize = f"{'bilinear, no antialiasing,' if bilinear else 'bicubic'} to {side}x{side}"
        self._network, self._side, self._bilinear = network, side, bilinear
        self._run = tf.function(lambda images: network(images, training=False), reduce_retracing=True)

    def features(self, pictures: np.ndarray) -> np.ndarray:
        """Return float32 (count, dimensions) for uint8 pictures (count, height, width, 1 to 16 channels)."""
        starts = range(0, len(pictures), _BATCH)
        return np.concatenate([self._features(pictures[start : start + _BATCH]) for start in starts])

    def _features(self, pictures: np.ndarray) -> np.ndarray:
        side = (self._side, self._side)
        if self._bilinear:
            images = tf.image.resize(to_unit(tf.constant(pictures)), side)
        else:
            images = to_unit(tf.constant(np.stack([resize(picture, side) for picture in pictures])))
        return self._run(to_three_channels(images)).numpy()
