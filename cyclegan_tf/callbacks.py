"""What happens beside the training step, one idea each."""

import json
import time
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from cyclegan_tf.image_grid import image_grid
from cyclegan_tf.images import write_image
from cyclegan_tf.progress import ProgressDisplay
from cyclegan_tf.ranges import to_uint8, to_unit

GRID_LABELS = ("real A", "A to B", "back to A", "real B", "B to A", "back to B")
SMALLEST_CELL = 128


class EverySteps(keras.callbacks.Callback):
    """Does something at every n-th step of the run and at its last, by the model's own count.

    Args:
        every: the n.
        num_steps: steps of the whole run.
    """

    def __init__(self, every: int, num_steps: int):
        super().__init__()
        self.every, self.num_steps = every, num_steps

    def on_train_batch_end(self, batch, logs=None):
        """Counts."""
        step = int(self.model.step)
        if step % self.every == 0 or step == self.num_steps:
            self.at_step(step)

    def at_step(self, step: int) -> None:
        """Does it; `step` is how many steps are done."""
        raise NotImplementedError


class Progress(keras.callbacks.Callback):
    """Feeds the display with every step's losses.

    Args:
        display: where they are shown.
    """

    def __init__(self, display: ProgressDisplay):
        super().__init__()
        self.display = display

    def on_train_batch_end(self, batch, logs=None):
        """Shows one more step."""
        self.display.advance({name: float(value) for name, value in (logs or {}).items()})


class LossLog(EverySteps):
    """Averages the losses since the last time and hands them on.

    Args:
        every: steps between two entries.
        num_steps: steps of the whole run.
        writers: each called with (step, values by name): mean losses, learning_rate, seconds_per_step.
    """

    def __init__(self, every: int, num_steps: int, writers: list[Callable[[int, dict], None]]):
        super().__init__(every, num_steps)
        self.writers = writers
        self._losses: list[dict[str, float]] = []
        self._learning_rate = 0.0
        self._since = time.perf_counter()

    def on_train_begin(self, logs=None):
        """Starts the clock."""
        self._since = time.perf_counter()

    def on_train_batch_begin(self, batch, logs=None):
        """Notes the rate of the coming step: the optimiser moves on to the next one within it."""
        self._learning_rate = float(self.model.generator_optimizer.learning_rate)

    def on_train_batch_end(self, batch, logs=None):
        """Collects one step's losses."""
        self._losses.append({name: float(value) for name, value in logs.items()})
        super().on_train_batch_end(batch, logs)

    def at_step(self, step: int) -> None:
        """Writes the means."""
        values = {name: float(np.mean([row[name] for row in self._losses])) for name in self._losses[0]}
        values["learning_rate"] = self._learning_rate
        values["seconds_per_step"] = (time.perf_counter() - self._since) / len(self._losses)
        for write in self.writers:
            write(step, values)
        self._losses, self._since = [], time.perf_counter()


class SampleGrids(EverySteps):
    """Draws the same pictures again and again: real, translated, and cycled back.

    Args:
        every: steps between two grids.
        num_steps: steps of the whole run.
        samples: fixed uint8 pictures of A and of B, each (count, height, width, channels).
        folder: where the PNG files go.
        writers: each also called with (step, grid as uint8 (height, width, 3)).
    """

    def __init__(self, every: int, num_steps: int, samples, folder: Path, writers: list[Callable]):
        super().__init__(every, num_steps)
        self.samples, self.folder, self.writers = samples, folder, writers

    def at_step(self, step: int) -> None:
        """Draws one grid."""
        grid = sample_grid(*self.model.best_generators, *self.samples)
        write_image(self.folder / f"step-{step:08d}.png", grid)
        for write in self.writers:
            write(step, grid)


class Checkpoints(EverySteps):
    """Saves the state of the run.

    Args:
        every: steps between two checkpoints.
        num_steps: steps of the whole run.
        save: called with the model.
    """

    def __init__(self, every: int, num_steps: int, save: Callable):
        super().__init__(every, num_steps)
        self.save = save

    def at_step(self, step: int) -> None:
        """Saves."""
        self.save(self.model)


class TensorBoardWriter:
    """Writes losses and grids as TensorBoard events.

    Args:
        folder: the events' folder.
    """

    def __init__(self, folder: Path):
        self.writer = tf.summary.create_file_writer(str(folder))

    def losses(self, step: int, values: dict[str, float]) -> None:
        """Writes one value of each curve."""
        with self.writer.as_default(step=step):
            for name, value in values.items():
                is_loss = name not in ("learning_rate", "seconds_per_step")
                tf.summary.scalar(f"losses/{name}" if is_loss else name, value)
        self.writer.flush()

    def grid(self, step: int, grid: np.ndarray) -> None:
        """Writes one picture."""
        with self.writer.as_default(step=step):
            tf.summary.image("samples", grid[np.newaxis])
        self.writer.flush()


class JsonLines:
    """Appends a line of JSON per entry, as metrics.jsonl has it.

    Args:
        path: the file.
        steps_per_epoch: to say how many passes over the data a step is.
        first_step: entries behind it, of a run that is resumed, are taken out.
    """

    def __init__(self, path: Path, steps_per_epoch: int, first_step: int = 0):
        self.path, self.steps_per_epoch = path, steps_per_epoch
        if path.exists():
            lines = path.read_text().splitlines()
            kept = [line for line in lines if json.loads(line)["step"] <= first_step]
            path.write_text("".join(f"{line}\n" for line in kept))

    def losses(self, step: int, values: dict[str, float]) -> None:
        """Appends one line."""
        entry = {"step": step, "epoch": round(step / self.steps_per_epoch, 4), **values}
        with self.path.open("a") as file:
            file.write(json.dumps(entry) + "\n")


def sample_grid(generator_ab, generator_ba, pictures_a: np.ndarray, pictures_b: np.ndarray) -> np.ndarray:
    """Draws real, translated and cycled pictures of both directions side by side.

    Args:
        generator_ab: from A to B.
        generator_ba: from B to A.
        pictures_a: uint8 (count, height, width, channels).
        pictures_b: as many of B.

    Returns:
        uint8 (height, width, 3), a row for each picture.
    """
    forward = [pictures_a, *_there_and_back(generator_ab, generator_ba, pictures_a)]
    backward = [pictures_b, *_there_and_back(generator_ba, generator_ab, pictures_b)]
    scale = max(1, SMALLEST_CELL // pictures_a.shape[2])
    return image_grid(list(zip(*forward, *backward)), labels=GRID_LABELS, scale=scale)


def _there_and_back(there, back, pictures: np.ndarray):
    translated = there(to_unit(tf.constant(pictures)), training=False)
    return to_uint8(translated).numpy(), to_uint8(back(translated, training=False)).numpy()
