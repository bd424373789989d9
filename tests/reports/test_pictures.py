import base64
import io

import numpy as np
from PIL import Image

from cyclegan_tf.reports.pictures import data_uri, file_uri, spread


def decoded(uri):
    head, _, body = uri.partition(",")
    assert head == "data:image/jpeg;base64"
    content = base64.b64decode(body)
    return Image.open(io.BytesIO(content)), len(content)


def test_a_picture_is_shrunk_to_its_longest_side():
    picture, _ = decoded(data_uri(np.full((50, 200, 3), 90, np.uint8), most_side=100, most_bytes=10_000))
    assert picture.size == (100, 25)
    assert abs(int(np.asarray(picture).mean()) - 90) <= 1


def test_a_picture_that_compresses_badly_is_shrunk_until_it_fits():
    noise = np.random.default_rng(0).integers(0, 256, (200, 200, 3), dtype=np.uint8)
    picture, size = decoded(data_uri(noise, most_side=200, most_bytes=5000))
    assert size <= 5000 and 32 <= picture.width < 200


def test_a_picture_of_other_channels_is_shown():
    picture, _ = decoded(data_uri(np.zeros((40, 40, 5), np.uint8), most_side=40, most_bytes=5000))
    assert picture.mode == "RGB"


def test_a_damaged_file_is_no_picture(tmp_path):
    (tmp_path / "cut.png").write_bytes(b"\x89PNG\r\n")
    assert file_uri(tmp_path / "cut.png", most_side=40, most_bytes=5000) is None


def test_a_choice_has_the_first_and_the_last():
    assert spread(range(100), 4) == [0, 33, 66, 99]
    assert spread([1, 2], 4) == [1, 2]
