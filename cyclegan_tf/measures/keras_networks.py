"""Feature networks of keras.applications: Keras downloads their weights, verifies them and keeps them."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import keras

from cyclegan_tf.errors import ModelError
from cyclegan_tf.measures.feature_network import FeatureNetwork
from video.core.files import sha256


class _Application(NamedTuple):
    build: Callable
    file: str
    side: int
    options: dict


# Both take images in [-1, 1].
KERAS_NETWORKS = {
    "keras-inception-v3": _Application(
        keras.applications.InceptionV3,
        "inception_v3_weights_tf_dim_ordering_tf_kernels_notop.h5",
        299,
        {},
    ),
    "keras-mobilenet-v3": _Application(
        keras.applications.MobileNetV3Large,
        "weights_mobilenet_v3_large_224_1.0_float_no_top_v2.h5",
        224,
        {"include_preprocessing": False},
    ),
}


def find_in_cache(name: str) -> Path | None:
    """Return the file of a network's weights if Keras has downloaded it, else None."""
    path = _cache() / KERAS_NETWORKS[name].file
    return path if path.is_file() else None


def load_keras_network(name: str) -> FeatureNetwork:
    """Load a network with ImageNet's weights; Keras downloads them at the first time.

    Raises:
        ModelError: they are not on this machine and cannot be downloaded, or their file is damaged.
    """
    try:
        network = build_keras_network(name, "imagenet")
    except Exception as error:
        # Keras raises a bare Exception for a failed download, and others for a damaged file.
        raise ModelError(
            f"no weights of {name} on this machine",
            detail=f"expected {_cache() / KERAS_NETWORKS[name].file}, or that Keras can download it; "
            f"found: {error}",
            fix="try again with a connection, copy the file from a machine that has it, or give "
            "another feature network: efficientnet-lite0 needs no download",
        ) from error
    return FeatureNetwork(name, sha256(find_in_cache(name)), network, KERAS_NETWORKS[name].side)


def build_keras_network(name: str, weights: str | None) -> keras.Model:
    """Build a network from images in [-1, 1], (batch, side, side, 3), to features (batch, dimensions).

    Args:
        name: of KERAS_NETWORKS.
        weights: "imagenet", or None for random ones.
    """
    application = KERAS_NETWORKS[name]
    return application.build(
        include_top=False,
        weights=weights,
        pooling="avg",
        input_shape=(application.side, application.side, 3),
        **application.options,
    )


def _cache() -> Path:
    """Return the folder of Keras's downloads, as keras.utils.get_file chooses it."""
    home = Path.home() if os.access(Path.home(), os.W_OK) else Path("/tmp")
    return Path(os.environ.get("KERAS_HOME", home / ".keras")) / "models"
