import logging

import numpy as np
import pytest
from PIL import Image

from cyclegan_tf.data.dataset import UnpairedImages
from cyclegan_tf.data.traits import equal_pictures, traits_of
from cyclegan_tf.images.preprocess import Preprocess


def noise(seed=0, channels=3):
    return np.random.default_rng(seed).integers(0, 256, (16, 16, channels), dtype=np.uint8)


def flat(level=7):
    return np.full((16, 16, 3), level, np.uint8)


def grey(seed=0):
    return np.repeat(noise(seed, 1), 3, axis=-1)


def test_equal_pixels_have_equal_digests_and_others_do_not():
    turned = np.zeros((2, 8, 3), np.uint8), np.zeros((8, 2, 3), np.uint8)
    digests = [traits_of(image).digest for image in (noise(0), noise(1), noise(0).copy(), *turned)]
    assert equal_pictures(digests) == [[0, 2]]


def test_one_other_pixel_is_not_flat():
    image = flat()
    image[1, 1] = 255
    assert traits_of(flat()).is_flat
    assert not traits_of(image).is_flat


@pytest.mark.parametrize(("image", "expected"), [(grey(), True), (noise(), False), (noise(0, 1), False)])
def test_grey_means_three_equal_channels(image, expected):
    assert traits_of(image).is_grey is expected


def test_one_coloured_pixel_is_not_grey():
    image = grey()
    image[1, 1] = (255, 0, 0)
    assert not traits_of(image).is_grey


def messages(caplog, a, b):
    with caplog.at_level(logging.WARNING, "cyclegan_tf"):
        UnpairedImages(a, b, Preprocess("none"))
    return [record.getMessage() for record in caplog.records]


@pytest.mark.parametrize(
    ("a", "b", "said"),
    [
        ([noise(0), noise(0)], [noise(2)], []),
        (
            [noise(0), flat() // np.array((1, 2, 3), np.uint8)],
            [noise(2)],
            ["1 picture is flat, a single colour: array number 1"],
        ),
        (
            [noise(0), noise(1)],
            [noise(2), noise(1)],
            ["1 picture is in both domains with equal pixels: array number 1"],
        ),
        ([noise(0)], [grey(2), noise(3), grey(4)], ["domain B: 2 of 3 pictures are grey"]),
    ],
    ids=["equal_in_a_domain", "flat", "in_both_domains", "grey"],
)
def test_loading_warns_of_what_is_probably_wrong(caplog, a, b, said):
    assert messages(caplog, a, b) == said


def test_pictures_are_named_by_their_files(caplog, tmp_path):
    for name in ("a", "b"):
        Image.fromarray(noise()).save(tmp_path / f"{name}.png")
    found = messages(caplog, [tmp_path / "a.png"], [tmp_path / "b.png"])
    assert found == [f"1 picture is in both domains with equal pixels: {tmp_path / 'a.png'}"]
