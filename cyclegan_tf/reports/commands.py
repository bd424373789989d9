"""How to go on with a run: commands that work from any folder."""

import shlex
from collections.abc import Collection, Mapping
from pathlib import Path

from cyclegan_tf.models.run import CARD_FILE, Run
from cyclegan_tf.reports.run_files import FINISHED, STOPPED, RunFiles

_RGB = 3
_NAMES = {"ab": "A to B", "ba": "B to A"}


def commands_of(files: RunFiles) -> list[tuple[str, str]]:
    """List what can be done with a run now, each with its command.

    Args:
        files: of the run.

    Returns:
        A few words and a command for each.
    """
    # From the root: the page may be read from another folder.
    run = Run(files.run.folder.absolute())
    folder, curves = (shlex.quote(str(path)) for path in (run.folder, run.tensorboard))
    resume, found = f"cyclegan-tf fit --resume {folder}", []
    if files.state == FINISHED:
        key = "train.steps" if files.values.get("train.steps") else "train.epochs"
        if isinstance(length := files.values.get(key), int):
            found.append(("Train longer", f"{resume} --set {key}={2 * length}"))
    elif files.state == STOPPED and run.checkpoints.is_dir():
        found.append(("Resume the training", resume))
    models = [model for model in (run.best, run.model) if (model / CARD_FILE).is_file()]
    if models:
        found += _uses(files, shlex.quote(str(run.folder if models[0] == run.model else models[0])))
    found.append(("Watch the curves as they grow", f"tensorboard --logdir {curves}"))
    found.append(("Write this page again", f"cyclegan-tf report {folder}"))
    return found


def evaluate_command(files: RunFiles) -> str:
    """Return the command that measures the model of a run where the next report finds it."""
    run = Run(files.run.folder.absolute())
    out = run.evaluations / f"step_{files.provenance.get('step', files.step):08d}"
    model, place = shlex.quote(str(run.folder)), shlex.quote(str(out))
    return f"cyclegan-tf evaluate {_pictures(files.values)} --model {model} --out {place}"


def _pictures(values: Mapping[str, object]) -> str:
    """Return the pictures of a run as options: one folder with all, or one of each domain."""
    if values.get("data.root"):
        return shlex.quote(str(values["data.root"]))
    folders = {domain: values.get(f"data.test_{domain}") or values.get(f"data.{domain}") for domain in "ab"}
    if not all(folders.values()):
        return "DATA"
    return " ".join(f"--{domain} {shlex.quote(str(folder))}" for domain, folder in folders.items())


def next_command(model: Path, directions: Collection[str], channels: Collection[object]) -> str:
    """Return the command that translates a clip with a new model, or pictures where it takes no clips.

    Args:
        model: run or model folder.
        directions: that it knows, of "ab" and "ba".
        channels: of the pictures of A and of B.
    """
    command = _clip_command if _is_for_clips(channels) else _image_command
    return command(shlex.quote(str(model)), _first(directions))


def _uses(files: RunFiles, model: str) -> list[tuple[str, str]]:
    # A student may know one direction alone.
    named = files.card.get("directions")
    known = named if isinstance(named, dict) and named else _NAMES
    uses = [
        (f"Translate pictures, {name}", _image_command(model, direction))
        for direction, name in _NAMES.items()
        if direction in known
    ]
    if _is_for_clips([files.values.get(f"data.channels_{domain}", _RGB) for domain in "ab"]):
        uses.append(("Translate a clip", _clip_command(model, _first(known))))
    export = f"cyclegan-tf export SAVED_MODEL --model {model}{_way(_first(known))}"
    return [*uses, ("Export the model", export)]


def _is_for_clips(channels: Collection[object]) -> bool:
    return all(number == _RGB for number in channels)


def _first(directions: Collection[str]) -> str:
    return "ab" if "ab" in directions else "ba"


def _image_command(model: str, direction: str) -> str:
    return f"cyclegan-tf image PHOTOS TRANSLATED --model {model}{_way(direction)}"


def _clip_command(model: str, direction: str) -> str:
    return f"cyclegan-tf video IN.mp4 OUT.mp4 --model {model}{_way(direction)}"


def _way(direction: str) -> str:
    return "" if direction == "ab" else f" --direction {direction}"
