"""The Keras callbacks of a training run.

Keras converts the values in `logs` to floats before it calls a callback.
"""

import logging
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from cyclegan_tf.errors import DivergedError
from cyclegan_tf.images.grid import image_grid
from cyclegan_tf.images.writing import Output, write_output
from cyclegan_tf.networks.ranges import to_levels, to_unit
from cyclegan_tf.system.progress import ProgressDisplay
from cyclegan_tf.training.guard import ADVICE, find_non_finite, has_won, signs
from cyclegan_tf.training.replicas import steps_done

GRID_LABELS = ("real A", "A to B", "back to A", "real B", "B to A", "back to B")
SMALLEST_CELL = 128
_LOGGER = logging.getLogger("cyclegan_tf")


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
        """Count."""
        step = steps_done(self.model)
        if self.is_due(step):
            self.at_step(step)

    def is_due(self, step: int) -> bool:
        """Return whether it is due after `step` steps."""
        return step % self.every == 0 or step == self.num_steps

    def at_step(self, step: int) -> None:
        """Do it; `step` is the number of steps done."""
        raise NotImplementedError


class Progress(keras.callbacks.Callback):
    """Feeds the display with every step's losses, the mean of both directions of each.

    Args:
        display: where they are shown.
    """

    def __init__(self, display: ProgressDisplay):
        super().__init__()
        self.display = display

    def on_train_batch_end(self, batch, logs=None):
        """Show one more step."""
        losses = {name: value for name, value in logs.items() if not name.endswith("_norm")}
        kinds: dict[str, list[float]] = {}
        for name, value in losses.items():
            kinds.setdefault(name.rpartition("_")[0] or name, []).append(value)
        self.display.advance({kind: float(np.mean(values)) for kind, values in kinds.items()})


class LossLog(EverySteps):
    """Averages the losses since the last entry and passes them to writers.

    Args:
        every: steps between two entries.
        num_steps: steps of the whole run.
        writers: each called with (step, values by name): mean losses, learning_rate, seconds_per_step.

    Attributes:
        latest: the values of the last entry.
    """

    def __init__(
        self, every: int, num_steps: int, writers: Sequence[Callable[[int, dict[str, float]], None]]
    ):
        super().__init__(every, num_steps)
        self.writers = writers
        self.latest: dict[str, float] = {}
        self._losses: list[dict[str, float]] = []
        self._learning_rate = 0.0
        self._since = time.perf_counter()

    def on_train_begin(self, logs=None):
        """Start the clock."""
        self._since = time.perf_counter()

    def on_train_batch_begin(self, batch, logs=None):
        """Note the rate of the coming step: the optimiser advances to the next one during it."""
        self._learning_rate = float(tf.convert_to_tensor(self.model.generator_optimizer.learning_rate))

    def on_train_batch_end(self, batch, logs=None):
        """Collect one step's losses."""
        self._losses.append(logs)
        super().on_train_batch_end(batch, logs)

    def at_step(self, step: int) -> None:
        """Write the means."""
        values = {name: float(np.mean([row[name] for row in self._losses])) for name in self._losses[0]}
        values["learning_rate"] = self._learning_rate
        values["seconds_per_step"] = (time.perf_counter() - self._since) / len(self._losses)
        for write in self.writers:
            write(step, values)
        self.latest = values
        self._losses, self._since = [], time.perf_counter()


class SampleGrids(EverySteps):
    """Draws grids of the same pictures: real, translated, and cycled back, or as `draw` does.

    Args:
        every: steps between two grids.
        num_steps: steps of the whole run.
        samples: fixed uint8 pictures of A and of B, each (count, height, width, channels).
        folder: where the PNG files go.
        writers: each also called with (step, grid as uint8 (height, width, 3)).
        draw: from a model and the samples to a grid; None draws a `sample_grid`.
    """

    def __init__(
        self,
        every: int,
        num_steps: int,
        samples,
        folder: Path,
        writers: list[Callable],
        draw: Callable | None = None,
    ):
        super().__init__(every, num_steps)
        self.samples, self.folder, self.writers, self.draw = samples, folder, writers, draw or _cycle_grid

    def at_step(self, step: int) -> None:
        """Draw one grid."""
        grid = self.draw(self.model, self.samples)
        write_output(self.folder / f"step-{step:08d}.png", Output(grid))
        for write in self.writers:
            write(step, grid)


