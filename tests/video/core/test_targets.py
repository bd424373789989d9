import os

import pytest

import video
from video.core.containers import container_for
from video.core.targets import (
    TIMES_FILE,
    check_target,
    final_path,
    move_to_target,
)

TABLE = "file,seconds,duration_seconds\n00001.png,0,1\n00002.png,1,1\n"


def folder_of(path, **files):
    path.mkdir()
    for name, content in files.items():
        (path / name).write_text(content)
    return path


@pytest.mark.parametrize(
    "name", ["out.MP4", "out.mov", "a.b.mkv", "out.webm", "out.gif", "out.png", "out.webp"]
)
def test_a_free_name_is_returned_as_a_path(tmp_path, name):
    assert check_target("in.mp4", str(tmp_path / name)) == tmp_path / name


def test_an_existing_output_is_refused(tmp_path):
    (tmp_path / "out.mp4").write_bytes(b"old")
    with pytest.raises(video.OutputError, match="the output exists"):
        check_target("in.mp4", tmp_path / "out.mp4")


def test_an_existing_output_may_be_overwritten_when_asked(tmp_path):
    (tmp_path / "out.mp4").write_bytes(b"old")
    assert check_target("in.mp4", tmp_path / "out.mp4", overwrite=True)


@pytest.mark.parametrize("link", [None, os.symlink, os.link])
def test_the_input_is_never_the_output(tmp_path, link):
    source = tmp_path / "in.mp4"
    source.write_bytes(b"clip")
    target = source
    if link:
        target = tmp_path / "out.mp4"
        link(source, target)
    with pytest.raises(video.OutputError, match="the output is the input"):
        check_target(source, target, overwrite=True)


def test_a_folder_of_pictures_is_never_written_into_itself(tmp_path):
    (tmp_path / TIMES_FILE).write_text("")
    with pytest.raises(video.OutputError, match="the output is the input"):
        check_target(tmp_path, tmp_path / "%05d.png", overwrite=True)
    with pytest.raises(video.OutputError, match="the output is the input"):
        check_target(tmp_path / "%05d.jpg", tmp_path / "%05d.png", overwrite=True)


@pytest.mark.parametrize("name", ["none/out.mp4", "none/frames/%05d.png"])
def test_a_missing_folder_is_named(tmp_path, name):
    with pytest.raises(video.OutputError, match=f"folder does not exist: {tmp_path / 'none'}"):
        check_target("in.mp4", tmp_path / name)


def test_an_unwritable_folder_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(video.OutputError, match="not writable"):
        check_target("in.mp4", tmp_path / "out.mp4")


def test_a_folder_or_dangling_link_is_never_replaced(tmp_path):
    (tmp_path / "folder.mp4").mkdir()
    (tmp_path / "link.mp4").symlink_to(tmp_path / "gone.mp4")
    for name in ("folder.mp4", "link.mp4"):
        with pytest.raises(video.OutputError, match="the output exists and is not a file"):
            check_target("in.mp4", tmp_path / name, overwrite=True)


@pytest.mark.parametrize("is_there", [False, True])
def test_pictures_go_into_a_new_or_empty_folder(tmp_path, is_there):
    if is_there:
        (tmp_path / "frames").mkdir()
    assert check_target("in.mp4", tmp_path / "frames" / "%05d.png")


def test_the_pictures_of_an_earlier_result_are_replaced_only_when_asked(tmp_path):
    folder = folder_of(tmp_path / "frames", **{"00001.png": "old", TIMES_FILE: TABLE})
    with pytest.raises(video.OutputError, match="the output exists: .*frames\n"):
        check_target("in.mp4", folder / "%05d.png")
    assert check_target("in.mp4", folder / "%05d.png", overwrite=True)


def test_files_that_an_earlier_result_does_not_name_are_not_replaced_with_it(tmp_path):
    folder = folder_of(tmp_path / "frames", **{"00001.png": "old", TIMES_FILE: TABLE, "notes.txt": "dear"})
    with pytest.raises(video.OutputError, match="there are other files.*\n.*found notes.txt"):
        check_target("in.mp4", folder / "%05d.png", overwrite=True)


