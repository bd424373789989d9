import numpy as np
import pytest
from PIL import Image

from cyclegan_tf.inference import comparison as picture_comparison
from cyclegan_tf.inference.comparison import THUMBNAIL, Comparison, pair_path


def flat(level, height=30, width=40, channels=3):
    return np.full((height, width, channels), level, np.uint8)


def read(path):
    return np.asarray(Image.open(path))


def test_nothing_is_written_when_nothing_is_asked(tmp_path):
    comparison = Comparison(None, tmp_path / "sheet.png")
    comparison.add(flat(10), flat(20), tmp_path / "a.jpg")
    assert (comparison.finish(), comparison.paths([tmp_path / "a.jpg"])) == (None, [])
    assert list(tmp_path.iterdir()) == []


def test_a_pair_stands_beside_its_translation_original_first(tmp_path):
    comparison, target = Comparison("pairs", tmp_path / "sheet.png"), tmp_path / "a.jpg"
    comparison.add(flat(10), flat(20), target)
    assert comparison.paths([target]) == [pair_path(target)] == [tmp_path / "a.jpg.compare.png"]
    pair = read(pair_path(target))[-30:]
    assert (pair[:, :40] == 10).all()
    assert (pair[:, -40:] == 20).all()
    assert comparison.finish() is None


@pytest.mark.parametrize(("count", "rows", "across"), [(1, 1, 2), (2, 1, 4), (3, 2, 4)])
def test_a_sheet_has_two_pairs_a_row(tmp_path, count, rows, across):
    comparison = Comparison("sheet", tmp_path / "sheet.png")
    for number in range(count):
        comparison.add(flat(10 * number + 1), flat(10 * number + 2), tmp_path / "a.jpg")
    sheet = read(comparison.finish())
    assert sheet.shape[1] == across * (THUMBNAIL + 2) - 2
    assert rows * THUMBNAIL < sheet.shape[0] < rows * THUMBNAIL + 50
    middle = sheet.shape[0] - THUMBNAIL // 2
    shown = sheet[middle, THUMBNAIL // 2 :: THUMBNAIL + 2, 0].tolist()
    expected = [1, 2, 11, 12, 21, 22][: 2 * count][-across if count != 3 else 4 :]
    assert shown == expected + [255] * (across - len(expected))


def test_large_pictures_are_shrunk_and_small_ones_stay(tmp_path):
    comparison = Comparison("sheet", tmp_path / "sheet.png")
    comparison.add(flat(1, 600, 1200), flat(2, 600, 1200), tmp_path / "a.jpg")
    comparison.add(flat(3, 10, 10), flat(4, 10, 10, 1), tmp_path / "b.jpg")
    sheet = read(comparison.finish())[-THUMBNAIL:]
    areas = {level: int((sheet[..., 0] == level).sum()) for level in (1, 2, 3, 4)}
    assert areas == {1: 256 * 128, 2: 256 * 128, 3: 100, 4: 100}


def test_a_sheet_of_very_many_pictures_stays_readable(tmp_path, monkeypatch):
    monkeypatch.setattr(picture_comparison, "MOST_PAIRS", 2)
    comparison = Comparison("sheet", tmp_path / "sheet.png")
    for _ in range(5):
        comparison.add(flat(1), flat(2), tmp_path / "a.jpg")
    assert read(comparison.finish()).shape[0] < 2 * THUMBNAIL


def test_no_picture_gives_no_sheet(tmp_path):
    assert Comparison("sheet", tmp_path / "sheet.png").finish() is None
