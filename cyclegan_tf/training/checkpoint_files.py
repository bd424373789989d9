"""Checkpoints on the disk: whole or not at all when written, checked when read. Needs no TensorFlow."""

import json
import logging
import re
from dataclasses import dataclass
from pathlib import Path

from cyclegan_tf.errors import ModelError
from video.core.disk import output_error
from video.core.files import make_folder, remove_whole, replace_folder, sha256
from video.core.leftovers import remove_leftovers

# 2 has the histories of several devices; a checkpoint of one device is still of 1.
FORMAT = 2
ONE_DEVICE = 1
STATE_FILE = "state.safetensors"
MANIFEST_FILE = "checkpoint.json"
_NAME = re.compile(r"step-(\d{8,})")
_LOGGER = logging.getLogger("cyclegan_tf")


@dataclass(frozen=True)
class CheckpointFolder:
    """The checkpoints/ folder of a run.

    Attributes:
        folder: made when the first checkpoint is written.
        keep: how many of the newest are kept.
    """

    folder: Path
    keep: int

    def write(self, step: int, state: bytes, about: dict) -> Path:
        """Write a checkpoint, whole or not at all, and prune older ones.

        Args:
            step: how many steps are done.
            state: content of the state file.
            about: further fields of the manifest; "metrics" holds logged values by name, "format" the number
                of the format, unless it is that of one device.

        Returns:
            The checkpoint's folder, such as checkpoints/step-00001000.

        Raises:
            OutputError: if it cannot be written; earlier checkpoints are untouched.
        """
        path = self.folder / f"step-{step:08d}"
        make_folder(self.folder)
        with replace_folder(path, size_bytes=len(state)) as aside:
            (aside / STATE_FILE).write_bytes(state)
            checksums = {STATE_FILE: sha256(aside / STATE_FILE)}
            manifest = {"format": ONE_DEVICE, "step": step, **about, "sha256": checksums}
            (aside / MANIFEST_FILE).write_text(json.dumps(manifest, indent=2) + "\n")
        self._prune()
        return path

    def paths(self) -> list[Path]:
        """Return the checkpoints, oldest first."""
        if not self.folder.is_dir():
            return []
        found = [path for path in self.folder.iterdir() if _NAME.fullmatch(path.name) and path.is_dir()]
        return sorted(found, key=_step)

    def newest(self) -> tuple[Path, dict]:
        """Return the newest checkpoint that is whole, and its manifest.

        What killed processes left is removed. A damaged checkpoint is set aside under the suffix .corrupt,
        with a warning, and the one before it is taken.

        Raises:
            ModelError: if none is left, or it is of a newer format.
        """
        remove_leftovers(self.folder)
        for path in reversed(self.paths()):
            reason = find_damage(path)
            if reason is None:
                return path, _read(path)
            aside = _set_aside(path)
            _LOGGER.warning(
                "damaged checkpoint: %s; moved to %s; taking the one before it", reason, aside.name
            )
        raise ModelError(
            f"no valid checkpoint in {self.folder}",
            detail="a resumed run never starts from the beginning",
            fix="put a checkpoint back, or start again with --overwrite",
        )

    def _prune(self) -> None:
        for path in self.paths()[: -self.keep]:
            remove_whole(path)


def find_damage(path: Path) -> str | None:
    """Return what is wrong with a checkpoint's files, or None if they are as they were written.

    Raises:
        ModelError: if it is of a newer format, which may keep other files.
    """
    try:
        manifest = _read(path)
        newer, expected = manifest["format"] > FORMAT, manifest["sha256"]
    except (ValueError, KeyError, TypeError, OSError) as error:
        return f"{path / MANIFEST_FILE} cannot be read ({error!r})"
    if newer:
        raise ModelError(
            f"checkpoint of a newer format: {path}",
            detail=f"expected format {FORMAT} or older; found {manifest['format']}",
            fix="update cyclegan-tf",
        )
    if not (path / STATE_FILE).is_file():
        return f"{path / STATE_FILE} is missing"
    if expected != {STATE_FILE: sha256(path / STATE_FILE)}:
        return f"the checksum of {path / STATE_FILE} is not the one that was saved"
    return None


def _read(path: Path) -> dict:
    return json.loads((path / MANIFEST_FILE).read_text())


def _step(path: Path) -> int:
    return int(_NAME.fullmatch(path.name)[1])


def _set_aside(path: Path) -> Path:
    names = (f"{path.name}{suffix}.corrupt" for suffix in ("", *(f"-{number}" for number in range(2, 1000))))
    aside = next(path.with_name(name) for name in names if not path.with_name(name).exists())
    try:
        return path.rename(aside)
    except OSError as error:
        raise output_error(error, aside) from error
