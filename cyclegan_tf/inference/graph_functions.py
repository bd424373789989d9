"""Compiled functions of a generator: large pictures, 16 bits, statistics collected and applied."""

import tensorflow as tf

from cyclegan_tf.networks.layers import InstanceNormalization
from cyclegan_tf.networks.norm_statistics import Statistics, norm_channels, precise_moments


class PictureFunctions:
    """Compiled functions around a generator, each made when it is first used.

    They are not part of the module that `export` writes, which would trace and save them all.

    Args:
        translator: a `translate.PictureTranslator`.
    """

    def __init__(self, translator):
        self._translator, self._compiled = translator, {}

    def translate(self, image, statistics: Statistics | None = None):
        """Return the translated pictures, and for each whether all its values were finite.

        Args:
            image: uint8 or uint16 tensor (batch, height, width, channels).
            statistics: to normalise by in place of each picture's own.
        """
        if statistics is None:
            return self._function(self._translate_precisely, image.dtype)(image)
        return self._function(self._translate_steadily, image.dtype, self._statistics_spec())(
            image, statistics
        )

    def collect(self, image) -> dict:
        """Return mean and variance over all the pictures together, by the normalization's name."""
        return self._function(self._collect, image.dtype)(image)

    def _translate_precisely(self, image):
        def normalise(layer, images):
            return layer.normalise(images, *precise_moments(images))

        return self._translator.translate(image, {InstanceNormalization: normalise})

    def _translate_steadily(self, image, statistics):
        def normalise(layer, images):
            return layer.normalise(images, *statistics[layer.name])

        return self._translator.translate(image, {InstanceNormalization: normalise})

    def _collect(self, image):
        taken = {}

        def normalise(layer, images):
            mean, variance = precise_moments(images, across_batch=True)
            taken[layer.name] = (mean[0, 0, 0], variance[0, 0, 0])
            return layer.normalise(images, mean, variance)

        self._translator.translate(image, {InstanceNormalization: normalise})
        return taken

    def _function(self, function, dtype, *more_specs):
        key = (function.__name__, dtype)
        if key not in self._compiled:
            image = tf.TensorSpec((None, None, None, self._translator.spec.input_channels), dtype)
            self._compiled[key] = tf.function(function, input_signature=[image, *more_specs])
        return self._compiled[key]

    def _statistics_spec(self) -> dict:
        channels = norm_channels(self._translator.generator)
        return {name: (tf.TensorSpec((count,)), tf.TensorSpec((count,))) for name, count in channels.items()}
