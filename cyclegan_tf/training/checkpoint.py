"""Checkpoints: all that a run needs to be resumed as if it had never stopped."""

import logging
from collections.abc import Iterator
from pathlib import Path

from cyclegan_tf.models.weights import assign_arrays, load_arrays, network_variables, to_bytes
from cyclegan_tf.training.checkpoint_files import STATE_FILE, CheckpointFolder
from cyclegan_tf.training.generator_pair import GeneratorPair
from cyclegan_tf.training.loss_scale import fitted_to, optimizer_variables

_LOGGER = logging.getLogger("cyclegan_tf")


class Checkpoints:
    """The states of a model in the checkpoints/ folder of a run.

    Args:
        folder: made when the first checkpoint is saved.
        keep: how many of the newest are kept.
    """

    def __init__(self, folder: Path, keep: int):
        self.files = CheckpointFolder(folder, keep)

    def save(self, model: GeneratorPair, *, data_fingerprint: str = "", metrics: dict | None = None) -> Path:
        """Write a checkpoint of the model's present step, whole or not at all, and prune older ones.

        Args:
            model: a compiled model.
            data_fingerprint: of the data set, whose order follows from the step.
            metrics: logged values by name.

        Returns:
            The checkpoint's folder, such as checkpoints/step-00001000.

        Raises:
            OutputError: if it cannot be written; earlier checkpoints are untouched.
        """
        about = {"seed": model.seed, "data": data_fingerprint, "metrics": metrics or {}}
        return self.files.write(int(model.step.numpy()), to_bytes(training_state(model)), about)

    def restore_latest(self, model: GeneratorPair) -> dict:
        """Restore a compiled model from the newest checkpoint that is whole.

        It may be of another precision: the loss scale of float16 then begins anew, or is left out. A damaged
        one is set aside under the suffix .corrupt, with a warning, and the one before it is taken.

        Args:
            model: compiled like the one that was saved.

        Returns:
            The manifest of the checkpoint.

        Raises:
            ModelError: if none is left, or it is of a newer format or another architecture.
        """
        path, manifest = self.files.newest()
        state, arrays = fitted_to(training_state(model), load_arrays(path / STATE_FILE))
        assign_arrays(state, arrays, path / STATE_FILE)
        _LOGGER.info("restored %s", path)
        return manifest


def training_state(model: GeneratorPair) -> dict:
    """Return every variable of a compiled model by name.

    Weights of all networks that learn and of the averaged generators, optimisers, histories, and the step.
    Order and augmentation of the data, and the draws of the step, follow from the step and the seed.
    """
    return dict(_named_variables(model))


def _named_variables(model: GeneratorPair) -> Iterator[tuple[str, object]]:
    yield "step", model.step
    for network in model.trained_networks:
        for name, variable in network_variables(network).items():
            yield f"{network.name}/{name}", variable
    for name, optimizer in model.optimizers.items():
        yield from optimizer_variables(name, optimizer).items()
    for history in model.histories:
        yield f"{history.name}/images", history.images
        yield f"{history.name}/count", history.count
