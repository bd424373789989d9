"""From a configuration to its pictures."""

import numpy as np
import pytest
from PIL import Image

from cyclegan_tf.cli.run_config import configure
from cyclegan_tf.config.loading import load_config, parse_overrides
from cyclegan_tf.data.loading import load_data
from cyclegan_tf.errors import DataError

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
        (("model.generator=unet_128",), (64, 64), "expected at least 128x128"),
        (("model.generator=resnet_9blocks",), (22, 24), "expected at least 24x24"),
        (
            ("model.discriminator=n_layers", "model.discriminator_layers=5"),
            (64, 128),
            "expected at least 96x96",
        ),
        (("model.discriminator=pixel",), (4, 4), "expected at least 8x8"),
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
