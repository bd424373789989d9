"""How to go on with a run: commands that work from any folder."""

import shlex

from cyclegan_tf.models.run import CARD_FILE, Run
from cyclegan_tf.reports.run_files import FINISHED, GOING, RunFiles

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
    folder = shlex.quote(str(run.folder))
    resume, found = run.resume_command, []
    if files.state == FINISHED and files.values.get("train.steps"):
        found.append(("Train longer", f"{resume} --set train.steps={2 * files.values['train.steps']}"))
    elif files.state == FINISHED and files.values.get("train.epochs"):
        found.append(("Train longer", f"{resume} --set train.epochs={2 * files.values['train.epochs']}"))
    elif files.state != GOING and run.checkpoints.is_dir():
        found.append(("Resume the training", resume))
    if (run.model / CARD_FILE).is_file():
        found += _uses(files, folder)
    curves = shlex.quote(str(run.tensorboard))
    found.append(("Watch the curves as they grow", f"tensorboard --logdir {curves}"))
    found.append(("Write this page again", f"cyclegan-tf report {folder}"))
    return found


def _uses(files: RunFiles, folder: str) -> list[tuple[str, str]]:
    uses = [
        ("Translate pictures, A to B", f"cyclegan-tf image PHOTOS TRANSLATED --model {folder}"),
        (
            "Translate pictures, B to A",
            f"cyclegan-tf image PHOTOS TRANSLATED --model {folder} --direction ba",
        ),
    ]
    if all(files.values.get(f"data.channels_{domain}", _RGB) == _RGB for domain in "ab"):
        uses.append(("Translate a clip", f"cyclegan-tf video IN.mp4 OUT.mp4 --model {folder}"))
    return [*uses, ("Export the model", f"cyclegan-tf export MODEL.onnx --model {folder}")]
