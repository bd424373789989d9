"""What the files of a run say, read so that a run that is going, damaged or old can be shown too."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cyclegan_tf.config.loading import dump_config, load_run_config
from cyclegan_tf.config.schema import Config
from cyclegan_tf.config.yaml_loader import parse_yaml, read_yaml
from cyclegan_tf.errors import ConfigError, UsageError
from cyclegan_tf.models.run import CARD_FILE, Run
from video.core.locks import owner_of

FINISHED, GOING, STOPPED = "finished", "going", "not finished"
_SAMPLE = re.compile(r"step-(\d+)\.png")
_EVALUATION = re.compile(r"step_(\d+)")


@dataclass(frozen=True)
class Evaluation:
    """One evaluation of a run.

    Attributes:
        step: after how many steps.
        folder: of its metrics.json, which the names of its pictures are relative to.
        metrics: content of its metrics.json.
    """

    step: int
    folder: Path
    metrics: dict


@dataclass(frozen=True)
class RunFiles:
    """What the files of a run say.

    Attributes:
        run: the paths.
        state: FINISHED, GOING (a process writes to it) or STOPPED.
        config: None if it cannot be read as a configuration.
        values: of every key of the configuration, such as train.steps.
        log: the entries of metrics.jsonl, by step.
        samples: step and path of each sample grid, by step.
        evaluations: by step.
        card: content of model.json; empty if there is no model yet.
        problems: sentences about files that cannot be read.
    """

    run: Run
    state: str
    config: Config | None
    values: dict[str, object]
    log: list[dict]
    samples: list[tuple[int, Path]]
    evaluations: list[Evaluation]
    card: dict
    problems: list[str]

    @property
    def name(self) -> str:
        """The name of the run's folder."""
        return self.run.folder.resolve().name

    @property
    def step(self) -> int:
        """The last step that any file knows."""
        known = [entry["step"] for entry in self.log[-1:]] + [step for step, _ in self.samples[-1:]]
        return max([*known, *(one.step for one in self.evaluations[-1:]), self.provenance.get("step") or 0])

    @property
    def num_steps(self) -> int | None:
        """Steps of the whole run, None if unknown."""
        number = self.provenance.get("num_steps") or self.values.get("train.steps")
        return number if isinstance(number, int) else None

    @property
    def provenance(self) -> dict:
        """Where the model came from: step, versions, and when it was saved."""
        found = self.card.get("provenance")
        return found if isinstance(found, dict) else {}


def read_run(folder: str | Path) -> RunFiles:
    """Read the files of a run.

    Args:
        folder: the run's folder.

    Raises:
        UsageError: it is not the folder of a run.
    """
    run = Run(Path(folder))
    if not (run.config.is_file() or run.metrics.is_file()):
        raise UsageError(
            f"not the folder of a run: {folder}",
            detail=f"expected a folder with {run.config.name}, found {_what_is_at(run.folder)}",
            fix="give a folder that `cyclegan-tf fit` wrote, such as runs/NAME",
        )
    problems: list[str] = []
    config, values = _config(run.config, problems)
    return RunFiles(
        run,
        _state(run),
        config,
        values,
        sorted(_log(run.metrics, problems), key=lambda entry: entry["step"]),
        sorted(_numbered(run.samples, _SAMPLE)),
        _evaluations(run.evaluations, problems),
        _json(run.model / CARD_FILE, problems) or {},
        problems,
    )


def _what_is_at(folder: Path) -> str:
    if not folder.exists():
        return "nothing there"
    return "a folder without it" if folder.is_dir() else "a file"


def _state(run: Run) -> str:
    if run.summary.is_file():
        return FINISHED
    return GOING if owner_of(run.folder) else STOPPED


def _config(path: Path, problems: list[str]) -> tuple[Config | None, dict[str, object]]:
    try:
        config = load_run_config(path)
        return config, _flat(parse_yaml(dump_config(config), str(path)))
    except ConfigError as error:
        problems.append(f"{path.name} is not a configuration of this version: {error.what}")
    try:
        return None, _flat(read_yaml(path))
    except ConfigError:
        return None, {}


def _flat(values: object) -> dict[str, object]:
    """Return the keys of sections under names such as train.steps."""
    found: dict[str, object] = {}
    for name, value in (values if isinstance(values, dict) else {}).items():
        section = value if isinstance(value, dict) else None
        found |= {name: value} if section is None else {f"{name}.{key}": section[key] for key in section}
    return found


def _log(path: Path, problems: list[str]) -> Iterator[dict]:
    if not path.is_file():
        return
    num_damaged = 0
    for line in path.read_text(errors="replace").splitlines():
        entry = _parsed(line)
        if isinstance(entry, dict) and _is_step(entry.get("step")):
            yield entry
        else:
            num_damaged += 1
    if num_damaged:
        problems.append(f"{path.name} has {num_damaged} damaged line{'s' * (num_damaged > 1)}, left out here")


def _numbered(folder: Path, pattern: re.Pattern) -> Iterator[tuple[int, Path]]:
    for path in folder.iterdir() if folder.is_dir() else ():
        if match := pattern.fullmatch(path.name):
            yield int(match[1]), path


def _evaluations(folder: Path, problems: list[str]) -> list[Evaluation]:
    found = []
    for step, place in sorted(_numbered(folder, _EVALUATION)):
        metrics = _json(place / "metrics.json", problems)
        directions = metrics.get("directions") if metrics else None
        if isinstance(directions, dict) and all(isinstance(one, dict) for one in directions.values()):
            found.append(Evaluation(step, place, metrics))
    return found


def _json(path: Path, problems: list[str]) -> dict | None:
    if not path.is_file():
        return None
    content = _parsed(path.read_text(errors="replace"))
    if isinstance(content, dict):
        return content
    problems.append(f"{path.parent.name}/{path.name} is damaged, left out here")
    return None


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _is_step(value: object) -> bool:
    return isinstance(value, int) and value >= 0
