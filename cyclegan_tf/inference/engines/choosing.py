"""The choice of an engine by measuring: the fastest that keeps the picture."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

import numpy as np

from cyclegan_tf.errors import MachineError
from cyclegan_tf.inference.engines.kinds import REFERENCE, Engine
from cyclegan_tf.measures.psnr import decibels

# PSNR to the reference below which a faster engine is not taken.
KEPT_DECIBELS = 45.0
# Fewer pictures are translated sooner than engines are compared.
FEW_PICTURES = 16
_SECONDS_OF_TURNS = 4.0
_LOGGER = logging.getLogger("cyclegan_tf")


@dataclass(frozen=True)
class Trial:
    """The measurement of an engine.

    Attributes:
        engine: which.
        decibels: the lowest PSNR of its pictures to those of the reference; infinity if they are equal.
        speed_ratio: how many times as fast as the reference it is, in turns.
    """

    engine: Engine
    decibels: float
    speed_ratio: float

    @property
    def keeps_the_picture(self) -> bool:
        """Whether nobody will see a difference."""
        return self.decibels >= KEPT_DECIBELS

    def __str__(self) -> str:
        kept = "equal to it" if np.isinf(self.decibels) else f"{self.decibels:.1f} dB PSNR to it"
        return f"{self.engine}: {self.speed_ratio:.2f} times as fast as {REFERENCE}, {kept}"


@dataclass(frozen=True)
class Verdict:
    """The engine of a translation, and why it is this one.

    Attributes:
        engine: which.
        reason: a short phrase.
        trials: what was measured; empty if nothing was.
    """

    engine: Engine
    reason: str
    trials: tuple[Trial, ...] = ()

    def to_dict(self) -> dict:
        """Return the verdict for programs, ready for JSON; decibels are None for equal pictures."""
        return {
            "name": self.engine.name,
            "precision": self.engine.precision,
            "reason": self.reason,
            "measured": [
                {
                    "name": trial.engine.name,
                    "precision": trial.engine.precision,
                    "decibels": None if np.isinf(trial.decibels) else round(trial.decibels, 1),
                    "speed_ratio": round(trial.speed_ratio, 2),
                }
                for trial in self.trials
            ],
        }

    def __str__(self) -> str:
        measured = "".join(f"; {trial}" for trial in self.trials)
        return f"{self.engine} ({self.reason}{measured})"


def choose_engine(
    engines: list[Engine], translate: Callable[[Engine, np.ndarray], np.ndarray], pictures: list[np.ndarray]
) -> Verdict:
    """Measure engines in turns on a few pictures, and take the fastest that keeps them.

    Args:
        engines: at least one.
        translate: from an engine and a uint8 or uint16 picture to its translation.
        pictures: at least one. The first is also translated to warm up; what comes after four seconds of
            measuring is left out.
    """
    others = [one for one in engines if one != REFERENCE]
    seconds, least = {one: [] for one in (REFERENCE, *others)}, dict.fromkeys(others, np.inf)
    began = 0.0
    for number, picture in enumerate([pictures[0], *pictures]):
        if number == 1:
            began = time.perf_counter()
            seconds = {engine: [] for engine in seconds}  # those of the first calls do not count
        # In turns, so that a machine that slows down slows all.
        expected, taken = _timed(translate, REFERENCE, picture)
        seconds[REFERENCE].append(taken)
        for engine in list(least):
            try:
                translated, taken = _timed(translate, engine, picture)
            except (RuntimeError, MachineError) as error:
                # Of another runtime, which may lack an operation on this processor or room for its files.
                _LOGGER.warning("%s is not used: %s", engine, str(error).splitlines()[0])
                del seconds[engine], least[engine]
                continue
            seconds[engine].append(taken)
            least[engine] = min(least[engine], _decibels(translated, expected))
        if number and time.perf_counter() - began > _SECONDS_OF_TURNS:
            break
    trials = tuple(
        Trial(engine, decibels_kept, median(seconds[REFERENCE]) / median(seconds[engine]))
        for engine, decibels_kept in least.items()
    )
    kept = [trial for trial in trials if trial.keeps_the_picture]
    best = max(kept, key=lambda trial: trial.speed_ratio, default=None)
    if best and (best.speed_ratio > 1 or REFERENCE not in engines):
        return Verdict(best.engine, f"the fastest with {KEPT_DECIBELS:g} dB or more", trials)
    return Verdict(REFERENCE, f"nothing faster with {KEPT_DECIBELS:g} dB or more", trials)


def _timed(translate: Callable, engine: Engine, picture: np.ndarray) -> tuple[np.ndarray, float]:
    start = time.perf_counter()
    return translate(engine, picture), time.perf_counter() - start


def _decibels(one: np.ndarray, other: np.ndarray) -> float:
    # 16 bits on the scale of 8.
    scale = 1.0 if one.dtype == np.uint8 else 257.0
    error = np.mean(np.square((one.astype(np.float64) - other.astype(np.float64)) / scale))
    return float(decibels(error))
