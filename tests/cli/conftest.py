"""What the tests of several commands share."""

import numpy as np
import pytest

import video
from cyclegan_tf.models import bundled


@pytest.fixture(scope="session")
def clip(tmp_path_factory):
    """Six frames of 48x32 in six tenths of a second, with sound."""
    path = tmp_path_factory.mktemp("clips") / "in.mp4"
    frames = np.random.default_rng(0).integers(0, 256, (6, 32, 48, 3), dtype=np.uint8)
    video.write_clip(path, frames, 10, samples=np.zeros(26460, np.float32))
    return path


@pytest.fixture
def write_model():
    """Writes an untrained model folder: write_model(FOLDER, "ab", "ba", channels=5)."""

    def write(folder, *directions, channels=3):
        from cyclegan_tf.models.card import ModelCard
        from cyclegan_tf.models.folder import save_model
        from cyclegan_tf.networks.generators import build_generator
        from cyclegan_tf.networks.specs import GeneratorSpec

        spec = GeneratorSpec("resnet_6blocks", input_channels=channels, output_channels=channels, width=1)
        generator = build_generator(spec, "generator")
        folder.parent.mkdir(parents=True, exist_ok=True)
        save_model(
            folder, dict.fromkeys(directions, generator), ModelCard(dict.fromkeys(directions, spec), (32, 32))
        )
        return folder

    return write


@pytest.fixture
def package_with_student(tmp_path, monkeypatch):
    """A package whose models are `horses` and its student; no more than their names are real."""
    monkeypatch.setattr(bundled, "FOLDER", tmp_path / "package")
    for name in ("horses", "horses-fast"):
        (tmp_path / "package" / name).mkdir(parents=True)
        (tmp_path / "package" / name / bundled.CARD_FILE).write_text("{}")
    return tmp_path / "package"
