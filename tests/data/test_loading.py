"""From a configuration to its pictures."""

import types

import numpy as np
import pytest
from PIL import Image

from cyclegan_tf.cli.run_config import configure
from cyclegan_tf.config.loading import load_config, parse_overrides
from cyclegan_tf.data import tfds
from cyclegan_tf.data.loading import find_pictures, load_data
from cyclegan_tf.errors import DataError, UsageError

SMALL = ("data.preprocess=crop", "data.crop_size=48", "losses.lambda_identity=0")


def noise(count, channels=3):
    return list(np.random.default_rng(0).integers(0, 256, (count, 64, 64, channels), dtype=np.uint8))


def config_of(*options):
    return load_config(None, [*SMALL, *options])


def test_nested_folders_channels_and_ranges_reach_the_batches(tmp_path):
    for number in range(3):
        folder = tmp_path / "trainA" / f"camera{number}"
        folder.mkdir(parents=True)
        Image.fromarray(np.full((64, 64), 1000, np.uint16)).save(folder / "x.png")
    (tmp_path / "trainB").mkdir()
    np.save(tmp_path / "trainB/x.npy", noise(1, 5)[0])
    options = ("data.channels_a=1", "data.range_a=[0, 2000]", "data.channels_b=5")
    data = load_data(config_of(f"data.root={tmp_path}", *options))
    a, b = data.batch(0)
    assert (data.num_a, a.shape, b.shape) == (3, (1, 48, 48, 1), (1, 48, 48, 5))
    assert np.unique(a).tolist() == [128]


def test_list_files_take_the_place_of_folders(tmp_path):
    for name, image in zip("abc", noise(3)):
        Image.fromarray(image).save(tmp_path / f"{name}.png")
    (tmp_path / "one.txt").write_text("a.png\nb.png")
    (tmp_path / "two.txt").write_text("c.png")
    config = configure(
        "paper-256", parse_overrides(SMALL), data=None, a=tmp_path / "one.txt", b=tmp_path / "two.txt"
    )
    data = load_data(config)
    assert (data.num_a, data.num_b) == (2, 1)


def in_folders(root, width, height):
    """One picture of a size in each domain."""
    for part in ("trainA", "trainB"):
        (root / part).mkdir(parents=True)
        Image.new("RGB", (width, height)).save(root / part / "0.png")
    return root


@pytest.mark.parametrize(
    ("options", "size", "message"),
    [
        (("model.generator=unet_256",), (260, 260), "expected multiples of 256 in mode none"),
        (("model.generator=unet_128",), (260, 256), "expected multiples of 128 in mode none"),
        (("model.generator=unet_128",), (64, 64), "expected at least 128 x 128"),
        (("model.generator=resnet_9blocks",), (22, 24), "expected at least 24 x 24"),
        (
            ("model.discriminator=n_layers", "model.discriminator_layers=5"),
            (64, 128),
            "expected at least 96 x 96",
        ),
        (("model.discriminator=pixel",), (4, 4), "expected at least 8 x 8"),
    ],
)
def test_without_a_crop_pictures_that_the_networks_do_not_take_are_refused(tmp_path, options, size, message):
    root = in_folders(tmp_path, *size)
    config = load_config(None, [f"data.root={root}", "data.preprocess=none", *options])
    with pytest.raises(DataError, match="2 of 2 pictures cannot be used") as caught:
        load_data(config)
    assert message in caught.value.detail


def test_without_a_crop_pictures_that_the_networks_take_are_taken(tmp_path):
    root = in_folders(tmp_path, 256, 128)
    options = ("data.preprocess=none", "model.generator=unet_128")
    data = load_data(load_config(None, [f"data.root={root}", *options]))
    assert data.image_shape == (128, 256, 3)


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
