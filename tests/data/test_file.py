import os

import numpy as np
from PIL import Image

from cyclegan_tf.data.file import PictureFile


def test_a_file_brings_its_channels_and_its_range(tmp_path):
    Image.fromarray(np.full((8, 8), 50, np.uint16)).save(tmp_path / "a.png")
    pixels = PictureFile(tmp_path / "a.png", 1, (0, 100)).read()
    assert pixels.shape == (8, 8, 1)
    assert np.unique(pixels).tolist() == [128]


def test_a_file_is_usable_as_a_path(tmp_path):
    (tmp_path / "a.png").write_bytes(b"x")
    file = PictureFile(tmp_path / "a.png")
    assert os.path.getsize(file) == 1
    assert str(file) == str(tmp_path / "a.png")
