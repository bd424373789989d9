"""The best model of a run so far, and the callback that looks for a better one."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from cyclegan_tf.errors import ModelError
from cyclegan_tf.measures.evaluation import Evaluation, write_evaluation
from cyclegan_tf.models.card import load_card
from cyclegan_tf.training.callbacks import EverySteps

CARD_KEY = "best"


@dataclass(frozen=True)
class Record:
    """The value of a model.

    Attributes:
        metric: a choice of output.best_metric.
        network: the feature network; values of two networks do not compare.
        step: of the training.
        value: lower is better.
    """

    metric: str
    network: str
    step: int
    value: float

    def to_dict(self) -> dict:
        """Return it, ready for JSON."""
        return asdict(self)


class Best:
    """Keeps the best model of a run in its best/ folder.

    The record is read from that model's card. So a resumed run knows it, whatever step it resumes from: the
    model in the folder was measured, and the same step gives the same value again.

    Args:
        folder: of the best model; may be missing.
        metric: a choice of output.best_metric.
        network: name of the feature network.
        save: called with a model and its record, to write the folder.
        patience: steps without a better model after which a run is to stop; None never stops it.

    Attributes:
        record: of the best model; None until there is one.
        last: of the last evaluation in this session.
    """

    def __init__(self, folder: Path, metric: str, network: str, save: Callable, patience: int | None = None):
        self._metric, self._network, self._save, self._patience = metric, network, save, patience
        self.record = _read(folder)
        self.last: Record | None = None
        if self.record and (self.record.metric, self.record.network) != (metric, network):
            self.record = None

    def consider(self, model, evaluation: Evaluation) -> None:
        """Keep a model if its evaluation is better than the record."""
        value = metric_value(evaluation, self._metric)
        if value is None:
            return
        self.last = Record(self._metric, self._network, evaluation.step, value)
        if self.record is None or value < self.record.value:
            self.record = self.last
            self._save(model, self.record)

    def is_stale(self, step: int) -> bool:
        """Return whether a run is to stop after a step; a resumed run stops after the same one."""
        if self._patience is None or self.record is None:
            return False
        return step - self.record.step >= self._patience


def metric_value(evaluation: Evaluation, metric: str) -> float | None:
    """Return the value of a choice of output.best_metric; None if there are too few pictures for it.

    Args:
        evaluation: of one feature network.
        metric: name of a score; with _ab or _ba of that direction, else the mean of both.
    """
    name, _, way = metric.rpartition("_")
    if way not in evaluation.directions:
        name, way = metric, ""
    values = [
        score.value
        for direction, found in evaluation.directions.items()
        for score in found.scores
        if score.name == name and way in ("", direction)
    ]
    return float(np.mean(values)) if values else None


class EvaluateEvery(EverySteps):
    """Evaluates the model, keeps the best, and stops a run that no longer improves.

    Args:
        every: steps between two evaluations.
        num_steps: steps of the whole run.
        evaluate: from the model to an evaluation.
        folder: of the evaluations' folders.
        writers: each called with (step, values by name).
        best: keeps the best model; None keeps none.
    """

    def __init__(
        self,
        every: int,
        num_steps: int,
        evaluate: Callable,
        folder: Path,
        writers: Sequence[Callable],
        best: Best | None = None,
    ):
        super().__init__(every, num_steps)
        self.evaluate, self.folder, self.writers, self.best = evaluate, folder, writers, best

    def at_step(self, step: int) -> None:
        """Evaluate."""
        evaluation = self.evaluate(self.model)
        write_evaluation(self.folder / f"step_{step:08d}", evaluation)
        for write in self.writers:
            write(step, evaluation.values())
        if self.best is not None:
            self.best.consider(self.model, evaluation)
            self.model.stop_training = step < self.num_steps and self.best.is_stale(step)


def _read(folder: Path) -> Record | None:
    try:
        return Record(**load_card(folder).provenance[CARD_KEY])
    except (ModelError, KeyError, TypeError):
        return None
