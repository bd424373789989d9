import base64
import io

import numpy as np
import pytest
from PIL import Image

import video
from cyclegan_tf.reports.stills import stills_at


@pytest.fixture
def clip(tmp_path):
    """Eight grey frames at 10 a second, each 20 levels lighter than the one before."""
    levels = [np.full((32, 48, 3), 40 + 20 * number, np.uint8) for number in range(8)]
    video.write_clip(tmp_path / "grey.mkv", levels, 10)
    return tmp_path / "grey.mkv"


def level(uri):
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(uri.partition(",")[2])))).mean()


def test_a_still_has_the_frame_before_it(clip):
    stills = stills_at(clip, [0.5, 0.2], from_first=True)
    assert sorted(stills) == [0.2, 0.5]
    assert [round(level(uri) / 20) * 20 for uri in stills[0.5]] == [120, 140]
    assert [round(level(uri) / 20) * 20 for uri in stills[0.2]] == [60, 80]


def test_the_first_frame_has_itself_before_it(clip):
    before, still = stills_at(clip, [0.0], from_first=False)[0.0]
    assert before == still


def test_a_time_after_the_end_has_no_still(clip):
    assert stills_at(clip, [9.0], from_first=True) == {}
