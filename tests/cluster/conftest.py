"""A small Ray cluster on this machine, and a model that its workers load in a moment."""

import os

import numpy as np
import pytest


@pytest.fixture(scope="session")
def ray():
    """Ray, connected to a cluster with room for two workers: a new one, or that of RAY_ADDRESS."""
    from cyclegan_tf.cluster.cluster import connect, import_ray
    from cyclegan_tf.cluster.options import LOCAL, ClusterOptions

    ray = import_ray()
    connect(ray, ClusterOptions(os.environ.get("RAY_ADDRESS", LOCAL), workers=2))
    yield ray
    ray.shutdown()


@pytest.fixture(scope="session")
def small_model(tmp_path_factory):
    """A model folder of direction ab, untrained and thin, whole as other processes need it."""
    import keras

    from cyclegan_tf.models.card import ModelCard
    from cyclegan_tf.models.folder import save_model
    from cyclegan_tf.networks.generators import build_generator
    from cyclegan_tf.networks.specs import GeneratorSpec

    folder = tmp_path_factory.mktemp("model") / "model"
    spec = GeneratorSpec("resnet_6blocks", width=4, norm_affine=True, upsampling="transposed_4")
    keras.utils.set_random_seed(0)
    generator, random = build_generator(spec, "generator_ab"), np.random.default_rng(0)
    # Wider than fresh weights, so that a translation is far from its input.
    generator.set_weights([w + random.normal(0, 0.1, w.shape) for w in generator.get_weights()])
    save_model(folder, {"ab": generator}, ModelCard({"ab": spec}, (48, 64)))
    return folder


@pytest.fixture
def clip(tmp_path):
    """Fifty frames of 48x32 with sound."""
    import video

    frames = np.random.default_rng(0).integers(0, 256, (50, 32, 48, 3), dtype=np.uint8)
    video.write_clip(tmp_path / "in.mp4", frames, 25, samples=np.zeros(88200, np.float32))
    return tmp_path / "in.mp4"
