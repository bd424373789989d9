"""Scratch space for images that are written and read a few rows at a time: memory first, then files."""

import tempfile
from pathlib import Path

import numpy as np

from cyclegan_tf.errors import MachineError
from video.core.disk import DISK_FULL, format_bytes


class ScratchImage:
    """A float32 image that is written and read in rows.

    Args:
        shape: (height, width, channels).
        folder: for its unnamed file, which ends with the process; None to keep it in memory.
    """

    def __init__(self, shape: tuple[int, int, int], folder: Path | None):
        self.shape, self._folder = shape, folder
        self.size_bytes = 4 * int(np.prod(shape))
        self._row_bytes = self.size_bytes // shape[0]
        # Read and written, not memory-mapped: mapped pages would count as this process's memory.
        self._file = tempfile.TemporaryFile(dir=folder) if folder else None  # noqa: SIM115
        self._array = None if folder else np.empty(shape, np.float32)

    @property
    def in_memory(self) -> bool:
        """Whether it takes memory rather than disk."""
        return self._file is None

    def write(self, start: int, rows: np.ndarray) -> None:
        """Write rows from `start` on.

        Raises:
            MachineError: if the disk is full.
        """
        if self._file is None:
            self._array[start : start + len(rows)] = rows
            return
        try:
            self._file.seek(start * self._row_bytes)
            self._file.write(np.ascontiguousarray(rows).data)
            # Flushed now, so that a full disk is reported here and not when the rows are read.
            self._file.flush()
        except OSError as error:
            if error.errno not in DISK_FULL:
                raise
            raise MachineError(
                f"not enough scratch space in {self._folder}",
                detail=f"a layer of this picture takes {format_bytes(self.size_bytes)}",
                fix="set the environment variable TMPDIR to a folder with more space",
            ) from error

    def read(self, rows: range) -> np.ndarray:
        """Return rows that were written, (rows, width, channels)."""
        if self._file is None:
            return self._array[rows.start : rows.stop]
        result = np.empty((len(rows), *self.shape[1:]), np.float32)
        self._file.seek(rows.start * self._row_bytes)
        self._file.readinto(result.data.cast("B"))
        return result

    def close(self) -> None:
        """Free the space."""
        self._array = None
        if self._file is not None:
            self._file.close()


class ScratchSpace:
    """Makes scratch images, in memory as long as they fit.

    Args:
        memory_bytes: how much memory all of them together may take.
    """

    def __init__(self, memory_bytes: int):
        self._memory_bytes, self._images = memory_bytes, []

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        for image in self._images:
            image.close()

    def image(self, shape: tuple[int, int, int]) -> ScratchImage:
        """Make an image of (height, width, channels) float32."""
        taken = sum(image.size_bytes for image in self._images if image.in_memory)
        fits = taken + 4 * int(np.prod(shape)) <= self._memory_bytes
        image = ScratchImage(shape, None if fits else Path(tempfile.gettempdir()))
        self._images.append(image)
        return image

    def release(self, image: ScratchImage) -> None:
        """Free an image's space."""
        self._images.remove(image)
        image.close()
