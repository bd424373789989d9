"""The proof of an export: its own runtime, in a fresh process, gives what the model gives."""

import math
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cyclegan_tf.errors import ModelError
from cyclegan_tf.exporters.formats import Tolerance


@dataclass(frozen=True)
class Difference:
    """How far an export is from the model, over all compared pictures.

    Attributes:
        largest: of a pixel, in grey levels.
        mean: in grey levels.
        decibels: peak signal-to-noise ratio; None if nothing differs.
    """

    largest: int
    mean: float
    decibels: float | None

    def within(self, tolerance: Tolerance) -> bool:
        """Tell whether an export may be so far from the model."""
        close = self.decibels is None or self.decibels >= tolerance.decibels
        return close and self.largest <= tolerance.grey_levels


def difference(found: list[np.ndarray], expected: list[np.ndarray]) -> Difference:
    """Compare pictures, uint8, with as many expected ones of the same shapes.

    Raises:
        ModelError: if they are of another shape.
    """
    shapes, wanted = [picture.shape for picture in found], [picture.shape for picture in expected]
    if shapes != wanted:
        raise ModelError(
            "the export gives pictures of another size than the model",
            detail=f"expected {wanted}; found {shapes}",
            fix="nothing was written; please report this",
        )
    pairs = zip(found, expected)
    apart = np.concatenate([np.abs(one.astype(int) - other).ravel() for one, other in pairs])
    squared = float(np.mean(np.square(apart)))
    decibels = 10 * math.log10(255**2 / squared) if squared else None
    return Difference(int(apart.max()), float(apart.mean()), decibels)


def run_in_fresh_process(code: str, path: Path, batches: list[np.ndarray]) -> list[np.ndarray]:
    """Translate pictures with an export by its own runtime, in a process that knows nothing of us.

    Args:
        code: a script of three arguments: the export, an .npz file of inputs, one to write.
        path: the export; the script sees it under the usual suffix.
        batches: uint8 (batch, height, width, channels) each.

    Raises:
        ModelError: with the last line that the script said, if it fails.
    """
    names = [f"batch_{index}" for index in range(len(batches))]
    with tempfile.TemporaryDirectory() as scratch:
        given, result = Path(scratch, "inputs.npz"), Path(scratch, "outputs.npz")
        np.savez(given, **dict(zip(names, batches)))
        command = [sys.executable, "-P", "-c", code, str(path), str(given), str(result)]
        process = subprocess.run(command, capture_output=True, text=True, check=False, cwd=scratch)
        if process.returncode:
            raise ModelError(
                f"the export cannot be loaded again: {path}",
                detail=process.stderr.strip().splitlines()[-1] if process.stderr.strip() else "",
                fix="nothing was written; please report this",
            )
        with np.load(result) as outputs:
            return [outputs[name] for name in names]
