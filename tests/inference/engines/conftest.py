"""A small model that no layer of which can be left out unnoticed."""

import numpy as np
import pytest


@pytest.fixture(scope="session")
def module():
    """A `PictureTranslator` of one residual block."""
    from cyclegan_tf.inference.translator import PictureTranslator
    from cyclegan_tf.networks.generators import build_generator
    from cyclegan_tf.networks.specs import RESNET_BLOCKS, GeneratorSpec

    spec = GeneratorSpec("resnet_6blocks", width=4, norm_affine=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(RESNET_BLOCKS, "resnet_6blocks", 1)
        network = build_generator(spec, "generator")
    random = np.random.default_rng(0)
    network.set_weights([each + random.normal(0, 0.1, each.shape) for each in network.get_weights()])
    return PictureTranslator(network, spec)


@pytest.fixture
def pictures():
    """A batch of two, of a size that must be padded."""
    return np.random.default_rng(0).integers(0, 256, (2, 33, 47, 3), dtype=np.uint8)