def test_a_table_that_cannot_be_read_keeps_its_folder(tmp_path):
    folder = folder_of(tmp_path / "frames", **{"00001.png": "old", TIMES_FILE: "x" * 200_000})
    with pytest.raises(video.OutputError, match="a table that cannot be read: .*frames.csv\n.*field limit"):
        check_target("in.mp4", folder / "%05d.png", overwrite=True)


def test_a_folder_with_somebody_elses_files_is_never_replaced(tmp_path):
    folder = tmp_path / "holiday"
    folder.mkdir()
    (folder / "IMG_0001.jpg").write_bytes(b"dear")
    with pytest.raises(video.OutputError, match="the output's folder holds other files"):
        check_target("in.mp4", folder / "%05d.png", overwrite=True)


def test_a_file_is_not_a_folder_for_pictures(tmp_path):
    (tmp_path / "frames").write_bytes(b"file")
    with pytest.raises(video.OutputError, match="the output exists and is not a folder"):
        check_target("in.mp4", tmp_path / "frames" / "%05d.png", overwrite=True)


@pytest.mark.parametrize(
    "name, place", [("b.mp4", "b.mp4"), ("a/%05d.png", "a"), ("a/b.png", "a/b.png"), ("link/%05d.png", "a")]
)
def test_what_gets_its_name_is_the_file_or_the_folder_of_a_pattern(tmp_path, name, place):
    (tmp_path / "a").mkdir()
    (tmp_path / "link").symlink_to("a")
    path = tmp_path / name
    assert final_path(path, container_for(path)) == tmp_path / place


def test_the_current_folder_is_never_replaced_by_pictures(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(video.OutputError, match=f"current folder.*\n.*\nfix: .*{tmp_path.name}/%05d.png"):
        check_target("../in.mp4", "%05d.png")


def test_a_name_that_is_too_long_is_refused_before_any_work(tmp_path):
    with pytest.raises(video.OutputError, match="the name is too long"):
        check_target("in.mp4", tmp_path / ("n" * 252 + ".mp4"))


def test_a_finished_file_gets_its_name(tmp_path, only_files):
    (tmp_path / "result.part").write_bytes(b"new")
    move_to_target(tmp_path / "result.part", tmp_path / "out.mp4", overwrite=False)
    assert only_files(tmp_path) == ["out.mp4"]


def test_a_name_that_was_taken_meanwhile_is_left_alone(tmp_path, only_files):
    (tmp_path / "result.part").write_bytes(b"new")
    (tmp_path / "out.mp4").write_bytes(b"somebody else's")
    with pytest.raises(video.OutputError, match="the output exists"):
        move_to_target(tmp_path / "result.part", tmp_path / "out.mp4", overwrite=False)
    assert (tmp_path / "out.mp4").read_bytes() == b"somebody else's"
    assert only_files(tmp_path) == ["out.mp4", "result.part"]


def test_a_finished_folder_replaces_an_older_one_whole(tmp_path, only_files):
    work = folder_of(tmp_path / "work")
    result = folder_of(work / "result.part", **{"00001.png": "new", TIMES_FILE: "new"})
    place = folder_of(tmp_path / "frames", **{"00001.png": "old", "00002.png": "old", TIMES_FILE: TABLE})
    move_to_target(result, place, overwrite=True)
    assert only_files(place) == ["00001.png", TIMES_FILE]
    assert only_files(work) == []


def test_an_empty_folder_is_taken_as_a_place(tmp_path, only_files):
    result = folder_of(tmp_path / "result.part", **{TIMES_FILE: "new"})
    move_to_target(result, folder_of(tmp_path / "frames"), overwrite=False)
    assert only_files(tmp_path) == ["frames"]
    assert only_files(tmp_path / "frames") == [TIMES_FILE]


def test_a_name_that_cannot_be_had_is_explained(tmp_path):
    (tmp_path / "result.part").write_bytes(b"new")
    with pytest.raises(video.OutputError, match="cannot write: .*gone/out.mp4\nits folder does not exist"):
        move_to_target(tmp_path / "result.part", tmp_path / "gone" / "out.mp4", overwrite=False)
    assert (tmp_path / "result.part").exists()
