"""The configuration of a run, from the options of the command line."""

import os
import re
from collections.abc import Callable
from pathlib import Path

import typer

from cyclegan_tf.config.loading import load_config, load_run_config
from cyclegan_tf.config.schema import Config
from cyclegan_tf.data.tfds import is_tfds
from cyclegan_tf.errors import ConfigError, UsageError
from cyclegan_tf.models.bundled import bundled_models
from cyclegan_tf.models.run import Run

GPU_PRESET, CPU_PRESET = "paper-256", "cpu-128"
NAMING_KEYS = ("name", "output.folder")
_PATH_KEYS = tuple(f"data.{name}" for name in ("root", "a", "b", "test_a", "test_b", "masks_a", "masks_b"))
_MODEL_KEYS = ("distill.teacher", "train.start_from")


def configure(
    config: str | None, overrides: dict[str, object], *, data: Path | None, a: Path | None, b: Path | None
) -> Config:
    """Resolve the configuration of a new run.

    Args:
        config: a preset's name or a YAML file; None for the preset that fits the machine.
        overrides: values by key.
        data: folder with trainA and trainB.
        a: folder of domain A, instead of data.
        b: folder of domain B, instead of data.

    Raises:
        UsageError: if no pictures are named, or twice.
        ConfigError: if the configuration is not valid.
    """
    given = {**_with_lasting_paths(overrides), **_data_overrides(data, a, b)}
    resolved = load_config(config, given) if config else _configure_by_device(given, has_gpu)
    return _with_pictures(resolved, "cyclegan-tf fit DATA")


def configure_resumed(
    config: str | None, overrides: dict[str, object], *, data: Path | None, a: Path | None, b: Path | None
) -> Config:
    """Resolve the configuration of a run to resume: its own, overridden by what is given now.

    The run is the one that `overrides` or `config` names, or else the newest. Arguments as in `configure`,
    but `data` may also be the folder of the run.

    Raises:
        UsageError: if there is no such run.
    """
    overrides = _with_lasting_paths(overrides)
    if data is not None and Run(data).config.is_file():
        # Not `Path.absolute`: the last part of the path must be the name of the run.
        folder, data = Path(os.path.abspath(data)), None
        overrides = {**overrides, "name": folder.name, "output.folder": folder.parent}
    # The others fit the run's own configuration, perhaps not the defaults.
    named = load_config(config, {key: overrides[key] for key in NAMING_KEYS if key in overrides})
    runs = Path(named.output.folder)
    path = _newest(runs) if config is None and "name" not in overrides else Run(runs / named.name).config
    if not path.is_file():
        raise UsageError(f"no run to resume: {path.parent}", fix="check --name, or start without --resume")
    return load_run_config(path, {"output.folder": runs, **overrides, **_data_overrides(data, a, b)})


def configure_student(
    model: Path,
    student: dict[str, object],
    overrides: dict[str, object],
    *,
    data: Path | None,
    a: Path | None,
    b: Path | None,
) -> Config:
    """Resolve the configuration of a student's run.

    Args:
        model: the teacher.
        student: values by key that suit a student of that teacher.
        overrides: values by key, which count more.
        data: folder with trainA and trainB.
        a: folder of domain A, instead of data.
        b: folder of domain B, instead of data.

    Raises:
        UsageError: as `configure`.
        ConfigError: likewise.
    """
    keys = {"name": f"{name_of_model(model)}-fast", "distill.teacher": lasting_model(model)}
    given = {**student, **keys, **_with_lasting_paths(overrides), **_data_overrides(data, a, b)}
    return _with_pictures(load_config(None, given), f"cyclegan-tf distill {model} --data DATA")


def lasting_model(path: Path) -> str:
    """Return what names a model from any folder: the name of a bundled one is no path."""
    is_name = not path.exists() and str(path) in bundled_models()
    return str(path) if is_name else str(path.absolute())


def has_gpu() -> bool:
    """Ask TensorFlow for a GPU, which takes seconds."""
    from cyclegan_tf.system.tensorflow import import_tensorflow

    typer.echo("looking for a GPU", err=True)
    return bool(import_tensorflow(find_devices=False).config.list_physical_devices("GPU"))


def name_of_model(path: Path) -> str:
    """Return the name of a run or model for people, in characters that the name of a run may have."""
    name = path.absolute().parent.name if path.name in ("model", "best") else path.absolute().name
    return re.sub(r"[^A-Za-z0-9._-]", "-", name).lstrip(".")[:80] or "student"


def _with_pictures(config: Config, command: str) -> Config:
    """Return a configuration that names pictures.

    Args:
        config: of the run.
        command: that names some.
    """
    if config.data.root is None and config.data.a is None:
        raise UsageError(
            "no pictures to train on",
            detail="expected DATA, a folder with trainA and trainB, or --a DIR and --b DIR",
            fix=command,
        )
    return config


def _configure_by_device(given: dict[str, object], look: Callable[[], bool]) -> Config:
    """Resolve the preset for a GPU or that for a CPU, and say which on stderr.

    Args:
        given: values by key.
        look: tells whether there is a GPU; not called where that does not matter.
    """
    resolved, refused = {}, {}
    for preset in (CPU_PRESET, GPU_PRESET):
        try:
            resolved[preset] = load_config(preset, given)
        except ConfigError as error:
            refused[preset] = error
    if not resolved:
        # Before TensorFlow starts: no machine would take it.
        raise refused[CPU_PRESET]
    wanted = next(iter(resolved.values())).train.device
    found = look() if wanted == "auto" else wanted == "gpu"
    preset = GPU_PRESET if found else CPU_PRESET
    why = f"train.device is {wanted}" if wanted != "auto" else f"there is {'a' if found else 'no'} GPU"
    typer.echo(f"preset: {preset}, since {why}; --config chooses another", err=True)
    if preset in refused:
        raise refused[preset]
    return resolved[preset]


def _newest(runs: Path) -> Path:
    configs = sorted(
        (Run(path).config for path in runs.glob("*") if Run(path).config.is_file()),
        key=lambda path: path.stat().st_mtime,
    )
    return configs[-1] if configs else Run(runs / "run").config


def _data_overrides(data: Path | None, a: Path | None, b: Path | None) -> dict[str, object]:
    if data is not None and (a is not None or b is not None):
        raise UsageError("DATA and --a/--b exclude each other", fix="give DATA, or both --a and --b")
    if (a is None) != (b is None):
        raise UsageError("--a and --b go together", fix="give both, or DATA instead")
    if data is not None:
        return {"data.root": _lasting(data), "data.a": None, "data.b": None}
    if a is not None:
        return {"data.root": None, "data.a": _lasting(a), "data.b": _lasting(b)}
    return {}


def _with_lasting_paths(overrides: dict[str, object]) -> dict[str, object]:
    """Return values by key with those that name folders and models as `_lasting` and `lasting_model` do."""
    lasting = {**dict.fromkeys(_PATH_KEYS, _lasting), **dict.fromkeys(_MODEL_KEYS, lasting_model)}
    # What is no text, or empty, is left for the configuration to judge.
    return {
        key: lasting[key](Path(value)) if key in lasting and isinstance(value, str) and value else value
        for key, value in overrides.items()
    }


def _lasting(path: Path) -> str:
    """Return a path as text that means the same from another folder, where the run may be resumed."""
    return str(path) if is_tfds(str(path)) else str(path.absolute())
