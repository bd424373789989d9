import numpy as np
import pytest
from PIL import Image

from cyclegan_tf.data.file import PictureFile
from cyclegan_tf.data.picture_set import fit_as, fit_to, read_picture_set, spread
from cyclegan_tf.errors import DataError
from cyclegan_tf.images.preprocess import MODES, Preprocess, center


def saved(path, size=(10, 20), level=100, mode="RGB"):
    path.parent.mkdir(exist_ok=True)
    Image.new(mode, size, level if mode == "L" else (level,) * 3).save(path)
    return PictureFile(path, 1 if mode == "L" else 3)


def test_pictures_of_any_size_become_one_size(tmp_path):
    files = [saved(tmp_path / "x.png"), saved(tmp_path / "y.png", (30, 8), 7)]
    found = read_picture_set(files, fit_to((4, 6)))
    assert found.names == ["x", "y"] and found.pixels.shape == (2, 4, 6, 3)
    assert (found.pixels[1] == 7).all() and found.masks is None


def test_a_mask_is_fitted_as_its_picture_whatever_its_size(tmp_path):
    picture, mask = saved(tmp_path / "x.png", (16, 32)), tmp_path / "m" / "x.png"
    mask.parent.mkdir()
    Image.fromarray(np.repeat([[0], [255]], 4, axis=0).astype(np.uint8).repeat(4, 1)).save(mask)
    preprocess = Preprocess("scale_shortside_and_crop", 16, 16)
    found = read_picture_set([picture], fit_as(preprocess), [PictureFile(mask, 1)])
    assert found.masks.shape == (1, 16, 16, 1)
    # The middle of the picture: its upper half is black, its lower white.
    assert found.masks[0, :5].max() < 128 < found.masks[0, -5:].min()


@pytest.mark.parametrize("mode", MODES)
def test_a_run_is_measured_on_its_own_kind_of_crop(mode):
    preprocess = Preprocess(mode, 24, 16)
    picture = np.random.default_rng(0).integers(0, 256, (32, 28, 3), dtype=np.uint8)
    fit = fit_as(preprocess)
    np.testing.assert_array_equal(fit.apply(picture), center(picture, preprocess))
    assert fit.text


def test_several_sizes_are_an_error_that_names_the_picture(tmp_path):
    files = [saved(tmp_path / "x.png", (12, 20)), saved(tmp_path / "y.png", (32, 8))]
    with pytest.raises(DataError, match="pictures of several sizes, first y"):
        read_picture_set(files, fit_as(Preprocess("none")))


def test_names_of_subfolders_that_are_the_same_are_told_apart(tmp_path):
    files = [
        saved(tmp_path / "a" / "x.png"),
        saved(tmp_path / "b" / "x.png"),
        saved(tmp_path / "b" / "y.png"),
    ]
    assert read_picture_set(files, fit_to((4, 4))).names == ["x.0", "x.1", "y"]


def test_decoded_pictures_are_numbered():
    assert read_picture_set([np.zeros((4, 4, 3), np.uint8)] * 2, fit_to((4, 4))).names == ["00000", "00001"]


def test_fewer_pictures_are_chosen_at_even_distances():
    assert spread(range(10), 4) == [0, 3, 6, 9]
    assert spread(range(3), 4) == spread(range(3), None) == [0, 1, 2]
