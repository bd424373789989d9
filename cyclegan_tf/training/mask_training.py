"""The mask network in training: it learns the given masks by its own loss only.

Adversarial and cycle losses would shrink a mask until nothing is translated, which is the easiest way to
minimise them. So their gradients do not reach it.
"""

from functools import partial

import keras
import tensorflow as tf

from cyclegan_tf.models.frozen import load_efficientnet_lite0
from cyclegan_tf.networks.mask_network import SMALLEST_SIDE, MaskNetwork, build_mask_decoder
from cyclegan_tf.training import replicas
from cyclegan_tf.training.losses import mask_cross_entropy

# To which crops are enlarged, one after the other: frames at use are larger, and so are the subjects in them.
# LARGEST_SIDE would cost a tenth of a training step.
SIDES = (SMALLEST_SIDE, 416)


class MaskTraining:
    """The one mask network of both directions and its optimiser.

    Attributes:
        network: the mask network.
        optimizer: set by `compile`.
    """

    def __init__(self):
        self.network = MaskNetwork(load_efficientnet_lite0(), build_mask_decoder())
        self.optimizer: keras.optimizers.Optimizer | None = None

    def compile(self, optimizer: keras.optimizers.Optimizer) -> None:
        """Take an optimiser and make its state."""
        self.optimizer = optimizer
        optimizer.build(self.network.decoder.trainable_variables)

    def loss(self, images, masks):
        """Return the cross entropy of the predicted masks with the given ones."""
        return mask_cross_entropy(self.network.logits(images), masks)

    def step(self, images, masks, number):
        """Learn from images and their masks, in each step at another of two sizes.

        Args:
            images: float32 (batch, height, width, channels) in [-1, 1].
            masks: theirs, float32 (batch, height, width, 1) in [0, 1].
            number: steps done, a scalar tensor.

        Returns:
            The loss before that.
        """
        variables = self.network.decoder.trainable_variables
        with tf.GradientTape() as tape:
            loss = tf.switch_case(
                tf.cast(number % len(SIDES), tf.int32),
                [partial(self._loss_of_enlarged, images, masks, side) for side in SIDES],
            )
            share = replicas.share(loss)
        gradients = replicas.summed(tape.gradient(share, variables))
        self.optimizer.apply_gradients(zip(gradients, variables))
        return loss

    def _loss_of_enlarged(self, images, masks, side: int):
        return self.loss(enlarged(images, side), enlarged(masks, side))


def enlarged(images, side: int):
    """Return images whose longest side has so many pixels; larger ones as they are."""
    height, width = images.shape[1:3]
    factor = side / max(height, width)
    return images if factor <= 1 else tf.image.resize(images, (round(factor * height), round(factor * width)))
