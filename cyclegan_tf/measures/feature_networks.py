"""The feature networks by name, and the one that judges where none is named."""

from collections.abc import Collection
from pathlib import Path

import keras

from cyclegan_tf.errors import UsageError
from cyclegan_tf.measures.feature_network import FeatureNetwork
from cyclegan_tf.measures.inception_file import INCEPTION_FID, load_inception_fid
from cyclegan_tf.measures.keras_networks import KERAS_NETWORKS, find_in_cache, load_keras_network
from cyclegan_tf.models.frozen import NAME as LITE0
from cyclegan_tf.models.frozen import SHA256, load_efficientnet_lite0

AUTO = "auto"
# What efficientnet-lite0 was trained at.
_SIDE = 224


def choose_features(trained_against: Collection[str] = ()) -> str:
    """Return the network that judges where none is named.

    That is efficientnet-lite0, which needs no download; or, for a model that was trained against it, a
    network of Keras whose weights are on this machine, if there is one.

    Args:
        trained_against: names of networks that the model learned to please.
    """
    cached = (name for name in KERAS_NETWORKS if name not in trained_against and find_in_cache(name))
    return LITE0 if LITE0 not in trained_against else next(cached, LITE0)


def load_feature_network(text: str) -> FeatureNetwork:
    """Load a network.

    Args:
        text: efficientnet-lite0, inception-fid:FILE, or a name of KERAS_NETWORKS, which Keras downloads.

    Raises:
        UsageError: there is no network of this name, or the file is not given.
        ModelError: its weights cannot be read or downloaded.
    """
    name, _, path = text.partition(":")
    if text == LITE0:
        return FeatureNetwork(LITE0, SHA256, _pooled(load_efficientnet_lite0(), "head_relu6"), _SIDE)
    if text in KERAS_NETWORKS:
        return load_keras_network(text)
    if name == INCEPTION_FID and path:
        return load_inception_fid(Path(path))
    if name == INCEPTION_FID:
        raise UsageError(
            f"the file of {INCEPTION_FID} is not given",
            detail="expected the weights that pytorch-fid publishes, pt_inception-2015-12-05-6726825d.pth",
            fix=f"give {INCEPTION_FID}:FILE, with the path of that file",
        )
    raise UsageError(
        f"no feature network of this name: {text}",
        detail=f"expected {AUTO}, {LITE0}, {', '.join(KERAS_NETWORKS)} or {INCEPTION_FID}:FILE",
        fix="give one of these",
    )


def load_classifier() -> FeatureNetwork:
    """Load efficientnet-lite0 as a classifier: its features are the logits of ImageNet's 1,000 classes."""
    return FeatureNetwork(LITE0, SHA256, _pooled(load_efficientnet_lite0(), "classifier"), _SIDE)


def _pooled(network: keras.Model, layer: str) -> keras.Model:
    places = network.get_layer(layer).output
    return keras.Model(network.input, keras.layers.GlobalAveragePooling2D(dtype="float32")(places))
