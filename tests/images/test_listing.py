import logging
import os

import pytest

from cyclegan_tf.errors import DataError
from cyclegan_tf.images.kinds import PICTURE_SUFFIXES
from cyclegan_tf.images.listing import list_images


def touch(folder, *names):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")


def listed(folder):
    return [path.relative_to(folder).as_posix() for path in list_images(folder)]


def test_pictures_are_sorted_and_nested_folders_are_searched(tmp_path):
    touch(tmp_path, "b.png", "sub/deep/c.png", "a.png", "Z.png")
    assert listed(tmp_path) == ["Z.png", "a.png", "b.png", "sub/deep/c.png"]


@pytest.mark.parametrize("suffix", [*PICTURE_SUFFIXES, ".JPG", ".Png"])
def test_suffixes_are_accepted_in_any_case(tmp_path, suffix):
    touch(tmp_path, f"a{suffix}")
    assert listed(tmp_path) == [f"a{suffix}"]


def test_other_and_hidden_files_are_ignored(tmp_path):
    touch(tmp_path, "a.png", "notes.txt", ".b.png", "._a.png", ".cache/c.png")
    assert listed(tmp_path) == ["a.png"]


NOT_PICTURES = {
    "folder": lambda path: touch(path, "inside.png"),
    "loop": lambda path: path.symlink_to(path),
    "broken": lambda path: path.symlink_to(path.with_name("nowhere")),
}
if hasattr(os, "mkfifo"):
    NOT_PICTURES["fifo"] = os.mkfifo


@pytest.mark.parametrize("kind", NOT_PICTURES)
def test_what_is_only_named_like_a_picture_is_ignored_with_a_warning(tmp_path, caplog, kind):
    touch(tmp_path, "a.png")
    NOT_PICTURES[kind](tmp_path / "x.jpg")
    assert listed(tmp_path) == ["a.png"]
    assert "x.jpg" in caplog.text


def test_a_link_to_a_folder_above_ends_with_a_warning(tmp_path, caplog):
    touch(tmp_path, "sub/a.png")
    (tmp_path / "sub" / "up").symlink_to(tmp_path)
    assert listed(tmp_path) == ["sub/a.png"]
    assert caplog.records[0].levelno == logging.WARNING


def test_a_linked_folder_is_searched(tmp_path):
    touch(tmp_path, "elsewhere/a.png")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "link").symlink_to(tmp_path / "elsewhere")
    assert listed(tmp_path / "data") == ["link/a.png"]


def test_a_missing_folder_is_named_with_its_domain_and_the_suffixes(tmp_path):
    touch(tmp_path, "trainA/a.png")
    with pytest.raises(DataError) as caught:
        list_images(tmp_path / "trianA", "A")
    assert caught.value.what == f"domain A: there is no folder {tmp_path / 'trianA'}"
    assert ".jpeg" in caught.value.detail
    assert "trainA" in caught.value.detail.rpartition("found")[2]


def test_a_file_in_place_of_a_folder_is_named(tmp_path):
    touch(tmp_path, "a.png")
    with pytest.raises(DataError, match="found a file"):
        list_images(tmp_path / "a.png")


def test_a_folder_without_pictures_is_reported_with_the_count(tmp_path):
    touch(tmp_path, "a.txt", "b.txt")
    with pytest.raises(DataError) as caught:
        list_images(tmp_path, "B")
    assert caught.value.what == f"domain B: no pictures in the folder {tmp_path}"
    assert "found 0 pictures among 2 files" in caught.value.detail


def test_a_list_names_pictures_relative_to_itself_in_its_own_order(tmp_path):
    touch(tmp_path, "lists/x/b.png", "a.png")
    pictures = tmp_path / "lists" / "mine.txt"
    pictures.write_text(f"\ufeff# of last summer\nx/b.png\n\n  ../a.png \n{tmp_path / 'a.png'}\n", "utf-8")
    assert [path.resolve() for path in list_images(pictures)] == [
        tmp_path / "lists/x/b.png",
        tmp_path / "a.png",
        tmp_path / "a.png",
    ]


@pytest.mark.parametrize(
    ("line", "found"),
    [("c.png", "nothing"), ("notes.txt", "another file"), ("sub", "something that is not a regular file")],
)
def test_a_line_that_does_not_name_a_picture_is_reported_with_its_number(tmp_path, line, found):
    touch(tmp_path, "a.png", "notes.txt", "sub/b.png")
    pictures = tmp_path / "mine.txt"
    pictures.write_text(f"# two\n\na.png\n{line}\n")
    with pytest.raises(DataError) as caught:
        list_images(pictures, "A")
    assert caught.value.what == f"a line that does not name a picture: {pictures}:4"
    assert caught.value.detail.endswith(f"at {tmp_path / line}; found {found}")


@pytest.mark.parametrize("content", [b"", b"# nothing\n\n"])
def test_an_empty_list_is_refused(tmp_path, content):
    (tmp_path / "mine.txt").write_bytes(content)
    with pytest.raises(DataError, match="domain B: no pictures in the list"):
        list_images(tmp_path / "mine.txt", "B")


def test_a_list_that_is_not_utf_8_is_refused(tmp_path):
    (tmp_path / "mine.txt").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DataError, match="cannot read the list"):
        list_images(tmp_path / "mine.txt")


def test_a_picture_that_cannot_be_read_is_listed_but_not_beside_the_one_made_of_it(tmp_path):
    for name in ("alone.jxl", "b.NEF", "b.jpg", "c.heic", "d/b.jp2"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    names = [path.relative_to(tmp_path).as_posix() for path in list_images(tmp_path)]
    assert names == ["alone.jxl", "b.jpg", "c.heic", "d/b.jp2"]
