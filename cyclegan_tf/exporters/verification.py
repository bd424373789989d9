"""Verification of an export: its own runtime, in a fresh process, gives the output of the model."""

import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cyclegan_tf.errors import ModelError
from cyclegan_tf.exporters.formats import Tolerance
from cyclegan_tf.measures.psnr import decibels


@dataclass(frozen=True)
class Difference:
    """How an export differs from the model over all compared pictures.

    Attributes:
        largest: largest difference of a pixel, in grey levels.
        mean: mean difference, in grey levels.
        decibels: peak signal-to-noise ratio (PSNR); None if nothing differs.
    """

    largest: int
    mean: float
    decibels: float | None

    def within(self, tolerance: Tolerance) -> bool:
        """Return whether the difference is within a tolerance."""
        close = self.decibels is None or self.decibels >= tolerance.decibels
        return close and self.largest <= tolerance.grey_levels


def difference(found: list[np.ndarray], expected: list[np.ndarray]) -> Difference:
    """Compare pictures with the same number of expected pictures, uint8 of the same shapes.

    Raises:
        ModelError: their shapes differ.
    """
    shapes, wanted = [picture.shape for picture in found], [picture.shape for picture in expected]
    if shapes != wanted:
        raise ModelError(
            "the export gives pictures of another size than the model",
            detail=f"expected {wanted}; found {shapes}",
            fix="nothing was written; please report this",
        )
    pairs = zip(found, expected)
    errors = np.concatenate([np.abs(one.astype(int) - other).ravel() for one, other in pairs])
    psnr = float(decibels(np.mean(np.square(errors)))) if errors.any() else None
    return Difference(int(errors.max()), float(errors.mean()), psnr)


def run_in_fresh_process(code: str, path: Path, batches: list[np.ndarray]) -> list[np.ndarray]:
    """Translate pictures with an export in its own runtime, in a process that does not import this package.

    Args:
        code: a script with three arguments: the export, an .npz file of inputs, an .npz file to write.
        path: the export, under a name with the usual suffix.
        batches: uint8 (batch, height, width, channels) each.

    Raises:
        ModelError: the script failed; the detail is its last line.
    """
    names = [f"batch_{index}" for index in range(len(batches))]
    with tempfile.TemporaryDirectory() as scratch:
        inputs, result = Path(scratch, "inputs.npz"), Path(scratch, "outputs.npz")
        np.savez(inputs, **dict(zip(names, batches)))
        command = [sys.executable, "-P", "-c", code, str(path), str(inputs), str(result)]
        process = subprocess.run(command, capture_output=True, text=True, check=False, cwd=scratch)
        if process.returncode:
            raise ModelError(
                f"the export cannot be loaded again: {path}",
                detail=process.stderr.strip().splitlines()[-1] if process.stderr.strip() else "",
                fix="nothing was written; please report this",
            )
        with np.load(result) as outputs:
            return [outputs[name] for name in names]
