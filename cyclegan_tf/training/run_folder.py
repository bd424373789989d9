"""The folder of a run before its first step: a new one, one to resume, or one to replace."""

from pathlib import Path

from cyclegan_tf.config.schema import Config
from cyclegan_tf.errors import OutputError, UsageError
from cyclegan_tf.models.run import Run, find_model
from video.core.files import remove_whole
from video.core.leftovers import remove_leftovers


def check_run_folder(run: Run, *, resume: bool, overwrite: bool) -> None:
    """Refuse to mix two runs.

    Raises:
        OutputError: if the folder holds a run and neither option says what to do, or nothing to resume.
    """
    exists = run.config.exists()
    if exists and not (resume or overwrite):
        raise OutputError(
            f"a run of this name exists: {run.folder}",
            detail="expected a new name, --resume or --overwrite",
            fix="use --resume, start over with --overwrite (which deletes it), or give another --name",
        )
    if resume and not exists:
        raise OutputError(f"no run to resume at {run.folder}", fix="leave --resume away, or check --name")


def check_origin_stays(run: Run, config: Config) -> None:
    """Refuse to empty a folder that holds the model that the new run comes from.

    Raises:
        UsageError: if it does.
        ModelError: if there is no such model.
    """
    origins = {"the teacher": config.distill.teacher, "the model to start from": config.train.start_from}
    for role, model in origins.items():
        if model is not None and find_model(Path(model)).resolve().is_relative_to(run.folder.resolve()):
            raise UsageError(
                f"the run that would be replaced holds {role}: {model}",
                detail=f"the run's folder is {run.folder}",
                fix="give another --name",
            )


def make_folder(folder: Path) -> None:
    """Make a folder with its parents.

    Raises:
        OutputError: if it cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"cannot make the folder: {folder}",
            detail=str(error),
            fix="give a folder you may write to with --set output.folder=FOLDER",
        ) from error


def empty_run_folder(run: Run) -> None:
    """Remove what an earlier run left; the lock, which is ours, stays."""
    remove_leftovers(run.folder)
    files = (run.config, run.summary, run.metrics, run.report, run.data_check)
    folders = (run.model, run.best, run.evaluations, run.samples, run.tensorboard, run.answers)
    for path in (run.checkpoints, *files, *folders):
        # A failure is an error: a checkpoint that stays would be newer than those of the new run.
        remove_whole(path)


def remove_later_evaluations(run: Run, step: int) -> None:
    """Remove the evaluations of steps that a resumed run takes again."""
    for folder in run.evaluations.glob("step_*"):
        number = folder.name.removeprefix("step_")
        if number.isdecimal() and int(number) > step:
            remove_whole(folder)
