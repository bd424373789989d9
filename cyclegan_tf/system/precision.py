"""The device of a run, and the number format that is fast on it."""

import logging
from pathlib import Path

from cyclegan_tf.errors import MachineError
from cyclegan_tf.system.processor import has_bfloat16

POLICIES = {"float32": "float32", "bfloat16": "mixed_bfloat16", "float16": "mixed_float16"}
_NVIDIA_DRIVER = Path("/proc/driver/nvidia/version")
_HINT = "Its libraries come with pip install 'cyclegan-tf[cuda]'"
_LOGGER = logging.getLogger("cyclegan_tf")


def choose_device(requested: str) -> None:
    """Restrict TensorFlow to what the configuration asks for.

    Args:
        requested: auto, cpu or gpu; auto uses a GPU if there is one.

    Raises:
        MachineError: if a GPU is asked for and TensorFlow sees none.
    """
    import tensorflow as tf

    gpus = tf.config.list_physical_devices("GPU")
    if requested == "gpu" and not gpus:
        raise MachineError(
            "no GPU to train on",
            detail="train.device is gpu; TensorFlow sees none",
            fix="pip install 'cyclegan-tf[cuda]', or train on the CPU with --set train.device=auto",
        )
    if requested == "auto" and not gpus and _NVIDIA_DRIVER.exists():
        _LOGGER.warning(
            "this machine has an NVIDIA GPU that TensorFlow does not see; computing on the CPU. %s", _HINT
        )
    if requested == "cpu" and gpus:
        tf.config.set_visible_devices([], "GPU")


def resolve_precision(requested: str) -> str:
    """Return float32, bfloat16 or float16 for what the configuration asks.

    "auto" is bfloat16 on a GPU of NVIDIA's Ampere generation or newer and on a CPU with instructions for it,
    float16 on older GPUs with tensor cores, and float32 elsewhere: emulated, the short formats are slower.

    Args:
        requested: auto, float32, bfloat16 or float16.
    """
    if requested != "auto":
        return requested
    import tensorflow as tf

    gpus = tf.config.get_visible_devices("GPU")
    if gpus:
        details = tf.config.experimental.get_device_details(gpus[0])
        capability = details.get("compute_capability", (0, 0))
        if capability >= (8, 0):
            return "bfloat16"
        return "float16" if capability >= (7, 0) else "float32"
    return "bfloat16" if has_bfloat16() else "float32"
