import numpy as np
import pytest
from PIL import Image

from cyclegan_tf.cluster.options import ClusterOptions
from cyclegan_tf.cluster.pictures import check_pictures, translate_pictures_on
from cyclegan_tf.cluster.worker import ModelRequest
from cyclegan_tf.errors import UsageError
from cyclegan_tf.inference.pictures import PictureOptions, plan_pictures, translate_planned
from cyclegan_tf.inference.translator import Translator

pytestmark = pytest.mark.slow


@pytest.fixture
def plan(tmp_path):
    """A function that plans the translation of twenty pictures and a broken one into a folder."""
    random = np.random.default_rng(0)
    (tmp_path / "in").mkdir()
    for number in range(20):
        pixels = random.integers(0, 256, (24, 32, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(tmp_path / "in" / f"{number:02d}.png")
    (tmp_path / "in" / "broken.png").write_bytes(b"not a picture")
    return lambda target, **options: plan_pictures(
        tmp_path / "in", tmp_path / target, PictureOptions(**options)
    )


def test_pictures_are_those_of_one_process_and_a_broken_one_stops_none(ray, plan, small_model, tmp_path):
    model = ModelRequest(small_model, "ab", for_clips=False)
    report = translate_pictures_on(ClusterOptions(workers=2), plan("there", compare="pairs"), model)
    here = translate_planned(plan("here", compare="pairs"), Translator(small_model))
    assert [outcome.pair.source for outcome in report.failed] == [tmp_path / "in" / "broken.png"]
    assert [each.pair.source for each in report.outcomes] == [each.pair.source for each in here.outcomes]
    files = {path.name: path.read_bytes() for path in (tmp_path / "there").iterdir()}
    assert files == {path.name: path.read_bytes() for path in (tmp_path / "here").iterdir()}
    assert len(files) == 40


def test_a_contact_sheet_is_refused(plan):
    with pytest.raises(UsageError, match="a contact sheet is not made on a cluster"):
        check_pictures(plan("out", compare="sheet"), "shared")


def test_sending_pictures_is_refused(plan):
    with pytest.raises(UsageError, match="pictures are not sent to a cluster"):
        check_pictures(plan("out"), "store")
