import numpy as np
import pytest
from PIL import Image

from cyclegan_tf.errors import DataError, UsageError
from cyclegan_tf.inference.pictures import PictureOptions, translate_pictures
from cyclegan_tf.inference.translator import Translator

pytestmark = pytest.mark.usefixtures("shallow_generators")


@pytest.fixture
def photos(tmp_path):
    """A broken picture before a good one."""
    folder = tmp_path / "photos"
    folder.mkdir()
    (folder / "a.png").write_bytes(b"not a picture")
    Image.fromarray(np.full((32, 48, 3), 90, np.uint8)).save(folder / "b.png")
    return folder


@pytest.fixture(scope="module")
def translator(tiny_run, shallow_generators):
    return Translator.load(tiny_run)


def test_what_could_not_be_read_is_in_the_report(photos, translator, tmp_path):
    report = translate_pictures(photos, tmp_path / "out", translator, compare="sheet")
    assert [outcome.pair.source.name for outcome in report.failed] == ["a.png"]
    assert report.contact_sheet == tmp_path / "out" / "contact_sheet.png"
    with Image.open(tmp_path / "out" / "b.png") as translated:
        np.testing.assert_array_equal(np.asarray(translated), translator(np.full((32, 48, 3), 90, np.uint8)))


def test_a_bad_picture_ends_it_when_asked(photos, translator, tmp_path):
    with pytest.raises(DataError, match="a.png") as caught:
        translate_pictures(photos, tmp_path / "out", translator, on_bad_image="stop")
    assert caught.value.__notes__ == ["0 of 2 pictures were translated before it"]
    assert not (tmp_path / "out" / "b.png").exists()


@pytest.mark.parametrize(
    "given",
    [{"format": "gif"}, {"compare": "wipe"}, {"on_bad_image": "repeat"}],
    ids=lambda given: [*given][0],
)
def test_a_choice_that_is_not_there_is_refused_with_those_that_are(given):
    with pytest.raises(UsageError, match="not a choice for .*\nexpected one of "):
        PictureOptions(**given)
