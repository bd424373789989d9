"""What can end the steps of a run, as errors that say what to do."""

import tensorflow as tf

from cyclegan_tf.config.schema import Config
from cyclegan_tf.data.dataset import UnpairedImages
from cyclegan_tf.errors import DivergedError, LostHostError, MachineError
from cyclegan_tf.system.precision import resolve_precision
from cyclegan_tf.training.devices import Devices, reason
from cyclegan_tf.training.resuming import as_options, resume_command


def diverged(config: Config, error: DivergedError, *, is_saved: bool) -> DivergedError:
    """Return the error with advice that fits what is saved."""
    lower = {"train.learning_rate": f"{config.train.learning_rate / 2:g}"}
    if not is_saved:
        fix = f"no checkpoint was saved before; start again with --overwrite{as_options(lower)}"
    else:
        fix = f"resume the last checkpoint with a lower rate: {resume_command(config, lower)}"
    if resolve_precision(config.train.precision) != "float32":
        fix += ", or with --set train.precision=float32 in place of the rate"
    return DivergedError(error.what, detail=error.detail, fix=fix)


def out_of_memory(config: Config, data: UnpairedImages) -> MachineError:
    """Return the error for a step that the memory of the device is too small for."""
    height, width, _ = data.image_shape
    return MachineError(
        "not enough memory for the training step",
        detail=f"batches of {data.batch_size} pictures of {width}x{height}, generators of width "
        f"{config.model.generator_width}",
        fix="lower train.batch_size, data.crop_size or model.generator_width",
    )


def lost_host(config: Config, devices: Devices, error: tf.errors.OpError, when: str = "") -> LostHostError:
    """Return the error for a host that does not answer; `when` goes on its sentence: " after step 3"."""
    return LostHostError(
        f"another host was lost{when}",
        detail=f"this is host {devices.hosts.number + 1} of {devices.hosts.count}; {reason(error)}",
        fix=f"start all hosts, or fewer, with {resume_command(config)}",
    )
