"""Projected discriminators in training: augmented pictures, hinge loss, four maps of logits."""

from collections.abc import Callable
from typing import NamedTuple

import keras
import tensorflow as tf

from cyclegan_tf.models.frozen import load_efficientnet_lite0
from cyclegan_tf.networks.area import area_resized
from cyclegan_tf.networks.projected_discriminator import MixedFeatures, build_heads
from cyclegan_tf.training.augmentation import NUM_DRAWS, augment, blur
from cyclegan_tf.training.losses import hinge_discriminator, raise_logits_generator
from cyclegan_tf.training.translations import Translations


class View(NamedTuple):
    """The input of the heads for some pictures.

    Attributes:
        maps: of `MixedFeatures`.
        mask: where the subject is, (batch, height, width, 1) in [0, 1]; None judges everything.
    """

    maps: list
    mask: tf.Tensor | None = None

    def without_gradient(self) -> "View":
        """Return the same view without gradients."""
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
        """Return the input of the heads for pictures at this step.

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


class ProjectedPair:
    """The projected discriminators of both domains.

    Args:
        seed: of the mixing.
        dtype: Keras dtype policy of the heads.
    """

    def __init__(self, seed: int, dtype: str = "float32"):
        self._a = ProjectedDiscriminator("projected_a", seed, dtype)
        self._b = ProjectedDiscriminator("projected_b", seed, dtype)

    @property
    def heads(self) -> list[keras.Model]:
        """The heads of A, then of B."""
        return [self._a.heads, self._b.heads]

    def views(self, images: Translations, draw: Callable, step) -> dict[str, View]:
        """Return the views of the real images and the translations of a step.

        Args:
            images: of the step.
            draw: from a shape and a number from 0 to 3 to uniform draws in [0, 1).
            step: steps done.

        Returns:
            The views by name: fake_a, fake_b, real_a and real_b.
        """
        shown = {
            "fake_a": (self._a, images.fake_a, images.mask_b),
            "fake_b": (self._b, images.fake_b, images.mask_a),
            "real_a": (self._a, images.real_a, images.mask_a),
            "real_b": (self._b, images.real_b, images.mask_b),
        }
        return {
            name: judge.look(seen, mask, draw((seen.shape[0], NUM_DRAWS), number), step)
            for number, (name, (judge, seen, mask)) in enumerate(shown.items())
        }

    def generator_losses(self, views: dict[str, View], weight: float) -> dict[str, tf.Tensor]:
        """Return the weighted losses of both generators by name."""
        return {
            "projected_ab": weight * self._b.generator_loss(views["fake_b"]),
            "projected_ba": weight * self._a.generator_loss(views["fake_a"]),
        }

    def discriminator_losses(self, views: dict[str, View], *, training: bool = True) -> dict[str, tf.Tensor]:
        """Return the losses of the heads of both domains by name."""
        fakes = {name: views[name].without_gradient() for name in ("fake_a", "fake_b")}
        return {
            "heads_a": self._a.discriminator_loss(views["real_a"], fakes["fake_a"], training=training),
            "heads_b": self._b.discriminator_loss(views["real_b"], fakes["fake_b"], training=training),
        }


def patch_weights(mask, logits):
    """Return how much of each patch is subject, in the shape of the logits; None without a mask."""
    if mask is None:
        return None
    return area_resized(mask, *logits.shape[1:3])
