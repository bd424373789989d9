"""Checkpoints: all that a run needs to be resumed as if it had never stopped."""

import logging
from collections.abc import Iterator
from pathlib import Path

from cyclegan_tf.models.weights import assign_arrays, load_arrays, network_variables, to_bytes
from cyclegan_tf.training.checkpoint_files import FORMAT, STATE_FILE, CheckpointFolder
from cyclegan_tf.training.devices import Devices
from cyclegan_tf.training.generator_pair import GeneratorPair
from cyclegan_tf.training.histories import (
    count_replicas,
    dealt_to,
    name_in_checkpoint,
    without_replicas,
)
from cyclegan_tf.training.loss_scale import fitted_to, optimizer_variables
from cyclegan_tf.training.replicas import steps_done

_LOGGER = logging.getLogger("cyclegan_tf")


class Checkpoints:
    """The states of a model in the checkpoints/ folder of a run.

    Args:
        folder: made when the first checkpoint is saved.
        keep: how many of the newest are kept.
        devices: those of the model. On several hosts each calls the same methods at the same step; the chief
            alone writes.
    """

    def __init__(self, folder: Path, keep: int, devices: Devices | None = None):
        self.files, self._devices = CheckpointFolder(folder, keep), devices or Devices()

    def save(
        self, model: GeneratorPair, *, data_fingerprint: str = "", metrics: dict | None = None
    ) -> Path | None:
        """Write a checkpoint of the model's present step, whole or not at all, and prune older ones.

        Args:
            model: a compiled model.
            data_fingerprint: of the data set, whose order follows from the step.
            metrics: logged values by name.

        Returns:
            The checkpoint's folder, such as checkpoints/step-00001000; None on hosts that do not write.

        Raises:
            OutputError: if it cannot be written; earlier checkpoints are untouched.
        """
        state = training_state(model, self._devices)
        if not self._devices.hosts.is_chief:
            return None
        newest = {"format": FORMAT} if self._devices.count > 1 else {}
        about = {**newest, "seed": model.seed, "data": data_fingerprint, "metrics": metrics or {}}
        return self.files.write(steps_done(model), to_bytes(state), about)

    def restore_latest(self, model: GeneratorPair) -> dict:
        """Restore a compiled model from the newest checkpoint that is whole.

        It may be of another precision: the loss scale of float16 then begins anew, or is left out. It may be
        of another number of devices: the histories are then dealt out anew. A damaged one is set aside under
        the suffix .corrupt, with a warning, and the one before it is taken.

        Args:
            model: compiled like the one that was saved.

        Returns:
            The manifest of the checkpoint.

        Raises:
            ModelError: if none is left, or it is of a newer format or another architecture.
        """
        path, manifest = self.files.newest()
        saved = load_arrays(path / STATE_FILE)
        before, now = count_replicas(saved), self._devices.count
        if before != now:
            _LOGGER.info(
                "the checkpoint is of %d devices, now there are %d; the histories are dealt out anew",
                before,
                now,
            )
        dealt = without_replicas(dealt_to(saved, now), self._devices.own)
        state, arrays = fitted_to(own_state(model, self._devices), dealt)
        assign_arrays(state, arrays, path / STATE_FILE)
        _LOGGER.info("restored %s", path)
        return manifest


def training_state(model: GeneratorPair, devices: Devices | None = None) -> dict:
    """Return every variable of a compiled model by name.

    Weights of all networks that learn and of the averaged generators, optimisers, the histories of all
    replicas, and the step. Order and augmentation of the data, and the draws of the step, follow from the
    step and the seed.

    Args:
        model: compiled.
        devices: those that it was built on; every host must ask at the same step.
    """
    devices = devices or Devices()
    state = own_state(model, devices)
    if devices.hosts.count > 1:
        for history in model.histories:
            for part in ("images", "count"):
                variable = getattr(history, part)
                for replica, value in enumerate(devices.parts(variable)):
                    state[name_in_checkpoint(history.name, replica, part)] = value
    return state


def own_state(model: GeneratorPair, devices: Devices) -> dict:
    """Return the variables that this host has."""
    state = dict(_named_variables(model))
    for history in model.histories:
        for part in ("images", "count"):
            for replica, variable in zip(devices.own, devices.local(getattr(history, part))):
                state[name_in_checkpoint(history.name, replica, part)] = variable
    return state


def _named_variables(model: GeneratorPair) -> Iterator[tuple[str, object]]:
    yield "step", model.step
    for network in model.trained_networks:
        for name, variable in network_variables(network).items():
            yield f"{network.name}/{name}", variable
    for name, optimizer in model.optimizers.items():
        yield from optimizer_variables(name, optimizer).items()
