"""What every training of generators has: their averages, the step, its draws, and the state that is saved."""

from collections.abc import Mapping
from functools import partial

import keras
import tensorflow as tf

from cyclegan_tf.networks.generators import build_generator
from cyclegan_tf.networks.mask_network import MaskedGenerator, MaskNetwork
from cyclegan_tf.networks.specs import GeneratorSpec
from cyclegan_tf.training import replicas
from cyclegan_tf.training.mask_training import MaskTraining


class GeneratorPair(keras.Model):
    """The generators of one direction or of both, in training.

    Args:
        specs: the generator of each direction that is trained, by "ab" and "ba".
        name: of the model.
        dtype: Keras dtype policy of the networks. Averages and all variables are float32 under any.
        ema_decay: decay of the moving averages of the generators' weights; 0 keeps none.
        seed: of the draws inside the step; every step's draws are a function of the seed and its number.

    Attributes:
        specs: as given.
        generator_ab: from A to B; None if it is not trained.
        generator_ba: from B to A, likewise.
        ema_warm_up: whether the averages forget fast at first, as suits weights that are random at first.
        masks: what trains the mask network, where one is trained.
        step: steps done.
        image_size: (height, width) of the training images; set by `compile`.
    """

    masks: MaskTraining | None = None

    def __init__(
        self, specs: Mapping[str, GeneratorSpec], *, name: str, dtype: str, ema_decay: float, seed: int
    ):
        super().__init__(name=name)
        self.specs = dict(specs)
        self.ema_decay, self.seed = ema_decay, seed
        self.ema_warm_up = True
        self.generator_ab = self._generator("ab", dtype)
        self.generator_ba = self._generator("ba", dtype)
        self.ema_generator_ab = self._averaged("ab", self.generator_ab)
        self.ema_generator_ba = self._averaged("ba", self.generator_ba)
        self.image_size: tuple[int, int] = (0, 0)
        self.step = tf.Variable(0, dtype=tf.int64, trainable=False, name="step")

    @property
    def generator_variables(self) -> list:
        """Trainable variables of generator_ab, then of generator_ba."""
        networks = filter(None, (self.generator_ab, self.generator_ba))
        return [variable for network in networks for variable in network.trainable_variables]

    @property
    def discriminator_networks(self) -> list[keras.Model]:
        """All networks that the discriminator optimiser trains, in the order of their variables."""
        return []

    @property
    def discriminator_variables(self) -> list:
        """Trainable variables of the discriminator networks, in their order."""
        return [
            variable for network in self.discriminator_networks for variable in network.trainable_variables
        ]

    @property
    def mask_network(self) -> MaskNetwork | None:
        """The network by whose masks translations are composited, where there is one."""
        return self.masks.network if self.masks else None

    @property
    def about(self) -> dict:
        """What the card of its model says of how it was trained, ready for JSON."""
        return {}

    @property
    def optimizers(self) -> dict:
        """Every optimiser by its name in a checkpoint."""
        return {}

    @property
    def histories(self) -> list:
        """Every history buffer."""
        return []

    @property
    def trained_networks(self) -> list[keras.Model]:
        """All networks whose weights a checkpoint holds."""
        networks = [self.generator_ab, self.generator_ba, *self.discriminator_networks]
        networks += [self.ema_generator_ab, self.ema_generator_ba]
        # Of the mask network its decoder alone: the frozen network comes with its package.
        networks += [self.masks.network.decoder] if self.masks else []
        return [network for network in networks if network]

    @property
    def saved_generators(self) -> tuple:
        """The generators of a model, A to B and B to A: the averaged ones where there are any."""
        return (self.ema_generator_ab or self.generator_ab, self.ema_generator_ba or self.generator_ba)

    @property
    def inference_generators(self) -> tuple:
        """The translators A to B and B to A: `saved_generators`, composited by the masks if there are any."""
        masks = self.mask_network
        if masks is None:
            return self.saved_generators
        return tuple(network and MaskedGenerator(network, masks) for network in self.saved_generators)

    def _apply(self, tape, loss, variables, optimizer):
        """Take a step of an optimiser, and return the norm of the gradients."""
        gradients = replicas.summed(tape.gradient(loss, variables))
        optimizer.apply_gradients(zip(gradients, variables))
        # Without the loss scale of float16, under which an occasional overflow is expected.
        return tf.linalg.global_norm(gradients) / optimizer.scale_loss(tf.constant(1.0))

    def _draws(self, shape, stream: int):
        # The first four streams of a seed are adjacent; all others are far from those of other seeds.
        number = self.seed * 4 + stream % 4 + (stream // 4 << 40)
        draw = partial(tf.random.stateless_uniform, seed=tf.stack([number, self.step]))
        return replicas.own_rows(draw, shape)

    def _generator(self, direction: str, dtype: str) -> keras.Model | None:
        if direction not in self.specs:
            return None
        return build_generator(self.specs[direction], f"generator_{direction}", dtype)

    def _averaged(self, direction: str, source: keras.Model | None) -> keras.Model | None:
        if source is None or not self.ema_decay:
            return None
        average = build_generator(self.specs[direction], f"ema_{source.name}")
        average.set_weights(source.get_weights())
        average.trainable = False
        return average

    def _update_averages(self):
        if not self.ema_decay:
            return
        decay = self.ema_decay
        if self.ema_warm_up:
            # A short memory at first: otherwise the random initial weights would stay for long.
            step = tf.cast(self.step, tf.float32)
            decay = tf.minimum(decay, (1.0 + step) / (10.0 + step))
        pairs = ((self.ema_generator_ab, self.generator_ab), (self.ema_generator_ba, self.generator_ba))
        for average, source in pairs:
            for mean, value in zip(average.weights if average else (), source.weights if source else ()):
                mean.assign(mean + (1.0 - decay) * (value - mean))
