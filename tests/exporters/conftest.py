"""An untrained model, and pictures, for exports."""

import runpy
from pathlib import Path

import numpy as np
import pytest
from PIL import Image


@pytest.fixture(scope="session")
def model(tmp_path_factory):
    """A model folder of one direction; its generator has one residual block."""
    from cyclegan_tf.models.card import ModelCard
    from cyclegan_tf.models.folder import save_model
    from cyclegan_tf.networks.generators import build_generator
    from cyclegan_tf.networks.specs import RESNET_BLOCKS, GeneratorSpec

    spec = GeneratorSpec(architecture="resnet_6blocks", width=4, norm_affine=True)
    folder = tmp_path_factory.mktemp("model") / "model"
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(RESNET_BLOCKS, "resnet_6blocks", 1)
        network = build_generator(spec, "generator_ab")
        random = np.random.default_rng(0)
        # Larger than initial weights, so that a missing layer is noticed.
        network.set_weights(
            [weights + random.normal(0, 0.1, weights.shape) for weights in network.get_weights()]
        )
        save_model(folder, {"ab": network}, ModelCard({"ab": spec}, (48, 64)))
    return folder


@pytest.fixture(scope="module")
def translator(model, shallow_generators):
    """The translator of `model`."""
    from cyclegan_tf.inference.translator import Translator

    return Translator.load(model, "ab")


@pytest.fixture(scope="session")
def run_here():
    """In place of `run_in_fresh_process`: in this process, which has imported TensorFlow already."""
    return runpy.run_path(str(Path(__file__).parents[2] / "benchmarks" / "export_matrix.py"))["_run_here"]


@pytest.fixture(scope="session")
def pictures(tmp_path_factory):
    """A folder of five small pictures of several sizes."""
    from cyclegan_tf.data.scenes import draw_scene

    folder = tmp_path_factory.mktemp("pictures")
    for seed in range(5):
        scene = draw_scene(seed, "winter", width=60 + seed, height=50, unit=32)
        Image.fromarray(scene).save(folder / f"{seed}.png")
    return folder
