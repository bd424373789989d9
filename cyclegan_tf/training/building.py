"""From a configuration to a compiled model."""

from cyclegan_tf.config.schema import Config
from cyclegan_tf.system.precision import POLICIES, resolve_precision
from cyclegan_tf.training.cyclegan import CycleGAN
from cyclegan_tf.training.optimizers import adam
from cyclegan_tf.training.schedules import learning_rate_schedule

MASK_RATE = 1e-3


def count_steps(config: Config, steps_per_epoch: int) -> int:
    """Return the number of steps of the whole run; several devices have fewer in an epoch."""
    return config.train.steps or config.train.epochs * steps_per_epoch


def build_model(config: Config, num_steps: int, image_size: tuple[int, int]) -> CycleGAN:
    """Build and compile the CycleGAN of a configuration.

    Args:
        config: everything about the run.
        num_steps: steps of the whole run, for the learning rate.
        image_size: (height, width) of the training images.
    """
    train = config.train
    precision = resolve_precision(train.precision)
    model = CycleGAN(
        config.generator_spec,
        config.discriminator_spec,
        config.loss_settings,
        dtype=POLICIES[precision],
        ema_decay=train.ema_decay,
        seed=train.seed,
    )
    # The averages keep the weights of a warm start while the discriminators still learn from scratch.
    model.ema_warm_up = config.train.start_from is None
    model.compile(
        *build_optimizers(config, num_steps),
        image_size=image_size,
        history_size=train.history_size,
        jit_compile=train.jit_compile,
        mask_optimizer=_mask_optimizer(config, num_steps),
    )
    return model


def build_optimizers(config: Config, num_steps: int) -> list:
    """Make the optimisers of the generators and of the discriminators.

    Args:
        config: everything about the run.
        num_steps: steps of the whole run.
    """
    train = config.train
    schedule = learning_rate_schedule(train.schedule, train.learning_rate, num_steps, train.decay_start)
    beta_2 = train.beta_2 if train.discriminator_beta_2 is None else train.discriminator_beta_2
    scales = resolve_precision(train.precision) == "float16"
    return [adam(schedule, train.beta_1, decay, loss_scaling=scales) for decay in (train.beta_2, beta_2)]


def _mask_optimizer(config: Config, num_steps: int):
    if config.data.masks_a is None:
        return None
    # It learns like any classifier, with Adam's usual settings. Its rate decays like the generators'.
    schedule = learning_rate_schedule(config.train.schedule, MASK_RATE, num_steps, config.train.decay_start)
    return adam(schedule, 0.9, 0.999)
