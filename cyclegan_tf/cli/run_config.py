"""From what the command line says to the configuration of a run."""

import json
from pathlib import Path

from cyclegan_tf.config.loading import load_config
from cyclegan_tf.config.schema import Config
from cyclegan_tf.data.tfds import is_tfds
from cyclegan_tf.errors import UsageError
from cyclegan_tf.models.run import Run

DEFAULT_PRESET = "paper-256"


def configure(
    config: str | None, overrides: list[str], *, data: Path | None, a: Path | None, b: Path | None
) -> Config:
    """Resolves the configuration of a new run.

    Args:
        config: a preset's name or a YAML file; None for the paper's recipe.
        overrides: KEY=VALUE texts.
        data: folder with trainA and trainB.
        a: folder of domain A, instead of data.
        b: folder of domain B, instead of data.

    Raises:
        UsageError: if no pictures are named, or twice.
        ConfigError: if the configuration is not valid.
    """
    resolved = load_config(config or DEFAULT_PRESET, [*overrides, *_data_overrides(data, a, b)])
    if resolved.data.root is None and resolved.data.a is None:
        raise UsageError(
            "no pictures to train on",
            detail="expected DATA, a folder with trainA and trainB, or --a DIR and --b DIR",
            fix="cyclegan-tf fit DATA",
        )
    return resolved


def configure_resumed(
    config: str | None, overrides: list[str], *, data: Path | None, a: Path | None, b: Path | None
) -> Config:
    """Resolves the configuration of a run to go on with: its own, with what is given now laid over it.

    The run is the one that is named, else the configuration's, else the newest. Arguments as in `configure`.

    Raises:
        UsageError: if there is no such run.
    """
    named = load_config(config, overrides)
    is_named = config is not None or any(override.startswith("name=") for override in overrides)
    runs = Path(named.output.folder)
    path = Run(runs / named.name).config if is_named else _newest(runs)
    if not path.is_file():
        raise UsageError(f"no run to resume: {path.parent}", fix="check --name, or start without --resume")
    folder = f"output.folder={json.dumps(str(runs))}"
    return load_config(str(path), [folder, *overrides, *_data_overrides(data, a, b)])


def _newest(runs: Path) -> Path:
    configs = sorted(
        (Run(path).config for path in runs.glob("*") if Run(path).config.is_file()),
        key=lambda path: path.stat().st_mtime,
    )
    return configs[-1] if configs else Run(runs / "run").config


def _data_overrides(data: Path | None, a: Path | None, b: Path | None) -> list[str]:
    if data is not None and (a is not None or b is not None):
        raise UsageError("DATA and --a/--b exclude each other", fix="give DATA, or both --a and --b")
    if (a is None) != (b is None):
        raise UsageError("--a and --b go together", fix="give both, or DATA instead")
    if data is not None:
        return [f"data.root={_quoted(data)}", "data.a=null", "data.b=null"]
    if a is not None:
        return ["data.root=null", f"data.a={_quoted(a)}", f"data.b={_quoted(b)}"]
    return []


def _quoted(path: Path) -> str:
    if is_tfds(str(path)):
        return json.dumps(str(path))
    # Absolute, so that the run can be resumed from another folder; as JSON, which YAML reads as text.
    return json.dumps(str(path.absolute()))
