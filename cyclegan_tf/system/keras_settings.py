"""Settings of Keras that the networks need, whatever other projects left in the environment."""

import json
import logging
import os
import sys
from pathlib import Path
from typing import Any

from cyclegan_tf.errors import UsageError

# Its keras.json holds what is needed. Keras reads such a file once, when it is first imported.
_OUR_HOME = Path(__file__).with_name("keras_home")
_LOGGER = logging.getLogger("cyclegan_tf")
_unused: list[str] = []


def settle_keras() -> None:
    """Set what Keras reads when it is imported, and note what of the user's settings is not used.

    It must run before Keras is imported; `check_keras` refuses to go on where Keras was first.
    """
    if "keras" in sys.modules:
        return
    backend = os.environ.get("KERAS_BACKEND", "tensorflow")
    if backend != "tensorflow":
        _unused.append(f"KERAS_BACKEND={backend} is not used here: the networks run on TensorFlow")
    os.environ["KERAS_BACKEND"] = "tensorflow"
    file = _keras_home() / "keras.json"
    needed = json.loads((_OUR_HOME / "keras.json").read_text())
    # The environment variable overrides the file's backend, and no layer takes the default epsilon.
    found = {
        name: value for name, value in _settings(file).items() if name in ("floatx", "image_data_format")
    }
    others = {name: value for name, value in found.items() if value != needed[name]}
    if others:
        named = ", ".join(f"{name} {value}" for name, value in others.items())
        _unused.append(f"the settings of {file} are not used here: {named}")
        os.environ["KERAS_HOME"] = str(_OUR_HOME)


def check_keras(keras: Any) -> None:
    """Say once which settings are not used, and refuse to build networks on others than those needed.

    Args:
        keras: the module.

    Raises:
        UsageError: Keras was imported before this package, with settings on which no network would run.
    """
    while _unused:
        _LOGGER.warning(_unused.pop(0))
    found = (keras.config.backend(), keras.config.image_data_format(), keras.config.floatx())
    expected = ("tensorflow", "channels_last", "float32")
    if found != expected:
        raise UsageError(
            "Keras was imported before cyclegan_tf, with other settings than the networks need",
            detail=f"expected {', '.join(expected)}; found {', '.join(found)}",
            fix="import cyclegan_tf before keras",
        )


def _keras_home() -> Path:
    return Path(os.environ.get("KERAS_HOME") or os.path.expanduser("~/.keras"))


def _settings(file: Path) -> dict:
    try:
        settings = json.loads(file.read_text())
    except (OSError, ValueError):
        # Keras takes its defaults then, which are those needed.
        return {}
    return settings if isinstance(settings, dict) else {}
