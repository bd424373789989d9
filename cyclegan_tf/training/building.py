"""From a configuration to a compiled model."""

from cyclegan_tf.config.schema import Config
from cyclegan_tf.training.cyclegan import CycleGAN
from cyclegan_tf.training.optimizers import adam
from cyclegan_tf.training.precision import POLICIES, resolve_precision
from cyclegan_tf.training.schedules import learning_rate_schedule


def count_steps(config: Config, steps_per_epoch: int) -> int:
    """Return the number of steps of the whole run."""
    return config.train.steps or config.train.epochs * steps_per_epoch


def build_model(config: Config, num_steps: int, image_size: tuple[int, int]) -> CycleGAN:
    """Build and compiles the CycleGAN of a configuration.

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
    # A model to start from is worth remembering while the discriminators still learn from scratch.
    model.ema_warm_up = config.train.start_from is None
    schedule = learning_rate_schedule(train.schedule, train.learning_rate, num_steps, train.decay_start)
    optimizers = [
        adam(schedule, train.beta_1, train.beta_2, loss_scaling=precision == "float16") for _ in range(2)
    ]
    model.compile(
        *optimizers, image_size=image_size, history_size=train.history_size, jit_compile=train.jit_compile
    )
    return model
