"""Checkpoints: all that a run needs to go on as if it had never stopped."""

import json
import logging
import shutil
from collections.abc import Iterator
from pathlib import Path

from cyclegan_tf.cyclegan import CycleGAN
from cyclegan_tf.errors import ModelError
from cyclegan_tf.files import remove_leftovers, replace_folder, sha256
from cyclegan_tf.weights import assign_arrays, load_arrays, network_variables, save_arrays, size_bytes

FORMAT = 1
STATE_FILE = "state.safetensors"
MANIFEST_FILE = "checkpoint.json"
_LOGGER = logging.getLogger("cyclegan_tf")


class Checkpoints:
    """The checkpoints/ folder of a run.

    Args:
        folder: made when the first checkpoint is saved.
        keep: how many of the newest stay.
        best_metric: a value of the manifests; the checkpoint where it is lowest stays too.
    """

    def __init__(self, folder: Path, keep: int, best_metric: str | None = None):
        self.folder, self.keep, self.best_metric = folder, keep, best_metric

    def save(self, model: CycleGAN, *, data_fingerprint: str = "", metrics: dict | None = None) -> Path:
        """Writes a checkpoint of the model's present step, whole or not at all, and prunes older ones.

        Args:
            model: a compiled model.
            data_fingerprint: of the data set the order of which the step counts in.
            metrics: logged values by name.

        Returns:
            The checkpoint's folder, such as checkpoints/step-00001000.

        Raises:
            OutputError: if it cannot be written; earlier checkpoints are untouched.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        step = int(model.step.numpy())
        path = self.folder / f"step-{step:08d}"
        state = training_state(model)
        with replace_folder(path, size_bytes=size_bytes(state)) as aside:
            save_arrays(aside / STATE_FILE, state)
            manifest = {
                "format": FORMAT,
                "step": step,
                "seed": model.seed,
                "data": data_fingerprint,
                "metrics": metrics or {},
                "sha256": {STATE_FILE: sha256(aside / STATE_FILE)},
            }
            (aside / MANIFEST_FILE).write_text(json.dumps(manifest, indent=2) + "\n")
        self._prune()
        return path

    def paths(self) -> list[Path]:
        """Returns the checkpoints, oldest first."""
        return sorted(path for path in self.folder.glob("step-????????") if (path / MANIFEST_FILE).is_file())

    def restore_latest(self, model: CycleGAN) -> dict:
        """Gives a compiled model the state of the newest checkpoint that is whole.

        A damaged one is set aside under the suffix .corrupt, with a warning, and the one before it is taken.

        Args:
            model: compiled as the one that was saved.

        Returns:
            The manifest of the checkpoint.

        Raises:
            ModelError: if none is left, or it is of a newer format or another architecture.
        """
        if self.folder.is_dir():
            remove_leftovers(self.folder)
        for path in reversed(self.paths()):
            reason = find_damage(path)
            if reason is None:
                manifest = read_manifest(path)
                assign_arrays(training_state(model), load_arrays(path / STATE_FILE), path / STATE_FILE)
                _LOGGER.info("restored %s", path)
                return manifest
            aside = path.rename(path.with_name(f"{path.name}.corrupt"))
            _LOGGER.warning(
                "damaged checkpoint: %s; moved to %s; taking the one before it", reason, aside.name
            )
        raise ModelError(
            f"no valid checkpoint in {self.folder}",
            detail="a run never starts from scratch when it was told to go on",
            fix="put a checkpoint back, or start anew with --fresh",
        )

    def _prune(self) -> None:
        checkpoints = self.paths()
        kept = set(checkpoints[-self.keep :]) | self._best(checkpoints)
        for path in checkpoints:
            if path not in kept:
                # The manifest first: without it what is left, should this be cut short, is no checkpoint.
                (path / MANIFEST_FILE).unlink()
                shutil.rmtree(path)

    def _best(self, checkpoints: list[Path]) -> set[Path]:
        values = {
            path: _read(path)["metrics"].get(self.best_metric) for path in checkpoints if self.best_metric
        }
        measured = {path: value for path, value in values.items() if value is not None}
        return {min(measured, key=measured.get)} if measured else set()


def training_state(model: CycleGAN) -> dict:
    """Returns every variable of a compiled model by name.

    Weights of the four networks and the averaged generators, both optimisers, both histories, and the step.
    Order and augmentation of the data, and the draws of the step, follow from the step and the seed.
    """
    return dict(_named_variables(model))


def read_manifest(path: Path) -> dict:
    """Reads what a checkpoint says of itself.

    Raises:
        ModelError: if it is of a newer format.
    """
    manifest = _read(path)
    if manifest["format"] > FORMAT:
        raise ModelError(
            f"checkpoint of a newer format: {path}",
            detail=f"expected format {FORMAT} or older; found {manifest['format']}",
            fix="update cyclegan-tf",
        )
    return manifest


def find_damage(path: Path) -> str | None:
    """Returns what is wrong with a checkpoint's files, or None if they are as they were written."""
    try:
        expected = _read(path)["sha256"][STATE_FILE]
    except (ValueError, KeyError, TypeError, OSError) as error:
        return f"{path / MANIFEST_FILE} cannot be read ({error})"
    if not (path / STATE_FILE).is_file():
        return f"{path / STATE_FILE} is missing"
    if sha256(path / STATE_FILE) != expected:
        return f"the checksum of {path / STATE_FILE} is not the one that was saved"
    return None


def _read(path: Path) -> dict:
    return json.loads((path / MANIFEST_FILE).read_text())


def _named_variables(model: CycleGAN) -> Iterator[tuple[str, object]]:
    yield "step", model.step
    networks = [model.generator_ab, model.generator_ba, model.discriminator_a, model.discriminator_b]
    networks += [model.ema_generator_ab, model.ema_generator_ba]
    for network in filter(None, networks):
        for name, variable in network_variables(network).items():
            yield f"{network.name}/{name}", variable
    for name in ("generator_optimizer", "discriminator_optimizer"):
        for index, variable in enumerate(getattr(model, name).variables):
            # Layers of the two networks of an optimiser share their names, so the place tells them apart.
            yield f"{name}/{index:03d}_{variable.path}", variable
    for history in (model.history_a, model.history_b):
        yield f"{history.name}/images", history.images
        yield f"{history.name}/count", history.count
