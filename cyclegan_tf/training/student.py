"""A student: thin generators that learn to give a teacher's answers."""

from collections.abc import Mapping
from dataclasses import asdict

import keras
import tensorflow as tf

from cyclegan_tf.models.frozen import load_efficientnet_lite0
from cyclegan_tf.networks.efficientnet_lite0 import TAP_SCALES
from cyclegan_tf.networks.frozen_inputs import to_three_channels
from cyclegan_tf.networks.mask_network import MaskNetwork
from cyclegan_tf.networks.ranges import to_unit
from cyclegan_tf.networks.specs import GeneratorSpec, StudentLosses
from cyclegan_tf.training.generator_pair import GeneratorPair
from cyclegan_tf.training.projected import ProjectedDiscriminator, View
from cyclegan_tf.training.teacher import Teacher
from cyclegan_tf.training.translations import composited

# Outside the mask a translation is seen only where masks are made by hand, or fail.
OUTSIDE = 0.1


class Student(GeneratorPair):
    """Learns the answers of a teacher (as in GAN Compression, arXiv 2003.08936).

    Features keep textures, such as stripes, that the mean difference alone would blur: it is least for the
    mean of all places where a stripe may be.

    Args:
        specs: the generator of each direction that is learned.
        teachers: theirs.
        losses: their weights.
        dtype: Keras dtype policy of the networks.
        ema_decay: of the moving averages; 0 keeps none.
        seed: of the mixing of the discriminators' features.
    """

    def __init__(
        self,
        specs: Mapping[str, GeneratorSpec],
        teachers: Mapping[str, Teacher],
        losses: StudentLosses | None = None,
        *,
        dtype: str = "float32",
        ema_decay: float = 0.999,
        seed: int = 0,
    ):
        super().__init__(specs, name="student", dtype=dtype, ema_decay=ema_decay, seed=seed)
        self.losses_settings = losses or StudentLosses()
        self.teachers = dict(teachers)
        self._teachers_masks = next(iter(self.teachers.values())).mask_network
        self._features = load_efficientnet_lite0()
        self._judges: dict[str, ProjectedDiscriminator] = {}
        if self.losses_settings.lambda_adversarial:
            self._judges = {
                way: ProjectedDiscriminator(f"projected_{way}", seed, dtype) for way in self.specs
            }
        self.built = True

    def compile(
        self,
        generator_optimizer: keras.optimizers.Optimizer,
        discriminator_optimizer: keras.optimizers.Optimizer,
        *,
        image_size: tuple[int, int],
        jit_compile: bool = False,
    ):
        """Make the optimisers' state.

        Args:
            generator_optimizer: for the weights of the generators.
            discriminator_optimizer: for the weights of the discriminators, if there are any.
            image_size: (height, width) of the training images.
            jit_compile: compile the step with XLA.
        """
        super().compile(optimizer=None, jit_compile=jit_compile)
        self.image_size = image_size
        self.generator_optimizer = generator_optimizer
        self.discriminator_optimizer = discriminator_optimizer
        generator_optimizer.build(self.generator_variables)
        if self._judges:
            discriminator_optimizer.build(self.discriminator_variables)

    @property
    def discriminator_networks(self) -> list[keras.Model]:
        """The heads of each direction."""
        return [judge.heads for judge in self._judges.values()]

    @property
    def mask_network(self) -> MaskNetwork | None:
        """The teacher's."""
        return self._teachers_masks

    @property
    def optimizers(self) -> dict:
        """Every optimiser by its name in a checkpoint."""
        found = {"generator_optimizer": self.generator_optimizer}
        return found | ({"discriminator_optimizer": self.discriminator_optimizer} if self._judges else {})

    @property
    def about(self) -> dict:
        """What the card of its model says of how it was trained, ready for JSON."""
        weights = {way: teacher.digest for way, teacher in self.teachers.items()}
        return {"losses": asdict(self.losses_settings), "teacher_weights": weights}

    def train_step(self, data) -> dict[str, tf.Tensor]:
        """Take a step of the generators, then one of the discriminators, if there are any.

        Args:
            data: for each direction in turn pictures and answers, as of `lessons.Lessons.batch`.

        Returns:
            The losses, each with its weight, as they were before the update, and the norms of the gradients.
        """
        lessons = dict(zip(self.specs, zip(data[::2], data[1::2])))
        with tf.GradientTape() as tape:
            losses, views = {}, {}
            for way, lesson in lessons.items():
                found, views[way] = self._losses_of(way, *lesson)
                losses |= {f"{name}_{way}": value for name, value in found.items()}
            total = self.generator_optimizer.scale_loss(tf.add_n(list(losses.values())))
        norm = self._apply(tape, total, self.generator_variables, self.generator_optimizer)
        values = losses | {"generator_gradient_norm": norm}
        if self._judges:
            values |= self._train_judges(views)
        self._update_averages()
        self.step.assign_add(1)
        return values

    def _losses_of(self, way: str, pictures, answers):
        """Return the losses of a direction by name, and what its discriminator sees of both."""
        settings, pictures = self.losses_settings, to_unit(pictures)
        generator = self.generator_ab if way == "ab" else self.generator_ba
        expected, mask = to_unit(answers), None
        if self.mask_network is not None:
            expected, mask = expected[..., :-1], tf.cast(answers[..., -1:], tf.float32) / 255.0
        given = generator(pictures, training=True)
        losses = {"l1": settings.lambda_l1 * weighted_difference(given, expected, mask)}
        both = [composited(images, pictures, mask) for images in (given, expected)]
        taps = self._taps(both) if settings.lambda_features or self._judges else []
        if settings.lambda_features:
            losses["features"] = settings.lambda_features * difference_of_features(taps)
        views: list[View] = []
        if self._judges:
            judge = self._judges[way]
            # Not augmented, as in training from scratch: what is real and what is not shows the same scene.
            maps = [tf.split(part, 2) for part in judge.features.mix(taps)]
            views = [View(list(half), mask) for half in zip(*maps)]
            losses["adversarial"] = settings.lambda_adversarial * judge.generator_loss(views[0])
        return losses, views

    def _taps(self, images) -> list:
        """Return the frozen network's taps of what is given, then of what is expected, as one batch."""
        return self._features(to_three_channels(tf.concat(images, axis=0)), training=False)[:-1]

    def _train_judges(self, views) -> dict[str, tf.Tensor]:
        with tf.GradientTape() as tape:
            losses = {
                f"heads_{way}": judge.discriminator_loss(
                    *(view.without_gradient() for view in reversed(views[way]))
                )
                for way, judge in self._judges.items()
            }
            total = self.discriminator_optimizer.scale_loss(tf.add_n(list(losses.values())))
        norm = self._apply(tape, total, self.discriminator_variables, self.discriminator_optimizer)
        return losses | {"discriminator_gradient_norm": norm}


def difference_of_features(taps):
    """Return the mean absolute difference of features, each map of scale 1.

    Args:
        taps: of `efficientnet_lite0`, (2 * batch, rows, columns, channels), two halves to compare.
    """
    halves = [tf.split(tap / scale, 2) for tap, scale in zip(taps, TAP_SCALES)]
    differences = [tf.reduce_mean(tf.abs(one - other)) for one, other in halves]
    return tf.add_n(differences) / len(differences)


def weighted_difference(given, expected, mask=None):
    """Return the mean absolute difference of images, of which little is outside the mask, if there is one.

    Args:
        given: float32 (batch, height, width, channels).
        expected: likewise.
        mask: (batch, height, width, 1) in [0, 1], or None.
    """
    difference = tf.abs(given - expected)
    if mask is None:
        return tf.reduce_mean(difference)
    weights = OUTSIDE + (1.0 - OUTSIDE) * mask
    return tf.reduce_mean(difference * weights) / tf.reduce_mean(weights)
