"""The mask network in training: it learns the given masks by its own loss only.

Adversarial and cycle losses would shrink a mask until nothing is translated, which is the easiest way to
minimise them. So their gradients do not reach it.
"""

import keras
import tensorflow as tf

from cyclegan_tf.models.frozen import load_efficientnet_lite0
from cyclegan_tf.networks.mask_network import MaskNetwork, build_mask_decoder
from cyclegan_tf.training import replicas
from cyclegan_tf.training.losses import mask_cross_entropy


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

    def step(self, images, masks):
        """Learn from images and their masks, and return the loss before that."""
        variables = self.network.decoder.trainable_variables
        with tf.GradientTape() as tape:
            loss = self.loss(images, masks)
            share = replicas.share(loss)
        gradients = replicas.summed(tape.gradient(share, variables))
        self.optimizer.apply_gradients(zip(gradients, variables))
        return loss
