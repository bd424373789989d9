"""The layout of a run folder, and the model that a path names."""

import logging
import shlex
from dataclasses import dataclass
from pathlib import Path

from cyclegan_tf.errors import ModelError, UsageError
from cyclegan_tf.models.bundled import CARD_FILE, bundled_models

RUNS = Path("runs")
# What the name of a bundled model's student ends in.
FAST = "-fast"
_LOGGER = logging.getLogger("cyclegan_tf")
FOREIGN_SUFFIXES = (".keras", ".h5", ".hdf5", ".pb", ".pth", ".pt", ".ckpt", ".pkl")


@dataclass(frozen=True)
class Run:
    """The folder of a run and the paths in it.

    Attributes:
        folder: output.folder/name.
    """

    folder: Path

    @property
    def config(self) -> Path:
        """The resolved configuration."""
        return self.folder / "config.yaml"

    @property
    def checkpoints(self) -> Path:
        """Checkpoints to resume from."""
        return self.folder / "checkpoints"

    @property
    def model(self) -> Path:
        """The latest model."""
        return self.folder / "model"

    @property
    def best(self) -> Path:
        """The model of the best evaluation."""
        return self.folder / "best"

    @property
    def evaluations(self) -> Path:
        """A folder for each evaluation, and the features of the real pictures."""
        return self.folder / "evaluations"

    @property
    def samples(self) -> Path:
        """Grids of fixed samples."""
        return self.folder / "samples"

    @property
    def answers(self) -> Path:
        """What the teacher of a student made of the training pictures."""
        return self.folder / "answers"

    @property
    def metrics(self) -> Path:
        """Losses, as lines of JSON."""
        return self.folder / "metrics.jsonl"

    @property
    def tensorboard(self) -> Path:
        """TensorBoard events."""
        return self.folder / "tensorboard"

    @property
    def summary(self) -> Path:
        """How the run ended; missing until then."""
        return self.folder / "summary.json"

    @property
    def report(self) -> Path:
        """The page about the run."""
        return self.folder / "report.html"

    @property
    def data_check(self) -> Path:
        """What the last look at the data set found."""
        return self.folder / "data_check.json"


def holds_model(path: Path) -> bool:
    """Return whether a path is a model folder or a run folder, not for example a clip."""
    return any(place.is_file() for place in (path / CARD_FILE, Run(path).model / CARD_FILE, Run(path).config))


def is_part_of_model(path: Path) -> bool:
    """Return whether a file, by its name, is part of a model of any program, and not a clip."""
    return path.name == CARD_FILE or path.suffix.lower() in (".safetensors", *FOREIGN_SUFFIXES)


def find_model(path: Path | None, runs: Path = RUNS) -> Path:
    """Find the model folder that a path names.

    Args:
        path: a model folder, a run folder, or the name of a bundled model; None for the newest finished
            run, or a bundled model where there is none.
        runs: where runs are, if path is None.

    Raises:
        UsageError: if there is no finished run.
        ModelError: if path does not exist or holds no model.
    """
    if path is None:
        return _newest_finished(runs)
    if not path.exists() and str(path) in bundled_models():
        return bundled_models()[str(path)]
    if not path.exists():
        raise ModelError(f"no model at {path}", fix="give the folder of a run or of a model")
    for folder in (path, Run(path).model):
        if (folder / CARD_FILE).is_file():
            return folder
    if path.suffix.lower() in FOREIGN_SUFFIXES:
        raise ModelError(
            f"not a model of this program: {path}",
            detail="files of other programs can carry code, so a whole model is never loaded from one",
            fix=f"take its weights over with `cyclegan-tf import {path} FOLDER`, and give FOLDER",
        )
    raise ModelError(
        f"not a model: {path}",
        detail=f"expected a model folder with {CARD_FILE}, or a run folder with model/{CARD_FILE}",
        fix="give the folder that `cyclegan-tf fit` wrote",
    )


def find_student(path: Path | None, runs: Path = RUNS) -> Path:
    """Find the student that comes with the package for a bundled model.

    Args:
        path: of the model, as of `find_model`.
        runs: as there.

    Raises:
        ModelError: as `find_model`, or the model has no such student.
        UsageError: as `find_model`.
    """
    folder = find_model(path, runs)
    for name, place in bundled_models().items():
        if place == folder:
            student = name if name.endswith(FAST) else f"{name}{FAST}"
            if student in bundled_models():
                return bundled_models()[student]
    taught = " or ".join(name for name in bundled_models() if f"{name}{FAST}" in bundled_models())
    raise ModelError(
        f"no fast student of {folder} comes with the package",
        detail="expected a bundled model that has one",
        fix=f"train one with `cyclegan-tf distill {shlex.quote(str(path or folder))} --data DATA`, "
        f"and give its run with --model; or give --model {taught}",
    )


def _newest_finished(runs: Path) -> Path:
    finished = [
        Run(path) for path in runs.glob("*") if Run(path).summary.is_file() and Run(path).model.is_dir()
    ]
    if not finished and bundled_models():
        name, folder = next(iter(bundled_models().items()))
        _LOGGER.info("no finished run in %s; the model is the bundled %s", runs, name)
        return folder
    if not finished:
        raise UsageError(
            f"no finished run in {runs}",
            detail="expected --model, or a run that has ended",
            fix="train with `cyclegan-tf fit DATA`, or give --model FOLDER",
        )
    return max(finished, key=lambda run: run.summary.stat().st_mtime).model
