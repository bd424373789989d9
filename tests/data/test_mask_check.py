import numpy as np
import pytest
from PIL import Image

from cyclegan_tf.config.loading import load_config
from cyclegan_tf.data.mask_check import check_masks


@pytest.fixture
def data(tmp_path):
    """Two pictures in each domain, with masks of half of them."""
    half = np.zeros((30, 40), np.uint8)
    half[:, 20:] = 255
    for part in ("trainA", "trainB"):
        for folder in (tmp_path / part, tmp_path / "masks" / part):
            folder.mkdir(parents=True)
        for name in ("one", "two"):
            Image.new("RGB", (40, 30), "red").save(tmp_path / part / f"{name}.png")
            Image.fromarray(half).save(tmp_path / "masks" / part / f"{name}.png")
    keys = {"root": tmp_path, "masks_a": tmp_path / "masks/trainA", "masks_b": tmp_path / "masks/trainB"}
    return load_config(None, [f"data.{key}='{path}'" for key, path in keys.items()]).data


def replace(tmp_path, mask):
    mask.save(tmp_path / "masks" / "trainB" / "two.png")


def test_good_masks_leave_nothing_to_say(data):
    assert check_masks(data) == ([], [])


def test_without_masks_nothing_is_looked_for(tmp_path):
    assert check_masks(load_config(None, [f"data.root='{tmp_path / 'nowhere'}'"]).data) == ([], [])


def test_a_missing_mask_is_an_error_that_names_the_picture(data, tmp_path):
    (tmp_path / "masks" / "trainA" / "one.png").unlink()
    (error,), warnings = check_masks(data)
    assert "domain A: 1 of 2 pictures have no mask" in error and "one.png" in error and warnings == []


def test_a_mask_that_cannot_be_read_is_an_error(data, tmp_path):
    (tmp_path / "masks" / "trainB" / "two.png").write_bytes(b"no picture")
    (error,), _ = check_masks(data)
    assert "1 of the masks of trainB cannot be read: two.png" in error


@pytest.mark.parametrize(
    ("mask", "words"),
    [
        (Image.new("L", (40, 30), 0), "without a subject"),
        (Image.new("L", (40, 30), 255), "over the whole picture"),
        (Image.fromarray(np.tile(np.repeat(np.uint8([0, 255]), 20), (60, 1))), "of another shape"),
    ],
    ids=["empty", "full", "stretched"],
)
def test_an_odd_mask_is_a_warning(data, tmp_path, mask, words):
    replace(tmp_path, mask)
    errors, (warning,) = check_masks(data)
    assert errors == [] and words in warning and "two.png" in warning


def test_a_quick_check_reads_headers_alone(data, tmp_path):
    replace(tmp_path, Image.new("L", (40, 30), 0))
    assert check_masks(data, quick=True) == ([], [])
