import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cyclegan_tf.errors import DataError, OutputError, UsageError
from cyclegan_tf.inference.pairs import check_targets, find_pairs


def make(folder, *names):
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.zeros((2, 2, 3), np.uint8)).save(folder / name, "PNG")
    return folder


def found(pairs, root, target):
    return {str(p.source.relative_to(root)): str(p.target.relative_to(target)) for p in pairs.pairs}


@pytest.fixture
def photos(tmp_path):
    return make(tmp_path / "in", "a.jpg", "b.PNG", "sub/c.tiff", "sub/d.gif", ".hidden.png")


def test_a_folder_is_mirrored_with_names_and_formats(photos, tmp_path):
    pairs = find_pairs(photos, tmp_path / "out")
    assert found(pairs, photos, tmp_path / "out") == {
        "a.jpg": "a.jpg",
        "b.PNG": "b.PNG",
        "sub/c.tiff": "sub/c.tiff",
        "sub/d.gif": "sub/d.png",
    }


def test_a_chosen_format_is_that_of_all(photos, tmp_path):
    out = tmp_path / "out"
    names = found(find_pairs(photos, out, ".tif"), photos, out).values()
    assert set(names) == {"a.tif", "b.tif", "sub/c.tiff", "sub/d.tif"}


def test_pictures_that_would_have_one_name_get_two_and_who_has_it_keeps_it(tmp_path):
    photos = make(tmp_path / "in", "a.bmp", "a.jpg", "a.png")
    out = tmp_path / "out"
    names = found(find_pairs(photos, out, ".png"), photos, out)
    assert names == {"a.png": "a.png", "a.bmp": "a.bmp.png", "a.jpg": "a.jpg.png"}


def test_other_channels_go_into_a_format_that_holds_them(tmp_path):
    photos = make(tmp_path / "in", "a.npy", "b.png", "c.tif")
    pairs = find_pairs(photos, tmp_path / "out", any_channels=True)
    assert found(pairs, photos, tmp_path / "out") == {"a.npy": "a.npy", "b.png": "b.tif", "c.tif": "c.tif"}


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("*.jpg", {"a.jpg"}),
        ("**/*.*", {"a.jpg", "b.PNG", "sub/c.tiff", "sub/d.png"}),
        ("s*/c.*", {"sub/c.tiff"}),
    ],
)
def test_a_pattern_is_mirrored_below_its_fixed_part(photos, tmp_path, pattern, expected):
    pairs = find_pairs(photos / pattern, tmp_path / "out")
    assert set(found(pairs, photos, tmp_path / "out").values()) == expected


def test_a_pattern_of_the_working_folder_is_found(photos, tmp_path, monkeypatch):
    monkeypatch.chdir(photos)
    pairs = find_pairs(Path("*.jpg"), tmp_path / "out")
    assert [pair.target for pair in pairs.pairs] == [tmp_path / "out" / "a.jpg"]


def test_a_name_with_the_signs_of_a_pattern_is_a_name(tmp_path):
    photos = make(tmp_path / "in", "a[1].png")
    pairs = find_pairs(photos / "a[1].png", tmp_path / "out.png")
    assert [pair.source for pair in pairs.pairs] == [photos / "a[1].png"]


def test_one_picture_goes_to_the_file_that_is_named(photos, tmp_path):
    pairs = find_pairs(photos / "a.jpg", tmp_path / "b.webp")
    assert [pair.target for pair in pairs.pairs] == [tmp_path / "b.webp"]
    assert not pairs.into_folder


@pytest.mark.parametrize("exists", [True, False])
def test_one_picture_goes_into_a_folder_by_its_own_name(photos, tmp_path, exists):
    if exists:
        (tmp_path / "out").mkdir()
    pairs = find_pairs(photos / "a.jpg", tmp_path / "out", ".png")
    assert [pair.target for pair in pairs.pairs] == [tmp_path / "out" / "a.png"]
    assert pairs.into_folder


