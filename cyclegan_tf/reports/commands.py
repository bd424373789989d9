"""How to go on with a run: commands that work from any folder."""

import shlex

from cyclegan_tf.models.run import CARD_FILE, Run
from cyclegan_tf.reports.run_files import FINISHED, STOPPED, RunFiles

_RGB = 3


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
    data, model, place = (
        shlex.quote(str(path)) for path in (files.values.get("data.root") or "DATA", run.folder, out)
    )
    return f"cyclegan-tf evaluate {data} --model {model} --out {place}"


def _uses(files: RunFiles, model: str) -> list[tuple[str, str]]:
    image = f"cyclegan-tf image PHOTOS TRANSLATED --model {model}"
    found = {
        "ab": ("Translate pictures, A to B", image),
        "ba": ("Translate pictures, B to A", f"{image} --direction ba"),
    }
    # A student may know one direction alone.
    named = files.card.get("directions")
    known = named if isinstance(named, dict) and named else found
    uses = [use for direction, use in found.items() if direction in known]
    if all(files.values.get(f"data.channels_{domain}", _RGB) == _RGB for domain in "ab"):
        way = "" if "ab" in known else " --direction ba"
        uses.append(("Translate a clip", f"cyclegan-tf video IN.mp4 OUT.mp4 --model {model}{way}"))
    return [*uses, ("Export the model", f"cyclegan-tf export SAVED_MODEL --model {model}")]
