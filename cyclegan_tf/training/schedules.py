"""Learning-rate schedules, counted in steps so that they fit a data set of any size."""

import keras
import tensorflow as tf


class LinearDecay(keras.optimizers.schedules.LearningRateSchedule):
    """Constant at first, then linear towards 0, which it would reach after the last step, not before.

    Args:
        initial_rate: the rate of the first part.
        num_steps: steps of the whole run.
        decay_start: fraction of the run in [0, 1] that stays constant; 0.5 in the paper.
    """

    def __init__(self, initial_rate: float, num_steps: int, decay_start: float = 0.5):
        self.initial_rate, self.num_steps, self.decay_start = initial_rate, num_steps, decay_start

    def __call__(self, step):
        """Return the float32 rate of a step counted from 0."""
        first = self.decay_start * self.num_steps
        remaining = (self.num_steps - tf.cast(step, tf.float32)) / max(self.num_steps - first, 1.0)
        return self.initial_rate * tf.clip_by_value(remaining, 0.0, 1.0)

    def get_config(self):
        """Return the constructor's arguments."""
        return {
            "initial_rate": self.initial_rate,
            "num_steps": self.num_steps,
            "decay_start": self.decay_start,
        }


class Constant(keras.optimizers.schedules.LearningRateSchedule):
    """The same rate at every step.

    Args:
        initial_rate: the rate.
    """

    def __init__(self, initial_rate: float):
        self.initial_rate = initial_rate

    def __call__(self, step):
        """Return the float32 rate, whatever the step."""
        return tf.constant(self.initial_rate, tf.float32)

    def get_config(self):
        """Return the constructor's arguments."""
        return {"initial_rate": self.initial_rate}


def learning_rate_schedule(policy: str, initial_rate: float, num_steps: int, decay_start: float = 0.5):
    """Return the schedule of a policy: linear, constant or cosine.

    Args:
        policy: its name. "cosine" is half a cosine from the initial rate to 0 (arXiv 1608.03983).
        initial_rate: the rate of the first step.
        num_steps: steps of the whole run.
        decay_start: for "linear", the fraction of the run that stays constant.

    Raises:
        ValueError: for an unknown policy.
    """
    if policy == "linear":
        return LinearDecay(initial_rate, num_steps, decay_start)
    if policy == "constant":
        return Constant(initial_rate)
    if policy == "cosine":
        return keras.optimizers.schedules.CosineDecay(initial_rate, num_steps)
    raise ValueError(f"expected a policy of 'linear', 'constant', 'cosine'. Received: {policy!r}")
