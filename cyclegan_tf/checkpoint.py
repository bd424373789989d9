"""Checkpoints: all that a run needs to go on as if it had never stopped."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

from cyclegan_tf.cyclegan import CycleGAN
from cyclegan_tf.errors import ModelError
from cyclegan_tf.files import remove_leftovers, replace_folder, sha256
from cyclegan_tf.weights import assign_arrays, load_arrays, network_variables, save_arrays

FORMAT = 1
STATE_FILE = "state.safetensors"
MANIFEST_FILE = "checkpoint.json"


def training_state(model: CycleGAN) -> dict:
    """Returns every variable of a compiled model by name.

    Weights of the four networks and the averaged generators, both optimisers, both histories, and the step.
    Order and augmentation of the data, and the draws of the step, follow from the step and the seed.
    """
    return dict(_named_variables(model))


def save_checkpoint(folder: Path, model: CycleGAN, *, keep: int) -> Path:
    """Writes a checkpoint of the model's present step, whole or not at all, and prunes older ones.

    Args:
        folder: the run's checkpoints/ folder; made if needed.
        model: a compiled model.
        keep: how many of the newest checkpoints stay, this one included.

    Returns:
        The checkpoint's folder, such as checkpoints/step-00001000.

    Raises:
        OutputError: if it cannot be written; earlier checkpoints are untouched.
    """
    folder.mkdir(parents=True, exist_ok=True)
    step = int(model.step.numpy())
    path = folder / f"step-{step:08d}"
    with replace_folder(path) as aside:
        save_arrays(aside / STATE_FILE, training_state(model))
        manifest = {
            "format": FORMAT,
            "step": step,
            "seed": model.seed,
            "sha256": {STATE_FILE: sha256(aside / STATE_FILE)},
        }
        (aside / MANIFEST_FILE).write_text(json.dumps(manifest, indent=2) + "\n")
    for old in list_checkpoints(folder)[:-keep]:
        # The manifest first: without it what is left, should this be cut short, is no checkpoint.
        (old / MANIFEST_FILE).unlink()
        shutil.rmtree(old)
    return path


def list_checkpoints(folder: Path) -> list[Path]:
    """Returns the checkpoints of a run's checkpoints/ folder, oldest first."""
    return sorted(path for path in folder.glob("step-*") if (path / MANIFEST_FILE).is_file())


def restore_latest(folder: Path, model: CycleGAN) -> Path:
    """Gives a compiled model the state of the newest checkpoint.

    Args:
        folder: the run's checkpoints/ folder.
        model: compiled as the one that was saved.

    Returns:
        The checkpoint's folder.

    Raises:
        ModelError: if there is none, it is damaged, of a newer format or of another architecture.
    """
    if folder.is_dir():
        remove_leftovers(folder)
    checkpoints = list_checkpoints(folder)
    if not checkpoints:
        raise ModelError(f"no checkpoint in {folder}", fix="start the run anew with --fresh")
    restore_checkpoint(checkpoints[-1], model)
    return checkpoints[-1]


def restore_checkpoint(path: Path, model: CycleGAN) -> None:
    """Gives a compiled model the state of one checkpoint; errors as in `restore_latest`."""
    manifest = json.loads((path / MANIFEST_FILE).read_text())
    if manifest["format"] > FORMAT:
        raise ModelError(
            f"checkpoint of a newer format: {path}",
            detail=f"expected format {FORMAT} or older; found {manifest['format']}",
            fix="update cyclegan-tf",
        )
    state_file = path / STATE_FILE
    if not state_file.is_file() or sha256(state_file) != manifest["sha256"][STATE_FILE]:
        raise ModelError(
            f"damaged checkpoint: {path}",
            detail=f"the checksum of {STATE_FILE} is not the one that was saved",
            fix=f"move {path.name} away; --resume then takes the checkpoint before it",
        )
    assign_arrays(training_state(model), load_arrays(state_file), state_file)


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
