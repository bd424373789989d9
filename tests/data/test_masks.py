import numpy as np
import pytest
from PIL import Image

from cyclegan_tf.data.dataset import UnpairedImages
from cyclegan_tf.data.file import PictureFile
from cyclegan_tf.data.masks import MaskStore, find_masks, subject_box
from cyclegan_tf.errors import DataError
from cyclegan_tf.images.preprocess import Preprocess
from video.core.box import Box

CROPPED = Preprocess("resize_and_crop", load_size=24, crop_size=16)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "masks").mkdir()
    for name in ("one", "two", "more"):
        Image.new("L", (6, 4), 200).save(tmp_path / "masks" / f"{name}.png")
    return tmp_path / "masks"


def test_a_mask_is_the_file_with_the_name_of_its_picture(folder):
    found = find_masks(folder, [PictureFile(folder / "two.jpg"), PictureFile(folder / "one.jpg")], "A")
    assert [(mask.path.name, mask.channels) for mask in found] == [("two.png", 1), ("one.png", 1)]


def test_pictures_without_a_mask_are_named(folder):
    with pytest.raises(DataError, match="domain A: 1 of 2 pictures have no mask") as caught:
        find_masks(folder, [PictureFile(folder / "one.jpg"), PictureFile(folder / "three.jpg")], "A")
    assert "three.jpg" in caught.value.detail


def test_a_missing_folder_is_said_to_be_that_of_the_masks(tmp_path):
    with pytest.raises(DataError, match="masks of domain B: there is no folder"):
        find_masks(tmp_path / "nowhere", [], "B")


def test_pictures_of_one_name_cannot_have_masks_of_their_own(folder):
    pictures = [PictureFile(folder / "x" / "one.jpg"), PictureFile(folder / "y" / "one.jpg")]
    with pytest.raises(DataError, match="two pictures have the same name"):
        find_masks(folder, pictures, "A")


def test_a_mask_is_resized_to_its_picture_without_going_beyond_black_and_white(folder):
    edge = np.repeat(np.array([[0, 255]], np.uint8), 2, axis=0)[..., np.newaxis]
    resized = MaskStore([edge], keep=True).prepared(0, (2, 40))
    assert resized.shape == (2, 40, 1) and resized.dtype == np.uint8
    assert (np.diff(resized[0, :, 0].astype(int)) >= 0).all()


def test_masks_follow_crop_and_flip():
    random = np.random.default_rng(0)
    pictures = [random.integers(0, 256, (24, 24, 3), dtype=np.uint8) for _ in range(6)]
    # The mask of a picture is its red channel, so both show the same crop if and only if they agree.
    masks = [picture[..., :1] for picture in pictures]
    data = UnpairedImages(pictures[:3], pictures[3:], CROPPED, 2, masks=masks)
    for step in range(8):
        a, b, mask_a, mask_b = data.batch(step)
        np.testing.assert_array_equal(a[..., :1], mask_a)
        np.testing.assert_array_equal(b[..., :1], mask_b)


def test_zoomed_crops_hold_the_subject_and_masks_follow_them():
    # Subjects of 20 pixels, white as their masks, at several places of pictures of 96.
    masks = [np.zeros((96, 96, 1), np.uint8) for _ in range(4)]
    for place, mask in enumerate(masks):
        mask[10 * place : 10 * place + 20, 60 - 20 * place : 80 - 20 * place] = 255
    pictures = [np.repeat(mask, 3, axis=2) for mask in masks]
    zoomed = Preprocess("resize_and_crop", load_size=48, crop_size=32, zoom=2.0)
    data = UnpairedImages(pictures[:2], pictures[2:], zoomed, masks=masks)
    sizes = []
    for step in range(40):
        *shown, mask_a, mask_b = data.batch(step)
        for picture, mask in zip(shown, (mask_a, mask_b)):
            assert picture.shape == (1, 32, 32, 3)
            # Pictures are resized bicubically and masks linearly.
            assert np.abs(picture[..., :1].astype(int) - mask).mean() < 4
            sizes.append((mask > 127).sum())
    # From crops of 32 pixels, the whole subject in one, to such of 64, a quarter as large.
    assert max(sizes) == 20 * 20
    assert 100 <= min(sizes) < 150


def test_without_masks_nothing_is_zoomed():
    pictures = list(np.random.default_rng(0).integers(0, 256, (4, 80, 80, 3), np.uint8))
    zoomed, plain = (
        UnpairedImages(pictures[:2], pictures[2:], Preprocess(load_size=24, crop_size=16, zoom=zoom))
        for zoom in (2.0, 1.0)
    )
    np.testing.assert_array_equal(zoomed.batch(3), plain.batch(3))


@pytest.mark.parametrize("mode", ["crop", "none"])
def test_where_pictures_are_not_resized_a_zoom_changes_nothing(mode):
    pictures = list(np.random.default_rng(0).integers(0, 256, (4, 24, 24, 3), np.uint8))
    masks = [picture[..., :1] for picture in pictures]
    zoomed, plain = (
        UnpairedImages(
            pictures[:2], pictures[2:], Preprocess(mode, crop_size=16, zoom=zoom, at_least=16), masks=masks
        )
        for zoom in (2.0, 1.0)
    )
    for step in range(4):
        for one, other in zip(zoomed.batch(step), plain.batch(step)):
            np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(
    ("rows", "columns", "expected"),
    [(slice(3, 7), slice(2, 9), Box(3, 2, 7, 9)), (slice(0, 0), slice(0, 0), Box(0, 0, 10, 12))],
    ids=["subject", "empty"],
)
def test_the_box_of_a_subject_leaves_out_a_soft_edge(rows, columns, expected):
    mask = np.full((10, 12, 1), 100, np.uint8)
    mask[rows, columns] = 200
    assert subject_box(mask) == expected


def test_the_order_of_the_pictures_does_not_depend_on_masks():
    pictures = [np.full((24, 24, 3), i, np.uint8) for i in range(8)]
    masks = [picture[..., :1] for picture in pictures]
    with_masks = UnpairedImages(pictures[:5], pictures[5:], CROPPED, masks=masks)
    without = UnpairedImages(pictures[:5], pictures[5:], CROPPED)
    for step in range(6):
        for ours, expected in zip(with_masks.batch(step), without.batch(step)):
            np.testing.assert_array_equal(ours, expected)


def test_other_masks_are_another_data_set():
    pictures = [np.full((24, 24, 3), i, np.uint8) for i in range(4)]
    masks = [np.full((24, 24, 1), i, np.uint8) for i in range(8)]
    one, other = (
        UnpairedImages(pictures[:2], pictures[2:], CROPPED, masks=part) for part in (masks[:4], masks[4:])
    )
    assert one.fingerprint != other.fingerprint


def test_served_batches_have_four_parts_of_known_shape():
    pictures = [np.full((24, 24, 3), i, np.uint8) for i in range(4)]
    data = UnpairedImages(pictures[:2], pictures[2:], CROPPED, 2, masks=[p[..., :1] for p in pictures])
    served = next(iter(data.dataset(0, 1)))
    assert [tuple(part.shape) for part in served] == [(2, 16, 16, 3)] * 2 + [(2, 16, 16, 1)] * 2
