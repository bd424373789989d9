import pytest
import tensorflow as tf

from cyclegan_tf.data.picture_set import PictureSet
from cyclegan_tf.measures.feature_network import FeatureNetwork


@pytest.fixture(scope="session")
def mean_colour():
    """A feature network of three features: the mean of each channel, in [-1, 1]."""
    return FeatureNetwork("mean-colour", "0" * 64, lambda images, training: tf.reduce_mean(images, [1, 2]), 4)


@pytest.fixture(scope="session")
def picture_set():
    """Return a function from pixels, and masks, to a picture set whose names are p0, p1 and so on."""
    return lambda pixels, masks=None: PictureSet([f"p{place}" for place in range(len(pixels))], pixels, masks)
