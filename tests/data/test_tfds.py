import types

import numpy as np
import pytest

from cyclegan_tf.cli.run_config import configure
from cyclegan_tf.config.loading import load_config
from cyclegan_tf.data import tfds
from cyclegan_tf.data.loading import find_pictures, load_data
from cyclegan_tf.errors import DataError, UsageError

SMALL = ("data.preprocess=crop", "data.crop_size=48", "losses.lambda_identity=0")


def noise(count, channels=3):
    return list(np.random.default_rng(0).integers(0, 256, (count, 64, 64, channels), dtype=np.uint8))


def config_of(*options):
    return load_config(None, [*SMALL, *options])


def stand_in(splits):
    """What of TensorFlow Datasets is called here; the package itself would download."""
    examples = {name: [{"image": image, "label": 0} for image in images] for name, images in splits.items()}

    def load(name):
        if name != "cycle_gan/small":
            raise ValueError(f"Dataset {name} not found")
        return examples

    return types.SimpleNamespace(load=load, as_numpy=lambda split: split)


@pytest.fixture
def datasets(monkeypatch):
    splits = {"trainA": noise(3), "trainB": noise(2), "testA": noise(1)}
    monkeypatch.setattr(tfds, "_import", lambda root: stand_in(splits))
    return splits


def test_a_named_data_set_is_loaded(datasets):
    data = load_data(config_of("data.root=tfds:cycle_gan/small"))
    assert (data.num_a, data.num_b) == (3, 2)
    assert data.batch(0)[0].shape == (1, 48, 48, 3)


def test_a_named_data_set_has_the_tests_that_it_has(datasets):
    found = find_pictures(config_of("data.root=tfds:cycle_gan/small").data)
    assert {part: len(images) for part, images in found.items()} == {"trainA": 3, "trainB": 2, "testA": 1}


def test_an_unknown_name_is_refused_with_the_packages_own_words(datasets):
    with pytest.raises(DataError, match="Dataset horses not found"):
        load_data(config_of("data.root=tfds:horses"))


def test_a_data_set_of_other_splits_is_refused(datasets):
    del datasets["trainB"]
    with pytest.raises(DataError, match="no split trainB") as caught:
        tfds.load_splits("tfds:cycle_gan/small", ("trainA", "trainB"))
    assert "found testA, trainA" in caught.value.detail


def test_the_missing_package_is_named_with_its_installation(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "tensorflow_datasets", None)
    with pytest.raises(UsageError) as caught:
        load_data(config_of("data.root=tfds:cycle_gan/horse2zebra"))
    assert caught.value.fix == "pip install tensorflow-datasets"


def test_the_name_of_a_data_set_is_not_taken_for_a_path():
    config = configure("demo", {}, data="tfds:cycle_gan/horse2zebra", a=None, b=None)
    assert config.data.root == "tfds:cycle_gan/horse2zebra"
