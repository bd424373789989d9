"""Translation by TensorFlow in a short number format."""

import numpy as np
import tensorflow as tf

from cyclegan_tf.inference.engines.fast_layers import FOR_TENSORFLOW
from cyclegan_tf.networks.generators import build_generator
from cyclegan_tf.system.precision import POLICIES


class TensorFlowEngine:
    """A translation whose convolutions compute in bfloat16 or float16; statistics and output stay float32.

    Args:
        module: a `PictureTranslator` in float32.
        precision: "bfloat16" or "float16".
    """

    def __init__(self, module, precision: str):
        short = build_generator(module.spec, "generator", POLICIES[precision])
        short.set_weights(module.generator.get_weights())
        self._module = type(module)(short, module.spec, module.mask_network)
        # A function of its own for 8 and for 16 bits.
        self._translate = tf.function(self._translated, reduce_retracing=True)

    def __call__(self, batch: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Translate pictures, as `OpenVinoEngine` does."""
        translated, finite = self._translate(tf.constant(batch))
        return translated.numpy(), finite.numpy()

    def _translated(self, image):
        return self._module.translate(image, FOR_TENSORFLOW)
