"""Configuration: defaults, then a YAML file or preset, then single keys from the command line.

A later layer overrides an earlier one key by key. The length of a run has two keys: a layer that sets
`train.steps` also replaces `train.epochs` of the layers before it, and the other way round.
"""

import functools
import logging
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from pydantic import ValidationError

from cyclegan_tf.config.messages import expected, fields_by_key, problems_of
from cyclegan_tf.config.rules import Problem
from cyclegan_tf.config.schema import REMOVED_KEYS, RENAMED_KEYS, Config
from cyclegan_tf.config.yaml_loader import dump_yaml, parse_scalar, parse_yaml, read_yaml
from cyclegan_tf.errors import ConfigError, UsageError

_LOGGER = logging.getLogger("cyclegan_tf")
_OTHER_LENGTH = {"train.steps": "epochs", "train.epochs": "steps"}


def load_config(
    path_or_preset_name: str | Path | None = None, overrides: Mapping[str, object] | Iterable[str] = ()
) -> Config:
    """Load a configuration and check all of it.

    Args:
        path_or_preset_name: a YAML file, which may set only some keys; or a preset such as "cpu-128" (a
            file of that very name is meant by "./cpu-128"); None for the defaults.
        overrides: single keys, as {"train.steps": 100} or as texts "train.steps=100", the value as in YAML;
            of two for one key the last wins.

    Returns:
        The configuration with every key filled in.

    Raises:
        UsageError: if there is no such file or preset, or an override has no "=".
        ConfigError: if the file cannot be parsed, or any keys are unknown, out of range or in conflict: all
            of them are named at once.
    """
    values = overrides if isinstance(overrides, Mapping) else parse_overrides(overrides)
    if path_or_preset_name is None:
        return _resolve({}, values, "the overrides")
    path = _find(path_or_preset_name)
    return _resolve(read_yaml(path), values, str(path))


def load_run_config(path: Path, overrides: Mapping[str, object] | None = None) -> Config:
    """Load the configuration that a run folder holds, also one that has keys by their former names.

    Args:
        path: the run's config.yaml.
        overrides: single keys, which replace those of the file.

    Raises:
        ConfigError: as `load_config` does.
    """
    return _resolve(_without_removed(_renamed(read_yaml(path), path)), overrides or {}, str(path))


def parse_config(text: str, source: str = "configuration") -> Config:
    """Load a configuration from YAML text, such as one stored in a checkpoint; see `load_config`."""
    return _resolve(parse_yaml(text, source), {}, source)


def dump_config(config: Config) -> str:
    """Write every key as YAML that loads back to an equal configuration."""
    return dump_yaml(config.model_dump())


def preset_names() -> list[str]:
    """Name of the presets that come with the package, sorted."""
    return sorted(path.stem for path in _presets_folder().glob("*.yaml"))


def key_table() -> list[tuple[str, object, str, str | None]]:
    """List every key with its default, its accepted values and its meaning, for the documentation."""
    return [
        (key, field.default, expected(field), field.description) for key, field in fields_by_key().items()
    ]


def _presets_folder() -> Path:
    package = Path(__file__).resolve().parents[1]
    installed = package / "configs"
    return installed if installed.is_dir() else package.parent / "configs"


def _find(path_or_preset_name: str | Path) -> Path:
    if str(path_or_preset_name) in preset_names():
        return _presets_folder() / f"{path_or_preset_name}.yaml"
    path = Path(path_or_preset_name)
    try:
        found = path.exists()
    except (OSError, ValueError):  # a name too long for the file system, or with a null character
        found = False
    if not found:
        raise UsageError(
            f"no such configuration: {path_or_preset_name}",
            detail=f"expected a YAML file or a preset: {', '.join(preset_names())}",
            fix="check the path, or take a preset with --config NAME",
        )
    return path