class SaveEvery(EverySteps):
    """Saves the state of the run every so many steps, every so many minutes, and at the last step.

    Args:
        every: steps between two checkpoints.
        num_steps: steps of the whole run.
        minutes: the longest time between two checkpoints.
        save: called with the model.
        agree: from whether this host finds it due, as 0 or 1, to whether any does; all save or none.
    """

    def __init__(
        self,
        every: int,
        num_steps: int,
        minutes: float,
        save: Callable,
        agree: Callable[[int], int] = int,
    ):
        super().__init__(every, num_steps)
        self.seconds, self.save, self.agree = minutes * 60, save, agree
        self._last = time.monotonic()

    def is_due(self, step: int) -> bool:
        """Return whether enough steps or minutes have passed."""
        due = super().is_due(step) or time.monotonic() - self._last >= self.seconds
        return bool(self.agree(int(due)))

    def at_step(self, step: int) -> None:
        """Save."""
        self.save(self.model)
        self._last = time.monotonic()


class Guard(EverySteps):
    """Stops a run that has diverged, before anything is saved, and warns of signs of a bad one.

    Args:
        every: steps between two checks of the samples.
        num_steps: steps of the whole run.
        samples: fixed uint8 pictures of A and of B, each (count, height, width, channels).
        adversarial: name of the adversarial loss, whose scale decides when a discriminator has won.
        overflows: consecutive steps whose gradients may overflow: many under float16, where loss
            scaling finds its level that way; otherwise 0.
        patience: consecutive checks that must agree before a warning.
    """

    def __init__(self, every: int, num_steps: int, samples, adversarial: str, *, overflows=0, patience=3):
        super().__init__(every, num_steps)
        self.samples, self.adversarial, self.overflows, self.patience = (
            samples,
            adversarial,
            overflows,
            patience,
        )
        self._overflowed = 0
        self._losses: list[dict[str, float]] = []
        self._in_a_row: Counter = Counter()

    def on_train_batch_end(self, batch, logs=None):
        """Check one step's values."""
        self._check_finite(logs)
        judges = ("discriminator_a", "discriminator_b")
        self._losses.append({name: logs[name] for name in judges if name in logs})
        super().on_train_batch_end(batch, logs)

    def at_step(self, step: int) -> None:
        """Check translations of the samples, and the discriminators' losses since the last check."""
        found = self._signs_in_samples() | self._winners()
        for sign in found | set(self._in_a_row):
            self._in_a_row[sign] = self._in_a_row[sign] + 1 if sign in found else 0
            if self._in_a_row[sign] == self.patience:
                subject, name = sign
                _LOGGER.warning("step %d, %s: %s", step, subject, ADVICE[name])
        self._losses = []

    def _check_finite(self, values: dict[str, float]) -> None:
        # Losses first: under float16 a norm may overflow, a loss may not, and one must not hide the other.
        name = find_non_finite(dict(sorted(values.items(), key=lambda item: item[0].endswith("_norm"))))
        is_overflow = name is not None and name.endswith("_norm")
        self._overflowed = self._overflowed + 1 if is_overflow else 0
        if name is None or (is_overflow and self._overflowed <= self.overflows):
            return
        raise DivergedError(
            f"the training has diverged at step {steps_done(self.model)}",
            detail=f"{name} is {values[name]}; this state was not saved",
        )

    def _signs_in_samples(self) -> set[tuple[str, str]]:
        if not len(self.samples[0]):
            return set()
        pairs = zip(("generator_ab", "generator_ba"), self.model.inference_generators, self.samples)
        found = {name: signs(images, translate(net, images)) for name, net, images in pairs if net}
        return {(name, sign) for name, some in found.items() for sign in some}

    def _winners(self) -> set[tuple[str, str]]:
        means = {name: float(np.mean([row[name] for row in self._losses])) for name in self._losses[0]}
        return {(name, "won") for name, mean in means.items() if has_won(self.adversarial, mean)}


def translate(generator: keras.Model, pictures: np.ndarray) -> np.ndarray:
    """Translate uint8 pictures of a size the generator takes, (count, height, width, channels)."""
    return to_levels(generator(to_unit(tf.constant(pictures)), training=False)).numpy()


def sample_grid(generator_ab, generator_ba, pictures_a: np.ndarray, pictures_b: np.ndarray) -> np.ndarray:
    """Draw real, translated and cycled pictures of both directions side by side.

    Args:
        generator_ab: from A to B.
        generator_ba: from B to A.
        pictures_a: uint8 (count, height, width, channels).
        pictures_b: the same number of B.

    Returns:
        uint8 (height, width, 3), a row for each picture.
    """
    forward = [pictures_a, *_there_and_back(generator_ab, generator_ba, pictures_a)]
    backward = [pictures_b, *_there_and_back(generator_ba, generator_ab, pictures_b)]
    scale = max(1, SMALLEST_CELL // pictures_a.shape[2])
    return image_grid(list(zip(*forward, *backward)), labels=GRID_LABELS, scale=scale)


def _cycle_grid(model, samples) -> np.ndarray:
    return sample_grid(*model.inference_generators, *samples)


def _there_and_back(there, back, pictures: np.ndarray):
    translated = there(to_unit(tf.constant(pictures)), training=False)
    return to_levels(translated).numpy(), to_levels(back(translated, training=False)).numpy()
