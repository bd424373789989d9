import shlex
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cyclegan_tf.config.loading import load_config
from cyclegan_tf.masking import making
from cyclegan_tf.masking.making import make_masks


@pytest.fixture
def data(tmp_path):
    for part, count in (("trainA", 3), ("trainB", 2), ("testA", 1)):
        (tmp_path / "data" / part).mkdir(parents=True)
        for number in range(count):
            picture = np.full((40, 60, 3), 90, np.uint8)
            picture[10:30, 20:40] = (200, 40, number)
            Image.fromarray(picture).save(tmp_path / "data" / part / f"{number}.png")
    return load_config(None, [f"data.root='{tmp_path / 'data'}'"]).data


@pytest.fixture(autouse=True)
def red_stands_out(monkeypatch):
    """In place of a network that takes a second for each picture; test_saliency.py has that one."""
    monkeypatch.setattr(
        making, "Saliency", lambda: lambda picture: (picture[..., 0] > 150).astype(np.float32)
    )


def test_every_picture_gets_a_mask_of_its_name_and_size(data, tmp_path):
    report = make_masks(data, tmp_path / "masks", [])
    assert report.made == 6 and report.doubtful == {}
    files = sorted(
        path.relative_to(tmp_path / "masks").as_posix() for path in (tmp_path / "masks").rglob("*/*.png")
    )
    assert files == [
        "testA/0.png",
        "trainA/0.png",
        "trainA/1.png",
        "trainA/2.png",
        "trainB/0.png",
        "trainB/1.png",
    ]
    mask = Image.open(tmp_path / "masks" / "trainA" / "1.png")
    assert mask.mode == "L" and mask.size == (60, 40)
    assert np.asarray(mask)[20, 30] > 250 and np.asarray(mask)[2, 2] < 5


def test_masks_that_are_there_stay_unless_they_are_to_be_made_again(data, tmp_path):
    make_masks(data, tmp_path / "masks", [])
    drawn = tmp_path / "masks" / "trainA" / "0.png"
    Image.new("L", (60, 40), 7).save(drawn)
    report = make_masks(data, tmp_path / "masks", [])
    assert (report.made, report.kept) == (0, 6) and np.asarray(Image.open(drawn)).max() == 7
    assert make_masks(data, tmp_path / "masks", [], overwrite=True).made == 6
    assert np.asarray(Image.open(drawn)).max() > 250


def test_a_mask_of_nothing_is_doubtful(data, tmp_path, monkeypatch):
    tiny = np.zeros((224, 224), np.float32)
    tiny[0, 0] = 1
    monkeypatch.setattr(making, "Saliency", lambda: lambda picture: tiny)
    report = make_masks(data, tmp_path / "masks", [])
    assert len(report.doubtful) == 6 and "covers 0% of the picture" in str(report)


def test_the_sheet_shows_pictures_of_both_domains_beside_their_masks(data, tmp_path):
    report = make_masks(data, tmp_path / "masks", [])
    with Image.open(report.sheet) as sheet:
        assert sheet.width == 6 * 130 - 2 and sheet.height > 2 * 130
    assert f"--set data.masks_a={tmp_path / 'masks' / 'trainA'}" in str(report)


def test_the_next_command_works_from_any_folder_and_with_any_name(data, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    command = str(make_masks(data, Path("my masks"), [])).splitlines()[-1]
    masks = tmp_path / "my masks"
    expected = [word for d in "ab" for word in ("--set", f"data.masks_{d}={masks / f'train{d.upper()}'}")]
    assert shlex.split(command) == ["next:", "cyclegan-tf", "fit", "DATA", *expected]


def test_the_networks_see_pictures_in_the_range_of_their_domain(data, tmp_path, monkeypatch):
    for folder in ("trainA", "testA"):
        for path in (tmp_path / "data" / folder).iterdir():
            # 12 bits, stored in 16.
            Image.fromarray(np.full((8, 8), 4095, np.uint16)).save(path)
    seen = []
    monkeypatch.setattr(
        making, "Saliency", lambda: lambda picture: seen.append(picture.max()) or np.zeros((4, 4), np.float32)
    )
    make_masks(data.model_copy(update={"range_a": [0, 4095]}), tmp_path / "masks", [])
    assert seen[:3] == [255] * 3


def test_pictures_of_one_channel_have_masks_too(data, tmp_path):
    picture = np.zeros((8, 8), np.uint8)
    picture[2:6, 2:6] = 200
    np.save(tmp_path / "data" / "trainA" / "grey.npy", picture)
    (tmp_path / "data" / "trainA" / "0.png").unlink()
    data = data.model_copy(update={"channels_a": 1, "channels_b": 1})
    assert make_masks(data, tmp_path / "masks", []).made == 6
