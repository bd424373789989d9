"""How projected discriminators judge in training: augmented pictures, hinge loss, four maps of logits."""

from typing import NamedTuple

import tensorflow as tf

from cyclegan_tf.models.frozen import load_efficientnet_lite0
from cyclegan_tf.networks.area import area_resized
from cyclegan_tf.networks.projected_discriminator import MixedFeatures, build_heads
from cyclegan_tf.training.augmentation import augment, blur
from cyclegan_tf.training.losses import hinge_discriminator, raise_logits_generator


class View(NamedTuple):
    """What the heads see of some pictures.

    Attributes:
        maps: of `MixedFeatures`.
        mask: where the subject is, (batch, height, width, 1) in [0, 1]; None judges everything.
    """

    maps: list
    mask: tf.Tensor | None = None

    def without_gradient(self) -> "View":
        """Return the same view, through which nobody learns."""
        return View([tf.stop_gradient(part) for part in self.maps], self.mask)


class ProjectedDiscriminator:
    """Judges the pictures of one domain.

    Args:
        name: of the heads, such as projected_b.
        seed: of the mixing.
        dtype: Keras dtype policy of the heads; the frozen network is float32 under any.

    Attributes:
        heads: the part that learns, and the only one with state.
    """

    def __init__(self, name: str, seed: int, dtype: str = "float32"):
        self.features = MixedFeatures(load_efficientnet_lite0(), seed)
        self.heads = build_heads(name, dtype)

    def look(self, images, mask, draws, step) -> View:
        """Look at pictures as the heads do at this step.

        Args:
            images: float32 (batch, height, width, channels) in [-1, 1].
            mask: of the pictures, or None.
            draws: of `augmentation.augment`.
            step: steps done.
        """
        return View(self.features(augment(blur(images, step), draws)), mask)

    def generator_loss(self, fake: View):
        """Return the hinge loss of the generator, the mean of the heads."""
        logits = self.heads(fake.maps, training=False)
        losses = [raise_logits_generator(part, patch_weights(fake.mask, part)) for part in logits]
        return tf.add_n(losses) / len(losses)

    def discriminator_loss(self, real: View, fake: View, *, training: bool = True):
        """Return the hinge loss of the heads, their mean."""
        together = [tf.concat(pair, axis=0) for pair in zip(real.maps, fake.maps)]
        losses = []
        for logits in self.heads(together, training=training):
            real_part, fake_part = tf.split(logits, 2, axis=0)
            weights = (patch_weights(real.mask, real_part), patch_weights(fake.mask, fake_part))
            losses.append(hinge_discriminator(real_part, fake_part, *weights))
        return tf.add_n(losses) / len(losses)


def patch_weights(mask, logits):
    """Return how much of each patch is subject, in the shape of the logits; None without a mask."""
    if mask is None:
        return None
    return area_resized(mask, *logits.shape[1:3])
