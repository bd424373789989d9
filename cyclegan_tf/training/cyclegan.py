"""CycleGAN as a Keras model: two generators, two discriminators and the step that trains them."""

from dataclasses import asdict, replace
from functools import partial

import keras
import tensorflow as tf

from cyclegan_tf.networks.discriminators import build_discriminator
from cyclegan_tf.networks.specs import DiscriminatorSpec, GeneratorSpec, LossSettings
from cyclegan_tf.training import replicas
from cyclegan_tf.training.generator_pair import GeneratorPair
from cyclegan_tf.training.history_buffer import HistoryBuffer
from cyclegan_tf.training.mask_training import MaskTraining
from cyclegan_tf.training.projected import ProjectedPair, View
from cyclegan_tf.training.step_losses import (
    adversarial_losses,
    background_losses,
    cycle_losses,
    discriminator_loss,
    identity_losses,
    stability_losses,
)
from cyclegan_tf.training.translations import Translations, as_floats, translate, with_mask


class CycleGAN(GeneratorPair):
    """Learns to translate between domains A and B from unpaired images (arXiv 1703.10593).

    Args:
        generator: of generator_ab; generator_ba is the same with the channels exchanged.
        discriminator: of both discriminators; each takes the channels of its domain.
        losses: the loss and its weights.
        dtype: Keras dtype policy of the networks: float32, mixed_bfloat16 or mixed_float16. Losses, instance
            statistics, averages and all variables are float32 under any.
        ema_decay: decay of the moving averages of the generators' weights; 0 keeps none.
        seed: of the draws inside the step; every step's draws are a function of the seed and its number.

    Raises:
        ValueError: if the identity loss is on and the domains' channels differ.
    """

    def __init__(
        self,
        generator: GeneratorSpec,
        discriminator: DiscriminatorSpec,
        losses: LossSettings | None = None,
        *,
        dtype: str = "float32",
        ema_decay: float = 0.999,
        seed: int = 0,
    ):
        settings = losses or LossSettings()
        if settings.lambda_identity and generator.input_channels != generator.output_channels:
            raise ValueError(
                "the identity loss needs the same number of channels in A and B. Received: "
                f"{generator.input_channels} and {generator.output_channels}; set lambda_identity to 0"
            )
        channels_a, channels_b = generator.input_channels, generator.output_channels
        specs = {
            "ab": generator,
            "ba": replace(generator, input_channels=channels_b, output_channels=channels_a),
        }
        super().__init__(specs, name="cyclegan", dtype=dtype, ema_decay=ema_decay, seed=seed)
        self.losses_settings = settings
        spec_a = replace(discriminator, input_channels=channels_a)
        spec_b = replace(discriminator, input_channels=channels_b)
        self.discriminator_a = self.discriminator_b = None
        if discriminator.architecture != "none":
            self.discriminator_a = build_discriminator(spec_a, "discriminator_a", dtype)
            self.discriminator_b = build_discriminator(spec_b, "discriminator_b", dtype)
        self.projected = ProjectedPair(seed, dtype) if discriminator.projected else None
        self.masks = MaskTraining() if self.losses_settings.masked else None
        self.built = True

    def compile(
        self,
        generator_optimizer: keras.optimizers.Optimizer,
        discriminator_optimizer: keras.optimizers.Optimizer,
        *,
        image_size: tuple[int, int],
        history_size: int = 50,
        jit_compile: bool = False,
        mask_optimizer: keras.optimizers.Optimizer | None = None,
    ):
        """Make the optimisers' state and the histories.

        Args:
            generator_optimizer: one for the weights of both generators.
            discriminator_optimizer: one for the weights of both discriminators.
            image_size: (height, width) of the training images.
            history_size: number of earlier translations that each discriminator also learns from; 0 is off.
            jit_compile: compile the step with XLA: slower on a CPU, worth a trial on a GPU.
            mask_optimizer: one for the mask network, where there is one.
        """
        super().compile(optimizer=None, jit_compile=jit_compile)
        self.image_size = image_size
        self.generator_optimizer = generator_optimizer
        self.discriminator_optimizer = discriminator_optimizer
        # Built before the first trace: Keras would otherwise drop their state when a checkpoint is restored.
        generator_optimizer.build(self.generator_variables)
        discriminator_optimizer.build(self.discriminator_variables)
        channels_a, channels_b = self.spec_ab.input_channels, self.spec_ab.output_channels
        if self.masks:
            self.masks.compile(mask_optimizer)
            # A translation is kept together with its mask.
            channels_a, channels_b = channels_a + 1, channels_b + 1
        self.history_a = HistoryBuffer(history_size, (*image_size, channels_a), name="history_a")
        self.history_b = HistoryBuffer(history_size, (*image_size, channels_b), name="history_b")

    @property
    def spec_ab(self) -> GeneratorSpec:
        """Of generator_ab."""
        return self.specs["ab"]

    @property
    def spec_ba(self) -> GeneratorSpec:
        """Of generator_ba."""
        return self.specs["ba"]

    @property
    def discriminator_networks(self) -> list[keras.Model]:
        """All networks that the discriminator optimiser trains, in the order of their variables."""
        networks = [network for network in (self.discriminator_a, self.discriminator_b) if network]
        return networks + (self.projected.heads if self.projected else [])

    @property
    def about(self) -> dict:
        """What the card of its model says of how it was trained, ready for JSON."""
        return {"losses": asdict(self.losses_settings)}

    @property
    def optimizers(self) -> dict:
        """Every optimiser by its name in a checkpoint."""
        found = {
            "generator_optimizer": self.generator_optimizer,
            "discriminator_optimizer": self.discriminator_optimizer,
        }
        return found | ({"mask_optimizer": self.masks.optimizer} if self.masks else {})

    @property
    def histories(self) -> list:
        """Every history buffer."""
        return [self.history_a, self.history_b]

    def train_step(self, data) -> dict[str, tf.Tensor]:
        """Take a step of both generators, then one of both discriminators.

        Args:
            data: images of A and B, each (batch, height, width, channels), uint8 or float in [-1, 1].
                With masks those of A and of B follow, each uint8 (batch, height, width, 1).

        Returns:
            The losses, each with its weight, as they were before the update, and the norms of the gradients.
            Where several replicas train together the losses are those of this one's part of the batch.
        """
        given = as_floats(data)
        translations, views, values = self._train_generators(*given)
        values |= self._train_discriminators(translations, views)
        if self.masks:
            images, masks = tf.concat(given[:2], axis=0), tf.concat(given[2:], axis=0)
            values["mask"] = self.masks.step(images, masks, self.step)
        self._update_averages()
        self.step.assign_add(1)
        return values

    def test_step(self, data) -> dict[str, tf.Tensor]:
        """Return the losses of a batch like `train_step`, without an update and without the history."""
        images = self.translate_all(*as_floats(data))
        views = self.views(images)
        losses = self.generator_losses(images, views)
        fakes = with_mask(images.fake_a, images.mask_b), with_mask(images.fake_b, images.mask_a)
        return losses | self.discriminator_losses(images, *fakes, views, training=False)

    def translate_all(self, real_a, real_b, mask_a=None, mask_b=None) -> Translations:
        """Run every pass of the generators that the losses need; arguments as of `translations.translate`."""
        generators = (self.generator_ab, self.generator_ba)
        return translate(*generators, self.losses_settings, (real_a, real_b), (mask_a, mask_b))

    def views(self, images: Translations) -> dict[str, View]:
        """Return what the projected discriminators see of a step's images; nothing without them."""
        if not self.projected:
            return {}
        # Streams 0 to 3 are those of the histories and of the gradient penalty.
        return self.projected.views(images, lambda shape, number: self._draws(shape, 4 + number), self.step)

    def generator_losses(
        self, images: Translations, views: dict[str, View] | None = None
    ) -> dict[str, tf.Tensor]:
        """Return the terms whose sum the generators minimise, by name, each with its weight.

        Args:
            images: of `translate_all`.
            views: what the projected discriminators see of the fakes, if there are any.
        """
        settings = self.losses_settings
        losses = {}
        if self.discriminator_a:
            losses |= adversarial_losses(self.discriminator_a, self.discriminator_b, images, settings)
        if self.projected:
            losses |= self.projected.generator_losses(views, settings.lambda_projected)
        losses |= cycle_losses(images, settings)
        if settings.lambda_identity:
            losses |= identity_losses(self.generator_ab, self.generator_ba, images, settings, self.step)
        if settings.masked and settings.lambda_background:
            losses |= background_losses(images, settings)
        if settings.lambda_stability:
            networks = self.generator_ab, self.generator_ba
            losses |= stability_losses(*networks, images, settings, self.step, self._disturbing_draws)
        return losses

    def discriminator_losses(
        self,
        images: Translations,
        fake_a,
        fake_b,
        views: dict[str, View] | None = None,
        *,
        training: bool = True,
    ) -> dict[str, tf.Tensor]:
        """Return each discriminator's own loss on the real images of a step and the given fakes.

        Args:
            images: of the step.
            fake_a: translations to A for discriminator_a; with masks these are their last channel.
            fake_b: the same to B.
            views: what the projected discriminators see, if there are any.
            training: whether the heads' spectral norms are updated.
        """
        losses = {}
        if self.discriminator_a:
            for name, discriminator, real, fake, stream in (
                ("discriminator_a", self.discriminator_a, with_mask(images.real_a, images.mask_a), fake_a, 2),
                ("discriminator_b", self.discriminator_b, with_mask(images.real_b, images.mask_b), fake_b, 3),
            ):
                draw = partial(self._draws, stream=stream)
                losses[name] = discriminator_loss(discriminator, real, fake, self.losses_settings, draw)
        if self.projected:
            losses |= self.projected.discriminator_losses(views, training=training)
        return losses

    def _train_generators(self, *given):
        with tf.GradientTape() as tape:
            images = self.translate_all(*given)
            views = self.views(images)
            losses = self.generator_losses(images, views)
            total = self.generator_optimizer.scale_loss(replicas.share(tf.add_n(list(losses.values()))))
        # Only the generators' variables: the discriminators get no gradient from this step.
        norm = self._apply(tape, total, self.generator_variables, self.generator_optimizer)
        return images, views, losses | {"generator_gradient_norm": norm}

    def _train_discriminators(self, images: Translations, views: dict[str, View]):
        batch = images.real_a.shape[0]
        fake_a = self.history_a.query(with_mask(images.fake_a, images.mask_b), self._draws((batch, 2), 0))
        fake_b = self.history_b.query(with_mask(images.fake_b, images.mask_a), self._draws((batch, 2), 1))
        with tf.GradientTape() as tape:
            losses = self.discriminator_losses(images, fake_a, fake_b, views)
            # The two share no variable, so the gradient of the sum is each one's own.
            total = self.discriminator_optimizer.scale_loss(replicas.share(tf.add_n(list(losses.values()))))
        norm = self._apply(tape, total, self.discriminator_variables, self.discriminator_optimizer)
        return losses | {"discriminator_gradient_norm": norm}

    def _disturbing_draws(self, shape, number: int):
        # Streams 4 to 7 are those of the views.
        return self._draws(shape, 8 + number)
