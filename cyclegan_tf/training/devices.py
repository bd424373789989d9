"""The devices of a run: one, several of this machine, or those of several hosts, by tf.distribute."""

import contextlib
import logging
from collections.abc import Callable
from functools import partial

import tensorflow as tf

from cyclegan_tf.config.schema import TrainConfig
from cyclegan_tf.data.dataset import UnpairedImages
from cyclegan_tf.errors import MachineError, UsageError
from cyclegan_tf.system.precision import choose_device
from cyclegan_tf.system.tensorflow import native_stderr_held_back
from cyclegan_tf.training import replicas
from cyclegan_tf.training.hosts import Hosts, find_hosts

# What a collective operation ends with when a host that takes part in it is gone.
LOST_HOST = (
    tf.errors.UnavailableError,
    tf.errors.AbortedError,
    tf.errors.CancelledError,
    tf.errors.DeadlineExceededError,
    tf.errors.InternalError,
    tf.errors.UnknownError,
    tf.errors.FailedPreconditionError,
)
_LOGGER = logging.getLogger("cyclegan_tf")


class Devices:
    """The devices that train together.

    Args:
        strategy: of tf.distribute; None for a single device.
        hosts: those that take part.
    """

    def __init__(self, strategy: tf.distribute.Strategy | None = None, hosts: Hosts | None = None):
        self.strategy, self.hosts = strategy, hosts or Hosts()
        self._largest = tf.function(self._largest_of_all)
        self._of_replica: dict[int, Callable] = {}

    @property
    def count(self) -> int:
        """How many devices on all hosts; each is a replica of the model."""
        return self.strategy.num_replicas_in_sync if self.strategy else 1

    @property
    def own(self) -> range:
        """The numbers of the devices of this host."""
        per_host = self.count // self.hosts.count
        return range(self.hosts.number * per_host, (self.hosts.number + 1) * per_host)

    def scope(self) -> contextlib.AbstractContextManager:
        """Return the context in which a model is built."""
        return self.strategy.scope() if self.strategy else contextlib.nullcontext()

    def agree(self, value: int) -> int:
        """Return the largest value, at least 0, of all hosts; each must ask at the same point of the run."""
        if self.hosts.count == 1:
            return value
        return int(self._largest(tf.constant(float(value), tf.float64)))

    def local(self, variable) -> tuple:
        """Return the variables of this host behind one that each replica has for itself."""
        return self.strategy.experimental_local_results(variable) if self.strategy else (variable,)

    def parts(self, variable) -> list:
        """Return the values of a variable that each replica has for itself, in the order of their numbers.

        Every host must ask at the same point of the run.
        """
        # Kept, because a function is traced when it is first called.
        of_replica = self._of_replica.setdefault(id(variable), tf.function(partial(self._part, variable)))
        found = (of_replica(tf.constant(number)) for number in range(self.count))
        return [self.strategy.experimental_local_results(each)[0] for each in found]

    def _part(self, variable, wanted):
        def in_turn():
            value = replicas.own(variable)
            number = tf.cast(value, tf.float32)
            mine = tf.where(replicas.number() == wanted, number, tf.zeros_like(number))
            total = tf.distribute.get_replica_context().all_reduce(tf.distribute.ReduceOp.SUM, mine)
            return tf.cast(total, value.dtype)

        return self.strategy.run(in_turn)

    def _largest_of_all(self, value):
        def own():
            row = tf.one_hot(replicas.number(), self.count, dtype=tf.float64) * value
            return tf.distribute.get_replica_context().all_reduce(tf.distribute.ReduceOp.SUM, row)

        return tf.reduce_max(self.strategy.experimental_local_results(self.strategy.run(own))[0])

    def batches(self, data: UnpairedImages, first_step: int, stop_step: int):
        """Serve each replica of this host its part of the batches of steps first_step to stop_step - 1."""
        if self.strategy is None:
            return data.dataset(first_step, stop_step)
        return self.strategy.distribute_datasets_from_function(
            lambda _: data.dataset(first_step, stop_step, self.own, self.count)
        )


def reason(error: tf.errors.OpError) -> str:
    """Return the line of an error of TensorFlow that says why; others name its own graph."""
    lines = [line.rpartition("}} ")[2].strip() for line in str(error.message).splitlines()]
    told = [line for line in lines if "aborted by" in line] or [line for line in lines if line]
    return told[0][:300] if told else type(error).__name__


def count_devices(train: TrainConfig) -> int:
    """Return how many devices a run will have on all hosts, without connecting them; errors as below."""
    hosts = find_hosts(train.hosts)
    return len(_own_devices(train, hosts)) * hosts.count


def choose_devices(train: TrainConfig) -> Devices:
    """Restrict TensorFlow to the devices that a configuration asks for, and connect those of all hosts.

    Args:
        train: its device, devices and hosts.

    Raises:
        MachineError: if TensorFlow does not see so many, or the hosts cannot be found.
        UsageError: if TensorFlow has already computed something, after which it takes no other devices.
    """
    hosts = find_hosts(train.hosts)
    choose_device(train.device)
    names = _own_devices(train, hosts)
    try:
        if names[0].startswith("CPU") and len(names) > 1:
            _divide_processor(len(names))
        if hosts.count > 1:
            return Devices(_connected(names, hosts), hosts)
    except LOST_HOST as error:
        raise MachineError(
            f"not all {hosts.count} hosts came together",
            detail=reason(error),
            fix="start the same command on all hosts, which must reach each other's ports",
        ) from error
    except RuntimeError as error:
        raise UsageError(
            "TensorFlow has already chosen its devices",
            detail=str(error),
            fix="start the training of several devices in a new process, before TensorFlow computes anything",
        ) from error
    with native_stderr_held_back():
        tf.config.list_logical_devices()
    if len(names) == 1:
        return Devices()
    return Devices(tf.distribute.MirroredStrategy([f"/{name}" for name in names]))


def _own_devices(train: TrainConfig, hosts: Hosts) -> list[str]:
    """Return the names of the devices of this host, such as GPU:0."""
    gpus = [] if train.device == "cpu" else tf.config.list_physical_devices("GPU")
    wanted = train.devices if isinstance(train.devices, int) else max(1, len(gpus))
    if not gpus and (wanted == 1 or (train.device == "cpu" and hosts.count == 1)):
        return [f"CPU:{number}" for number in range(wanted)]
    if wanted == 1 and hosts.count == 1:
        return ["GPU:0"]
    if wanted > len(gpus):
        raise MachineError(
            f"not as many devices as train.devices asks for: {wanted}",
            detail=f"TensorFlow sees {len(gpus)} GPUs on this machine",
            fix="give --devices all; or try it out on parts of the processor, which is no faster, with "
            f"--devices {wanted} --set train.device=cpu",
        )
    return [f"GPU:{number}" for number in range(wanted)]


def _divide_processor(count: int) -> None:
    """Make several devices of the processor, on which a run of several devices can be tried out."""
    (cpu,) = tf.config.list_physical_devices("CPU")
    _LOGGER.info("the processor acts as %d devices; that is no faster than one", count)
    tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * count)


def _connected(names: list[str], hosts: Hosts) -> tf.distribute.Strategy:
    gpus = tf.config.list_physical_devices("GPU")
    if names[0].startswith("GPU") and len(names) < len(gpus):
        tf.config.set_visible_devices(gpus[: len(names)], "GPU")
    _LOGGER.info("host %d of %d: waiting for the others", hosts.number + 1, hosts.count)
    return tf.distribute.MultiWorkerMirroredStrategy(hosts.resolver)
