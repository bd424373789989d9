"""Checks of what may change when a run is resumed."""

import logging
import shlex
from collections.abc import Mapping

from cyclegan_tf.config.loading import load_run_config
from cyclegan_tf.config.schema import Config
from cyclegan_tf.data.dataset import UnpairedImages
from cyclegan_tf.errors import ModelError
from cyclegan_tf.models.run import Run

# The networks, the shape of the histories, and what determines the order. `data.load_size` and `data.zoom`
# are free, so that a run may end with pictures at another scale.
FIXED_KEYS = (
    "model.",
    "data.preprocess",
    "data.crop_size",
    "data.flip",
    "data.channels",
    "data.range",
    "train.history_size",
    "train.batch_size",
    "train.seed",
    "train.start_from",
    "distill.teacher",
    "distill.direction",
    "distill.crops",
)
_LOGGER = logging.getLogger("cyclegan_tf")


def check_config_change(run: Run, config: Config) -> None:
    """Refuse to resume with other networks or another order of the data, and log every other change.

    Args:
        run: the run to resume; its folder holds its earlier configuration.
        config: its new configuration.

    Raises:
        ModelError: naming every key that may not change.
    """
    before = load_run_config(run.config)
    changes = {
        key: (old, new)
        for (key, old), (_, new) in zip(_flat(before.model_dump()), _flat(config.model_dump()))
        if old != new and key not in ("name", "output.folder")
    }
    refused = {key for key in changes if key.startswith(FIXED_KEYS)}
    if bool(before.train.ema_decay) != bool(config.train.ema_decay):
        refused.add("train.ema_decay")
    if bool(before.distill.lambda_adversarial) != bool(config.distill.lambda_adversarial):
        refused.add("distill.lambda_adversarial")
    if (before.data.masks_a is None) != (config.data.masks_a is None):
        # Other masks are other data; with or without masks, the networks differ.
        refused.add("data.masks_a")
    if refused:
        lines = [
            f"{key}: the run has {changes[key][0]}, received {changes[key][1]}" for key in sorted(refused)
        ]
        raise ModelError(
            f"a resumed run cannot change this: {run.folder}",
            detail="\n".join(lines),
            fix="leave these keys as they are, or start a new run with another --name",
        )
    for key, (old, new) in changes.items():
        _LOGGER.info("resuming with %s = %s; it was %s", key, new, old)


def check_data_change(manifest: dict, data: UnpairedImages) -> None:
    """Refuse to resume with other pictures.

    Args:
        manifest: of the checkpoint.
        data: the present pictures.

    Raises:
        ModelError: if their names, sizes or order are not those of the checkpoint.
    """
    if manifest["data"] and manifest["data"] != data.fingerprint:
        raise ModelError(
            "the pictures have changed since the checkpoint, or the teacher of a student has",
            detail=f"expected the fingerprint {manifest['data'][:12]}; found {data.fingerprint[:12]}",
            fix="restore the pictures, or resume with the new ones with --allow-data-change",
        )


def resume_command(config: Config, changes: Mapping[str, str] | None = None) -> str:
    """Return the command that resumes a run from its last checkpoint.

    Args:
        config: of the run.
        changes: values of keys to change, as text.
    """
    folder = {} if config.output.folder == "runs" else {"output.folder": config.output.folder}
    return f"cyclegan-tf fit --resume --name {config.name}{as_options({**folder, **(changes or {})})}"


def as_options(values: Mapping[str, str]) -> str:
    """Return values of keys as options of a command, each with a space before it."""
    return "".join(f" --set {shlex.quote(f'{key}={value}')}" for key, value in values.items())


def _flat(values: dict, prefix: str = ""):
    for key, value in values.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value
