"""What a step needs to know of the replicas that take it together, each on a device of its own.

Each replica sees its rows of the batch. With one device every function returns what it is given.
"""

from collections.abc import Callable, Sequence

import tensorflow as tf


def count() -> int:
    """Return how many replicas take the step."""
    return tf.distribute.get_strategy().num_replicas_in_sync


def number() -> int:
    """Return the number of this replica, from 0."""
    return int(tf.get_static_value(tf.distribute.get_replica_context().replica_id_in_sync_group))


def share(loss):
    """Return what a replica adds to the loss of all: their sum is the mean over the whole batch."""
    return loss if count() == 1 else loss / count()


def summed(gradients: Sequence) -> list:
    """Return the gradients of the loss of all, from those of the shares."""
    if count() == 1:
        return list(gradients)
    return tf.distribute.get_replica_context().all_reduce(tf.distribute.ReduceOp.SUM, list(gradients))


def own_rows(draw: Callable, shape: Sequence[int]):
    """Return this replica's rows of what one device would draw for the whole batch.

    Args:
        draw: from a shape to random numbers, the same in every replica.
        shape: of this replica's rows; the first size is their number.
    """
    if count() == 1:
        return draw(shape)
    rows, first = shape[0], number() * shape[0]
    return draw((count() * rows, *shape[1:]))[first : first + rows]


def own(variable):
    """Return this replica's own variable behind one that each replica has for itself."""
    found = tf.distribute.get_strategy().experimental_local_results(variable)
    return found[0] if len(found) == 1 else found[number() % len(found)]


def steps_done(model) -> int:
    """Return the number of steps that a model has taken; its variable may have a copy on each device."""
    return int(tf.convert_to_tensor(model.step))
