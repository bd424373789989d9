"""The writers of a run's losses, scores and grids: TensorBoard events and metrics.jsonl."""

import json
import logging
from pathlib import Path

import numpy as np
import tensorflow as tf

from video.core.disk import output_error
from video.core.files import write_atomic

NOT_LOSSES = ("learning_rate", "seconds_per_step", "generator_gradient_norm", "discriminator_gradient_norm")
_LOGGER = logging.getLogger("cyclegan_tf")


class TensorBoardWriter:
    """Writes losses and grids as TensorBoard events.

    Curves are a convenience: if they cannot be written, one warning is logged and the training continues.

    Args:
        folder: the events' folder.
    """

    def __init__(self, folder: Path):
        self.folder = folder
        self.writer: tf.summary.SummaryWriter | None = None
        self._guarded(self._open)

    def losses(self, step: int, values: dict[str, float]) -> None:
        """Write one value of each curve."""

        def write() -> None:
            for name, value in values.items():
                tf.summary.scalar(name if name in NOT_LOSSES else f"losses/{name}", value)

        self._write(step, write)

    def evaluation(self, step: int, values: dict[str, float]) -> None:
        """Write one value of each score's curve."""

        def write() -> None:
            for name, value in values.items():
                tf.summary.scalar(f"evaluation/{name}", value)

        self._write(step, write)

    def grid(self, step: int, grid: np.ndarray) -> None:
        """Write one picture, uint8 (height, width, 3)."""
        self._write(step, lambda: tf.summary.image("samples", grid[np.newaxis]))

    def _open(self) -> None:
        self.writer = tf.summary.create_file_writer(str(self.folder))
        self.writer.init()

    def _write(self, step: int, write) -> None:
        if self.writer is None:
            return

        def write_and_flush() -> None:
            with self.writer.as_default(step=step):
                write()
            self.writer.flush()

        self._guarded(write_and_flush)

    def _guarded(self, action) -> None:
        try:
            action()
        except (tf.errors.OpError, OSError) as error:
            self.writer = None
            _LOGGER.warning("no TensorBoard events, the training continues: %s: %s", self.folder, error)


class JsonLines:
    """Appends a line of JSON per entry to metrics.jsonl.

    Args:
        path: the file.
        steps_per_epoch: to say how many passes over the data a step is.
        first_step: of a resumed run; entries after it are removed.
    """

    def __init__(self, path: Path, steps_per_epoch: int, first_step: int = 0):
        self.path, self.steps_per_epoch = path, steps_per_epoch
        if path.exists():
            lines = path.read_text(errors="replace").splitlines()
            kept = [line for line in lines if _step_of(line) <= first_step]
            with write_atomic(path) as file:
                file.write("".join(f"{line}\n" for line in kept).encode())

    def losses(self, step: int, values: dict[str, float]) -> None:
        """Append a line of losses."""
        self._append({"step": step, "epoch": round(step / self.steps_per_epoch, 4), **values})

    def evaluation(self, step: int, values: dict[str, float]) -> None:
        """Append a line of scores."""
        self._append({"step": step, "evaluation": values})

    def _append(self, entry: dict) -> None:
        try:
            with self.path.open("a") as file:
                file.write(json.dumps(entry) + "\n")
        except OSError as error:
            raise output_error(error, self.path) from error


def _step_of(line: str) -> float:
    try:
        return json.loads(line)["step"]
    except ValueError:
        # Half a line, from a process that was killed: it counts as after any step.
        return float("inf")