@pytest.mark.parametrize(
    ("source", "target", "suffix", "error", "message"),
    [
        ("nowhere.jpg", "b.png", None, DataError, "no picture at .*nowhere.jpg"),
        ("*.exr", "out", None, DataError, "no picture matches the pattern: .*exr\n.*matches none of these"),
        ("a.jpg", "b.exr", None, UsageError, "not a format that can be written: .*b.exr\nexpected .*.png"),
        ("a.jpg", "b.png", ".jpg", UsageError, "suffix and --format differ: .*\nexpected .jpg; found .png"),
        (".", "a.jpg", None, OutputError, "the output is a file: .*a.jpg\nexpected a folder"),
        (".", "b.jpg", None, UsageError, "the name of a file: .*b.jpg\nexpected a folder"),
        (".", ".", None, UsageError, "lies in the input"),
        ("**/*.jpg", "sub/out", None, UsageError, "lies in the input: .*out\n"),
        (".", "sub/out", None, UsageError, "lies in the input: .*out\n"),
    ],
)
def test_what_cannot_be_is_said_with_its_name(photos, source, target, suffix, error, message):
    with pytest.raises(error, match=message):
        find_pairs(photos / source, photos / target, suffix)


def test_an_existing_output_is_refused_and_others_are_named(photos, tmp_path):
    out = make(tmp_path / "out", "a.jpg", "b.PNG", "sub/c.tiff", "sub/d.png")
    pairs = find_pairs(photos, out)
    with pytest.raises(
        OutputError, match=r"a\.jpg\nso do .*b\.PNG, .*c\.tiff and 1 more\nfix: .*--overwrite"
    ):
        check_targets(pairs, [], overwrite=False)
    check_targets(pairs, [], overwrite=True)


def test_further_files_are_looked_at_too(photos, tmp_path):
    out = make(tmp_path / "out", "sheet.png")
    with pytest.raises(OutputError, match="output exists: .*sheet.png"):
        check_targets(find_pairs(photos, out), [out / "sheet.png"], overwrite=False)


@pytest.mark.parametrize("overwrite", [True, False])
def test_a_further_file_never_takes_the_name_of_a_translation(tmp_path, overwrite):
    photos = make(tmp_path / "in", "a.png", "contact_sheet.png")
    pairs = find_pairs(photos, tmp_path / "out")
    with pytest.raises(OutputError, match="two results would have one name: .*contact_sheet.png"):
        check_targets(pairs, [tmp_path / "out" / "contact_sheet.png"], overwrite=overwrite)


@pytest.mark.parametrize("link", [os.symlink, os.link], ids=["symbolic", "hard"])
@pytest.mark.parametrize("overwrite", [True, False])
def test_the_input_under_another_name_is_never_overwritten(photos, tmp_path, link, overwrite):
    (tmp_path / "out").mkdir()
    # Another source of the same folder than the one of the same name.
    link(photos / "b.PNG", tmp_path / "out" / "a.jpg")
    with pytest.raises(OutputError, match=r"is the input: .*a\.jpg\nexpected another file than .*b\.PNG"):
        check_targets(find_pairs(photos, tmp_path / "out"), [], overwrite=overwrite)


def test_the_input_itself_is_never_overwritten(photos):
    with pytest.raises(OutputError, match="the output is the input"):
        check_targets(find_pairs(photos / "a.jpg", photos / "a.jpg"), [], overwrite=True)


def test_a_folder_in_the_place_of_a_file_is_refused(photos, tmp_path):
    (tmp_path / "out" / "a.jpg").mkdir(parents=True)
    with pytest.raises(OutputError, match="the output is a folder"):
        check_targets(find_pairs(photos, tmp_path / "out"), [], overwrite=True)


def test_a_file_in_a_folder_that_is_not_there_is_refused(photos, tmp_path):
    with pytest.raises(OutputError, match="the output's folder does not exist"):
        check_targets(find_pairs(photos / "a.jpg", tmp_path / "no" / "b.png"), [], overwrite=False)


def test_a_folder_that_cannot_be_written_is_refused(photos, tmp_path, monkeypatch):
    monkeypatch.setattr(os, "access", lambda path, mode: path != tmp_path)
    with pytest.raises(OutputError, match=f"cannot write into the folder: {tmp_path}\n"):
        check_targets(find_pairs(photos, tmp_path / "no" / "out"), [], overwrite=False)