def parse_overrides(texts: Iterable[str]) -> dict[str, object]:
    """Read overrides of a command line.

    Args:
        texts: such as "train.learning_rate=1e-4".

    Returns:
        Values by key, in the order of the texts.

    Raises:
        UsageError: if a text has no key or no "=".
    """
    values: dict[str, object] = {}
    for text in texts:
        key, equals, value = text.partition("=")
        key = key.strip()
        if not equals or not key:
            raise UsageError(
                f"cannot read --set {text}",
                detail="expected section.key=value",
                fix="write it like --set train.learning_rate=1e-4",
            )
        # The last one of a key counts, and comes after all that were given before it.
        values.pop(key, None)
        values[key] = parse_scalar(value.strip())
    return values


def _resolve(values: object, overrides: Mapping[str, object], source: str) -> Config:
    if values is not None and not isinstance(values, dict):
        raise ConfigError(
            f"not a configuration: {source}",
            detail="expected sections such as train: with keys below them, found something else",
            fix="write it as in configs/",
        )
    # A section whose keys are all commented out is None in YAML and means the defaults.
    merged = {key: {} if value is None and key != "name" else value for key, value in (values or {}).items()}
    for key, value in overrides.items():
        _apply(key, value, merged)
    return _validate(merged, source)


def _apply(key: str, value: object, values: dict) -> None:
    if isinstance(value, os.PathLike | tuple):
        value = list(value) if isinstance(value, tuple) else os.fspath(value)
    section, dot, name = key.partition(".")
    if not dot:
        values[key] = value
        return
    target = dict(values.get(section) or {}) if isinstance(values.get(section), dict | None) else {}
    target[name] = value
    if key in _OTHER_LENGTH and value is not None:
        target.pop(_OTHER_LENGTH[key], None)
    values[section] = target


def _renamed(values: object, path: Path) -> object:
    """Return values under the present names of their keys, and log each that was renamed."""
    for old, new in RENAMED_KEYS.items():
        (section, name), (new_section, new_name) = old.split("."), new.split(".")
        keys = values.get(section) if isinstance(values, dict) else None
        if isinstance(values, dict) and isinstance(keys, dict) and name in keys:
            values.setdefault(new_section, {})[new_name] = keys.pop(name)
            _note_renamed(path, old, new)
    return values


def _without_removed(values: object) -> object:
    """Return values without the removed keys that were off; others are left to be refused by name."""
    for key, absent in REMOVED_KEYS.items():
        section, name = key.split(".")
        keys = values.get(section) if isinstance(values, dict) else None
        if isinstance(keys, dict) and keys.get(name) == absent:
            del keys[name]
    return values


@functools.cache
def _note_renamed(path: Path, old: str, new: str) -> None:
    """Log it once, however often the file is read."""
    _LOGGER.info("%s: %s of an earlier version is read as %s", path, old, new)


def _validate(values: dict, source: str) -> Config:
    try:
        return Config.model_validate(values)
    except ValidationError as error:
        problems = problems_of(error)
    wrong = {key for problem in problems for key in problem.keys}
    # Conflicts between keys are looked for only among keys that are valid alone, so validate these again.
    problems += [problem for problem in _conflicts(values, wrong) if problem not in problems]
    lines = "\n".join(f"  {problem.text}" for problem in problems)
    raise ConfigError(
        f"configuration is not valid ({len(problems)} problem{'s' * (len(problems) > 1)}): {source}",
        detail=lines,
        fix="change these keys in the file or with --set section.key=value",
    )


def _conflicts(values: dict, wrong: set[str]) -> list[Problem]:
    kept = {
        section: {name: keys[name] for name in keys if f"{section}.{name}" not in wrong}
        for section, keys in values.items()
        if isinstance(keys, dict) and section not in wrong
    }
    try:
        Config.model_validate(kept)
    except ValidationError as error:
        return [problem for problem in problems_of(error) if not _touches(problem, wrong)]
    return []


def _touches(problem: Problem, wrong: set[str]) -> bool:
    return any(key in wrong or key.partition(".")[0] in wrong for key in problem.keys)
