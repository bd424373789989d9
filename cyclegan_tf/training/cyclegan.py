"""CycleGAN as a Keras model: two generators, two discriminators and the step that trains them."""

from dataclasses import dataclass, replace

import keras
import tensorflow as tf

from cyclegan_tf.networks.discriminators import build_discriminator
from cyclegan_tf.networks.generators import build_generator
from cyclegan_tf.networks.ranges import to_unit
from cyclegan_tf.networks.specs import DiscriminatorSpec, GeneratorSpec, LossSettings
from cyclegan_tf.training.history_buffer import HistoryBuffer
from cyclegan_tf.training.losses import ADVERSARIAL, gradient_penalty, mean_absolute_error


@dataclass(frozen=True)
class Translations:
    """The images of one step, float32 (batch, height, width, channels) in [-1, 1]."""

    real_a: tf.Tensor
    real_b: tf.Tensor
    fake_a: tf.Tensor
    fake_b: tf.Tensor
    cycled_a: tf.Tensor
    cycled_b: tf.Tensor
    identity_a: tf.Tensor | None
    identity_b: tf.Tensor | None


class CycleGAN(keras.Model):
    """Learns to translate between domains A and B from unpaired images (arXiv 1703.10593).

    Args:
        generator: what generator_ab is; generator_ba is the same with the channels exchanged.
        discriminator: what both discriminators are; each takes the channels of its domain.
        losses: the loss and its weights.
        dtype: Keras dtype policy of the networks: float32, mixed_bfloat16 or mixed_float16. Losses, instance
            statistics, averages and all variables are float32 under any.
        ema_decay: decay of the moving averages of the generators' weights; 0 keeps none.
        seed: of the draws inside the step; every step's draws are a function of the seed and its number.

    Attributes:
        ema_warm_up: whether the averages forget fast at first, as is right for weights that begin at random.

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
        super().__init__(name="cyclegan")
        self.losses_settings = losses or LossSettings()
        if self.losses_settings.lambda_identity and generator.input_channels != generator.output_channels:
            raise ValueError(
                "the identity loss needs as many channels in A as in B. Received: "
                f"{generator.input_channels} and {generator.output_channels}; set lambda_identity to 0"
            )
        self.ema_decay, self.seed = ema_decay, seed
        self.ema_warm_up = True
        channels_a, channels_b = generator.input_channels, generator.output_channels
        self.spec_ab = generator
        self.spec_ba = replace(generator, input_channels=channels_b, output_channels=channels_a)
        self.generator_ab = build_generator(self.spec_ab, "generator_ab", dtype)
        self.generator_ba = build_generator(self.spec_ba, "generator_ba", dtype)
        spec_a = replace(discriminator, input_channels=channels_a)
        spec_b = replace(discriminator, input_channels=channels_b)
        self.discriminator_a = build_discriminator(spec_a, "discriminator_a", dtype)
        self.discriminator_b = build_discriminator(spec_b, "discriminator_b", dtype)
        self.ema_generator_ab = self._averaged(self.spec_ab, self.generator_ab)
        self.ema_generator_ba = self._averaged(self.spec_ba, self.generator_ba)
        self.step = tf.Variable(0, dtype=tf.int64, trainable=False, name="step")
        self.built = True

    def compile(
        self,
        generator_optimizer: keras.optimizers.Optimizer,
        discriminator_optimizer: keras.optimizers.Optimizer,
        *,
        image_size: tuple[int, int],
        history_size: int = 50,
        jit_compile: bool = False,
    ):
        """Make what training needs beside the networks.

        Args:
            generator_optimizer: one for the weights of both generators.
            discriminator_optimizer: one for the weights of both discriminators.
            image_size: (height, width) of the training images.
            history_size: earlier translations that each discriminator also learns from; 0 is off.
            jit_compile: compile the step with XLA: slower on a CPU, worth a trial on a GPU.
        """
        super().compile(optimizer=None, jit_compile=jit_compile)
        self.generator_optimizer = generator_optimizer
        self.discriminator_optimizer = discriminator_optimizer
        # Built before the first trace: Keras would otherwise drop their state when a checkpoint is restored.
        generator_optimizer.build(self.generator_variables)
        discriminator_optimizer.build(self.discriminator_variables)
        channels_a, channels_b = self.spec_ab.input_channels, self.spec_ab.output_channels
        self.history_a = HistoryBuffer(history_size, (*image_size, channels_a), name="history_a")
        self.history_b = HistoryBuffer(history_size, (*image_size, channels_b), name="history_b")

    @property
    def generator_variables(self) -> list:
        """Trainable variables of generator_ab, then of generator_ba."""
        return self.generator_ab.trainable_variables + self.generator_ba.trainable_variables

    @property
    def discriminator_variables(self) -> list:
        """Trainable variables of discriminator_a, then of discriminator_b."""
        return self.discriminator_a.trainable_variables + self.discriminator_b.trainable_variables

    @property
    def inference_generators(self) -> tuple[keras.Model, keras.Model]:
        """The generators to translate with, A to B and B to A: the averaged ones where there are any."""
        return (self.ema_generator_ab or self.generator_ab, self.ema_generator_ba or self.generator_ba)

    def train_step(self, data) -> dict[str, tf.Tensor]:
        """One step of both generators, then one of both discriminators.

        Args:
            data: images of A and B, each (batch, height, width, channels), uint8 or float in [-1, 1].

        Returns:
            The losses, each with its weight, as they were before the update, and the norms of the gradients.
        """
        real_a, real_b = (to_unit(images) for images in data)
        translations, values = self._train_generators(real_a, real_b)
        values |= self._train_discriminators(translations)
        self._update_averages()
        self.step.assign_add(1)
        return values

    def test_step(self, data) -> dict[str, tf.Tensor]:
        """The losses of a batch like `train_step`, without any update and past the history."""
        images = self.translate_all(*(to_unit(batch) for batch in data))
        losses = self.generator_losses(images)
        return losses | self.discriminator_losses(images, images.fake_a, images.fake_b)

    def translate_all(self, real_a, real_b) -> Translations:
        """Run every pass of the generators that the losses need.

        What a generator translates independently goes through it as one batch: with instance normalization,
        which looks at each image alone, the result is the same and the step is faster.

        Args:
            real_a: float32 (batch, height, width, channels) in [-1, 1].
            real_b: the same of domain B.
        """
        identity_a = identity_b = None
        if self.losses_settings.lambda_identity:
            fake_b, identity_b = _in_one_batch(self.generator_ab, real_a, real_b)
            fake_a, identity_a = _in_one_batch(self.generator_ba, real_b, real_a)
        else:
            fake_b = self.generator_ab(real_a, training=True)
            fake_a = self.generator_ba(real_b, training=True)
        cycled_a = self.generator_ba(fake_b, training=True)
        cycled_b = self.generator_ab(fake_a, training=True)
        return Translations(real_a, real_b, fake_a, fake_b, cycled_a, cycled_b, identity_a, identity_b)

    def generator_losses(self, images: Translations) -> dict[str, tf.Tensor]:
        """Return the terms whose sum the generators minimise, by name, each with its weight."""
        settings = self.losses_settings
        _, adversarial = ADVERSARIAL[settings.adversarial]
        losses = {
            "adversarial_ab": adversarial(self.discriminator_b(images.fake_b, training=True)),
            "adversarial_ba": adversarial(self.discriminator_a(images.fake_a, training=True)),
            "cycle_a": settings.lambda_a * mean_absolute_error(images.cycled_a, images.real_a),
            "cycle_b": settings.lambda_b * mean_absolute_error(images.cycled_b, images.real_b),
        }
        if settings.lambda_identity:
            weight_a = settings.lambda_a * settings.lambda_identity
            weight_b = settings.lambda_b * settings.lambda_identity
            losses["identity_a"] = weight_a * mean_absolute_error(images.identity_a, images.real_a)
            losses["identity_b"] = weight_b * mean_absolute_error(images.identity_b, images.real_b)
        return losses

    def discriminator_losses(self, images: Translations, fake_a, fake_b) -> dict[str, tf.Tensor]:
        """Each discriminator's own loss on the real images of a step and the given fakes."""
        return {
            "discriminator_a": self._discriminator_loss(self.discriminator_a, images.real_a, fake_a, 2),
            "discriminator_b": self._discriminator_loss(self.discriminator_b, images.real_b, fake_b, 3),
        }

    def _discriminator_loss(self, discriminator, real, fake, stream: int):
        settings = self.losses_settings
        adversarial, _ = ADVERSARIAL[settings.adversarial]
        loss = adversarial(*_in_one_batch(discriminator, real, fake))
        if settings.adversarial == "wgan_gp":
            mix = self._draws((real.shape[0], 1, 1, 1), stream)
            loss += settings.lambda_gradient_penalty * gradient_penalty(discriminator, real, fake, mix)
        return loss

    def _train_generators(self, real_a, real_b):
        with tf.GradientTape() as tape:
            images = self.translate_all(real_a, real_b)
            losses = self.generator_losses(images)
            total = self.generator_optimizer.scale_loss(tf.add_n(list(losses.values())))
        # Only the generators' variables: the discriminators that judged take no gradient from this step.
        norm = self._apply(tape, total, self.generator_variables, self.generator_optimizer)
        return images, losses | {"generator_gradient_norm": norm}

    def _train_discriminators(self, images: Translations):
        batch = images.real_a.shape[0]
        fake_a = self.history_a.query(images.fake_a, self._draws((batch, 2), 0))
        fake_b = self.history_b.query(images.fake_b, self._draws((batch, 2), 1))
        with tf.GradientTape() as tape:
            losses = self.discriminator_losses(images, fake_a, fake_b)
            # The two share no variable, so the gradient of the sum is each one's own.
            total = self.discriminator_optimizer.scale_loss(tf.add_n(list(losses.values())))
        norm = self._apply(tape, total, self.discriminator_variables, self.discriminator_optimizer)
        return losses | {"discriminator_gradient_norm": norm}

    def _apply(self, tape, loss, variables, optimizer):
        gradients = tape.gradient(loss, variables)
        optimizer.apply_gradients(zip(gradients, variables))
        # Without the scale of float16, under which an overflow now and then is part of the method.
        return tf.linalg.global_norm(gradients) / optimizer.scale_loss(tf.constant(1.0))

    def _draws(self, shape, stream: int):
        return tf.random.stateless_uniform(shape, seed=tf.stack([self.seed * 4 + stream, self.step]))

    def _averaged(self, spec: GeneratorSpec, source: keras.Model) -> keras.Model | None:
        if not self.ema_decay:
            return None
        average = build_generator(spec, f"ema_{source.name}")
        average.set_weights(source.get_weights())
        average.trainable = False
        return average

    def _update_averages(self):
        if not self.ema_decay:
            return
        decay = self.ema_decay
        if self.ema_warm_up:
            # A short memory at first, or the random initial weights would stay in the average for long.
            step = tf.cast(self.step, tf.float32)
            decay = tf.minimum(decay, (1.0 + step) / (10.0 + step))
        pairs = ((self.ema_generator_ab, self.generator_ab), (self.ema_generator_ba, self.generator_ba))
        for average, source in pairs:
            for mean, value in zip(average.weights, source.weights):
                mean.assign(mean + (1.0 - decay) * (value - mean))


def _in_one_batch(network, first, second):
    outputs = network(tf.concat([first, second], axis=0), training=True)
    return tf.split(outputs, 2, axis=0)
