"""Small changes of a picture that its translation should follow, as from one frame of a clip to the next."""

from collections.abc import Callable

import tensorflow as tf

# Several strides of the generators, whose grids are what a shift reveals.
MAX_SHIFT = 8
NOISE = 0.04


class Disturbance:
    """A shift of each image by whole pixels, and noise.

    Whole pixels need no interpolation, which would blur what a translation is compared with.

    Args:
        batch: number of images.
        draw: from a shape and a number from 0 to 2 to uniform draws in [0, 1).
    """

    def __init__(self, batch: int, draw: Callable):
        self._draw = draw
        self._places = tf.cast(draw((batch, 2), 0) * (2 * MAX_SHIFT + 1), tf.int32)

    def shifted(self, images):
        """Return images shifted; what comes in at a side is mirrored.

        Args:
            images: (batch, height, width, channels); None stays None.
        """
        if images is None:
            return None
        sides = [[0, 0], [MAX_SHIFT, MAX_SHIFT], [MAX_SHIFT, MAX_SHIFT], [0, 0]]
        padded = tf.unstack(tf.pad(images, sides, "REFLECT"))
        moved = [
            tf.slice(image, [*place, 0], images.shape[1:])
            for image, place in zip(padded, (tf.unstack(place) for place in tf.unstack(self._places)))
        ]
        return tf.stack(moved)

    def with_noise(self, images, number: int):
        """Return images with noise of up to NOISE either way on every value.

        Args:
            images: float32 (batch, height, width, channels) in [-1, 1].
            number: 1 or 2, for noise of its own.
        """
        return images + (2.0 * self._draw(tuple(images.shape), number) - 1.0) * NOISE
