"""Adam as in the CycleGAN reference, and loss scaling for float16."""

import keras
import tensorflow as tf


class Adam(keras.optimizers.Adam):
    """Adam with epsilon added to the bias-corrected root, as in Algorithm 1 of arXiv 1412.6980.

    Keras adds it before the correction ("epsilon hat"), which gives the same epsilon up to 30 times the
    weight in the first steps, where a GAN is most sensitive.
    """

    def update_step(self, gradient, variable, learning_rate):
        """Update one variable and its two moments."""
        index = self._get_variable_index(variable)
        momentum, velocity = self._momentums[index], self._velocities[index]
        gradient = tf.cast(gradient, variable.dtype)
        # In float32 the second correction, 1 - 0.999 ** step, would have only four correct digits at first.
        step = tf.cast(self.iterations + 1, tf.float64)
        correction_1 = 1.0 - self.beta_1**step
        root_correction_2 = tf.cast(tf.sqrt(1.0 - self.beta_2**step), variable.dtype)
        momentum.assign(momentum + (gradient - momentum) * (1.0 - self.beta_1))
        velocity.assign(velocity * self.beta_2 + (1.0 - self.beta_2) * gradient * gradient)
        root = tf.sqrt(velocity) / root_correction_2 + self.epsilon
        rate = tf.cast(tf.cast(learning_rate, tf.float64) / correction_1, variable.dtype)
        variable.assign_sub(rate * momentum / root)

    def _all_reduce_sum_gradients(self, grads_and_vars):
        # The step has summed them over the replicas already: it also logs their norm, and the loss scale of
        # float16 must see an overflow in all replicas or in none.
        return grads_and_vars


def adam(learning_rate, beta_1: float, beta_2: float, *, loss_scaling: bool = False):
    """Return an Adam with the reference's epsilon of 1e-8.

    Args:
        learning_rate: a rate or a schedule.
        beta_1: decay of the first moment; 0.5 in the paper.
        beta_2: decay of the second moment; 0.999 in the paper.
        loss_scaling: scale the loss so that float16 gradients do not underflow; each optimiser needs its own.
    """
    optimizer = Adam(learning_rate, beta_1=beta_1, beta_2=beta_2, epsilon=1e-8)
    return keras.optimizers.LossScaleOptimizer(optimizer) if loss_scaling else optimizer
