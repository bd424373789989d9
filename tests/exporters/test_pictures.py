import numpy as np
import pytest
from PIL import Image

from cyclegan_tf.errors import DataError
from cyclegan_tf.exporters.pictures import ExportPictures, batches, crop_or_pad, draw_pictures, read_pictures


@pytest.fixture
def row():
    """A picture of one row, whose pixels count from 1 to 4."""
    return np.arange(1, 5, dtype=np.uint8).reshape(1, 4, 1)


@pytest.mark.parametrize(
    ("width", "expected"),
    [
        (4, [1, 2, 3, 4]),
        (2, [2, 3]),
        (3, [1, 2, 3]),
        (6, [1, 1, 2, 3, 4, 4]),
        (12, [4, 3, 2, 1, 1, 2, 3, 4, 4, 3, 2, 1]),
    ],
)
def test_a_picture_is_cropped_to_its_centre_or_padded_by_mirroring(row, width, expected):
    assert crop_or_pad(row, (1, width))[0, :, 0].tolist() == expected


@pytest.mark.parametrize("channels", [1, 3, 5])
def test_drawn_pictures_have_the_channels_of_the_model(channels):
    pictures = draw_pictures(channels).compared
    assert {picture.shape[-1] for picture in pictures} == {channels}
    assert all(picture.std() > 1 for picture in pictures)


def test_batches_of_any_size_have_an_odd_size_and_a_batch_of_two():
    shapes = [batch.shape for batch in batches(draw_pictures(3))]
    assert shapes[0] == (1, 128, 128, 3)
    assert shapes[-2:] == [(1, 75, 101, 3), (2, 96, 64, 3)]


def test_batches_of_one_size_come_one_by_one():
    assert {batch.shape for batch in batches(draw_pictures(3), size=(40, 72))} == {(1, 40, 72, 3)}


def test_batches_are_rounded_up_to_a_multiple():
    shapes = [batch.shape[1:3] for batch in batches(draw_pictures(3), multiple=64)]
    assert shapes[-2:] == [(128, 128), (128, 64)]


def test_compared_pictures_are_not_used_for_calibration(pictures):
    found = read_pictures(pictures, 3)
    assert (len(found.compared), len(found.calibration)) == (4, 1)
    assert not any(np.array_equal(found.calibration[0], picture) for picture in found.compared)


def test_a_few_pictures_serve_for_both(pictures, tmp_path):
    (tmp_path / "one.png").write_bytes((pictures / "0.png").read_bytes())
    found = read_pictures(tmp_path, 3)
    assert isinstance(found, ExportPictures)
    assert (len(found.compared), len(found.calibration)) == (1, 1)


def test_pictures_are_read_in_the_range_of_their_domain(tmp_path):
    # 12 bits, stored in 16.
    Image.fromarray(np.full((8, 8), 4095, np.uint16)).save(tmp_path / "a.png")
    assert read_pictures(tmp_path, 3, (0, 4095)).compared[0].min() == 255


def test_a_folder_without_pictures_is_refused(tmp_path):
    with pytest.raises(DataError):
        read_pictures(tmp_path, 3)
