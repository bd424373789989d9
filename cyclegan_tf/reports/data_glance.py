"""The data set of a run at a glance: what the check of it finds, and some of its pictures."""

import datetime
import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cyclegan_tf.config.schema import Config
from cyclegan_tf.data.check import report_on, survey_all
from cyclegan_tf.data.loading import find_pictures
from cyclegan_tf.data.tfds import is_tfds
from cyclegan_tf.errors import DataError, UserError
from cyclegan_tf.reports.pictures import data_uri, spread
from video.core.files import write_atomic

FORMAT = 1
_THUMBNAILS = {"most_side": 160, "most_bytes": 15_000}
_MOST_THUMBNAILS = 6


@dataclass(frozen=True)
class DataGlance:
    """The data set at a glance.

    Attributes:
        why_not: why nothing is known about it; "" if something is.
        report: as `DataReport.to_dict` returns it.
        checked: the time of the check, in ISO 8601.
        thumbnails: data URI and name of some pictures of each part.
    """

    why_not: str = ""
    report: dict[str, Any] = field(default_factory=dict)
    checked: str = ""
    thumbnails: dict[str, list[tuple[str, str]]] = field(default_factory=dict)


def glance_at(config: Config | None, kept: Path, *, quick: bool, progress: str = "none") -> DataGlance:
    """Check the data set of a run, or take the last check if the files are the same.

    Args:
        config: of the run; None if it cannot be read.
        kept: the file that keeps the result of the check.
        quick: read headers alone, unless an earlier check read the pixels.
        progress: on stderr: "auto", "json" or "none".

    Raises:
        OutputError: the result cannot be kept.
    """
    if config is None:
        return DataGlance("the configuration cannot be read, so the pictures are not known")
    if is_tfds(config.data.root):
        command = f"cyclegan-tf check-data {config.data.root}"
        return DataGlance(f"they come from TensorFlow Datasets; `{command}` looks at them")
    try:
        items = find_pictures(config.data)
        report, checked = _checked(items, config, kept, quick=quick, progress=progress)
    except (UserError, OSError) as error:
        return DataGlance(f"they are not where they were: {getattr(error, 'what', error)}")
    return DataGlance("", report, checked, {part: _thumbnails(files) for part, files in items.items()})


def _checked(items: Mapping[str, Sequence], config: Config, kept: Path, *, quick: bool, progress: str):
    fingerprint = _fingerprint(items, config)
    known = _read(kept)
    if known.get("fingerprint") == fingerprint and (quick or not known["report"]["is_quick"]):
        return known["report"], known["checked"]
    report = report_on(survey_all(config, quick=quick, progress=progress), config, is_quick=quick).to_dict()
    now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    content = {"format": FORMAT, "fingerprint": fingerprint, "checked": now, "report": report}
    with write_atomic(kept) as file:
        file.write(json.dumps(content).encode())
    return report, now


def _fingerprint(items: Mapping[str, Sequence], config: Config) -> str:
    """Return a digest of what the check depends on: the names, sizes and times of files, and the keys."""
    about = [config.data.model_dump_json(), repr(config.preprocess)]
    for part, files in items.items():
        stats = [(os.fspath(file), os.stat(file)) for file in files]
        about += [f"{part} {name} {stat.st_size} {stat.st_mtime_ns}" for name, stat in stats]
    return hashlib.sha256("\n".join(about).encode(errors="surrogateescape")).hexdigest()


def _read(kept: Path) -> dict:
    try:
        content = json.loads(kept.read_text())
        return content if content["format"] == FORMAT and isinstance(content["report"], dict) else {}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _thumbnails(files: Sequence) -> list[tuple[str, str]]:
    found = []
    for file in spread(files, _MOST_THUMBNAILS):
        try:
            found.append((data_uri(file.read(), **_THUMBNAILS), file.path.name))
        except DataError:
            # The check names it.
            continue
    return found
