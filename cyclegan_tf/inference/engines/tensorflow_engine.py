"""Translation by TensorFlow in a short number format."""

import numpy as np
import tensorflow as tf

from cyclegan_tf.inference.engines.fast_layers import FOR_TENSORFLOW, FOR_TENSORFLOW_BATCH
from cyclegan_tf.networks.generators import build_generator
from cyclegan_tf.system.precision import POLICIES

# Up to so many pixels the sums of one operation are as precise as the short formats.
_MANY_PIXELS = 2**20


class TensorFlowEngine:
    """A translation whose convolutions compute in bfloat16 or float16; statistics and output stay float32.

    On a processor pictures go through one at a time, for which there is a faster normalization.

    Args:
        module: a `PictureTranslator` in float32.
        precision: "bfloat16" or "float16".
    """

    def __init__(self, module, precision: str):
        short = build_generator(module.spec, "generator", POLICIES[precision])
        short.set_weights(module.generator.get_weights())
        self._module = type(module)(short, module.spec, module.mask_network)
        self._translate_one = self._compiled(FOR_TENSORFLOW)
        self._translate_batch = self._compiled(FOR_TENSORFLOW_BATCH)
        self._has_gpu = bool(tf.config.list_physical_devices("GPU"))

    def __call__(self, batch: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Translate pictures, as `OpenVinoEngine` does."""
        height, width = batch.shape[1:3]
        if self._has_gpu or height * width > _MANY_PIXELS:
            results = [self._translate_batch(tf.constant(batch))]
        else:
            results = [self._translate_one(tf.constant(picture[np.newaxis])) for picture in batch]
        translated, finite = (np.concatenate([part.numpy() for part in parts]) for parts in zip(*results))
        return translated, finite

    def _compiled(self, instead):
        # Retraced, so that there is a function of its own for 8 and for 16 bits.
        return tf.function(lambda image: self._module.translate(image, instead), reduce_retracing=True)
