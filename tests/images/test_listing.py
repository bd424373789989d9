import logging
import os

import pytest

from cyclegan_tf.data.domains import Domains, check_apart, find_domains
from cyclegan_tf.errors import ConfigError, DataError, UsageError
from cyclegan_tf.images.listing import IMAGE_SUFFIXES, list_images


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


@pytest.mark.parametrize("suffix", [*IMAGE_SUFFIXES, ".JPG", ".Png"])
def test_suffixes_are_accepted_in_any_case(tmp_path, suffix):
    touch(tmp_path, f"a{suffix}")
    assert listed(tmp_path) == [f"a{suffix}"]


def test_other_and_hidden_files_are_ignored(tmp_path):
    touch(tmp_path, "a.png", "notes.txt", ".b.png", "._a.png", ".cache/c.png")
    assert listed(tmp_path) == ["a.png"]


def test_a_folder_named_like_a_picture_is_ignored_with_a_warning(tmp_path, caplog):
    touch(tmp_path, "a.png", "x.jpg/inside.png")
    assert listed(tmp_path) == ["a.png"]
    assert "x.jpg" in caplog.text


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no FIFOs")
def test_row_16_a_fifo_is_ignored_with_a_warning(tmp_path, caplog):
    touch(tmp_path, "a.png")
    os.mkfifo(tmp_path / "pipe.jpg")
    assert listed(tmp_path) == ["a.png"]
    assert "pipe.jpg" in caplog.text


@pytest.mark.parametrize(("link", "target"), [("loop.jpg", "loop.jpg"), ("broken.jpg", "nowhere")])
def test_a_link_that_leads_nowhere_is_ignored_with_a_warning(tmp_path, caplog, link, target):
    touch(tmp_path, "a.png")
    (tmp_path / link).symlink_to(tmp_path / target)
    assert listed(tmp_path) == ["a.png"]
    assert link in caplog.text


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


def test_row_8_a_missing_folder_is_named_with_its_domain_and_the_suffixes(tmp_path):
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


def test_a_folder_without_pictures_tells_the_count(tmp_path):
    touch(tmp_path, "a.txt", "b.txt")
    with pytest.raises(DataError) as caught:
        list_images(tmp_path, "B")
    assert caught.value.what == f"domain B: no pictures in the folder {tmp_path}"
    assert "found 0 pictures among 2 files" in caught.value.detail


@pytest.mark.parametrize("tests", [(), ("testA",), ("testA", "testB")])
def test_a_data_folder_gives_its_domains(tmp_path, tests):
    for name in ("trainA", "trainB", *tests):
        (tmp_path / name).mkdir()
    found = [tmp_path / name if name in tests else None for name in ("testA", "testB")]
    assert find_domains(tmp_path) == Domains(tmp_path / "trainA", tmp_path / "trainB", *found)


def test_two_folders_give_the_domains(tmp_path):
    for name in ("horses", "zebras"):
        (tmp_path / name).mkdir()
    domains = find_domains(a=tmp_path / "horses", b=tmp_path / "zebras")
    assert domains == Domains(tmp_path / "horses", tmp_path / "zebras")


def test_a_missing_domain_is_named_with_the_expected_layout(tmp_path):
    (tmp_path / "trainA").mkdir()
    with pytest.raises(DataError, match="domain B: there is no folder .*trainB") as caught:
        find_domains(tmp_path)
    assert "trainA, trainB and optionally testA, testB; found only these folders beside it: trainA" in str(
        caught.value
    )


@pytest.mark.parametrize(
    "given", [{}, {"data": "d", "a": "x", "b": "y"}, {"data": "d", "a": "x"}, {"a": "x"}]
)
def test_the_folders_must_be_given_in_exactly_one_way(given):
    with pytest.raises(UsageError, match="expected one data folder, or the folders a and b"):
        find_domains(**given)


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
    ("line", "found"), [("c.png", "nothing"), ("notes.txt", "another file"), ("sub", "no regular file")]
)
def test_a_line_that_names_no_picture_is_told_with_its_number(tmp_path, line, found):
    touch(tmp_path, "a.png", "notes.txt", "sub/b.png")
    pictures = tmp_path / "mine.txt"
    pictures.write_text(f"# two\n\na.png\n{line}\n")
    with pytest.raises(DataError) as caught:
        list_images(pictures, "A")
    assert caught.value.what == f"a line that names no picture: {pictures}:4"
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


def test_lists_give_the_domains(tmp_path):
    touch(tmp_path, "a.txt", "b/b.png")
    assert find_domains(a=tmp_path / "a.txt", b=tmp_path / "b") == Domains(tmp_path / "a.txt", tmp_path / "b")


def test_a_picture_in_both_domains_lists_is_named(tmp_path):
    touch(tmp_path, "a.png", "sub/b.png")
    (tmp_path / "one.txt").write_text("a.png\nsub/b.png")
    (tmp_path / "two.txt").write_text("sub/../sub/b.png")
    with pytest.raises(ConfigError, match=r"share 1 pictures, first .*sub/b.png"):
        check_apart(tmp_path / "one.txt", tmp_path / "two.txt")
    with pytest.raises(ConfigError, match="the same list"):
        check_apart(tmp_path / "one.txt", tmp_path / "one.txt")
