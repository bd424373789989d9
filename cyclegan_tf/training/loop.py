"""The loop of a run on several devices.

Keras's own loop averages what the hosts return along an axis, which the losses of a step do not have.
"""

from collections.abc import Iterable, Sequence

import keras
import tensorflow as tf

from cyclegan_tf.training.cyclegan import CycleGAN


def train_together(
    model: CycleGAN,
    batches: Iterable,
    callbacks: Sequence[keras.callbacks.Callback],
    strategy: tf.distribute.Strategy,
) -> None:
    """Take a step of every replica for each batch, and call the callbacks as `keras.Model.fit` does.

    Args:
        model: built and compiled in the scope of the strategy.
        batches: of `Devices.batches`.
        callbacks: their logs are the means over all replicas.
        strategy: of the devices.
    """
    names: list[str] = []

    def values(batch):
        found = model.train_step(batch)
        names[:] = list(found)
        return tf.stack(list(found.values()))

    @tf.function
    def step(batch):
        # One reduction for all: each costs a round between the hosts.
        return strategy.reduce(tf.distribute.ReduceOp.MEAN, strategy.run(values, args=(batch,)), axis=None)

    called = keras.callbacks.CallbackList(list(callbacks), model=model)
    model.stop_training = False
    called.on_train_begin()
    for number, batch in enumerate(batches):
        called.on_train_batch_begin(number)
        logs = dict(zip(names, step(batch).numpy().tolist()))
        called.on_train_batch_end(number, logs)
        if model.stop_training:
            break
    called.on_train_end()
