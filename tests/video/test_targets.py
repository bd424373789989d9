import os

import pytest

import video
from video.targets import write_error, written_aside


def test_a_free_name_is_returned_as_a_path(tmp_path):
    assert video.check_target("in.mp4", str(tmp_path / "out.MP4")) == tmp_path / "out.MP4"


@pytest.mark.parametrize("name", ["out.gif", "out", "out.mp4.txt"])
def test_an_unknown_suffix_is_refused_with_the_accepted_ones(tmp_path, name):
    with pytest.raises(video.UsageError, match=r"expected one of \.mp4, \.mov, \.mkv, \.webm"):
        video.check_target("in.mp4", tmp_path / name)


def test_an_existing_output_is_refused(tmp_path):
    (tmp_path / "out.mp4").write_bytes(b"old")
    with pytest.raises(video.OutputError, match="the output exists"):
        video.check_target("in.mp4", tmp_path / "out.mp4")


def test_an_existing_output_may_be_overwritten_when_asked(tmp_path):
    (tmp_path / "out.mp4").write_bytes(b"old")
    assert video.check_target("in.mp4", tmp_path / "out.mp4", overwrite=True)


@pytest.mark.parametrize("link", [None, os.symlink, os.link])
def test_the_input_is_never_the_output(tmp_path, link):
    source = tmp_path / "in.mp4"
    source.write_bytes(b"clip")
    target = source
    if link:
        target = tmp_path / "out.mp4"
        link(source, target)
    with pytest.raises(video.OutputError, match="the output is the input"):
        video.check_target(source, target, overwrite=True)


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(video.OutputError, match="folder does not exist"):
        video.check_target("in.mp4", tmp_path / "none" / "out.mp4")


def test_an_unwritable_folder_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(video.OutputError, match="not writable"):
        video.check_target("in.mp4", tmp_path / "out.mp4")


def test_a_folder_or_dangling_link_is_never_replaced(tmp_path):
    (tmp_path / "folder.mp4").mkdir()
    (tmp_path / "link.mp4").symlink_to(tmp_path / "gone.mp4")
    for name in ("folder.mp4", "link.mp4"):
        with pytest.raises(video.OutputError, match="not a regular file"):
            video.check_target("in.mp4", tmp_path / name, overwrite=True)


def test_the_file_appears_only_after_success(tmp_path, only_files):
    target = tmp_path / "out.mp4"
    with written_aside(target) as part:
        part.write_bytes(b"new")
        assert only_files(tmp_path) == [".out.mp4.part"]
    assert only_files(tmp_path) == ["out.mp4"]
    assert target.read_bytes() == b"new"


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, FileNotFoundError])
def test_an_error_leaves_the_old_file_and_nothing_else(tmp_path, only_files, error):
    target = tmp_path / "out.mp4"
    target.write_bytes(b"old")
    with pytest.raises(error), written_aside(target) as part:
        part.write_bytes(b"half")
        raise error
    assert only_files(tmp_path) == ["out.mp4"]
    assert target.read_bytes() == b"old"


def test_the_leftover_of_a_killed_run_is_removed(tmp_path, only_files):
    (tmp_path / ".out.mp4.part").write_bytes(b"left over")
    with written_aside(tmp_path / "out.mp4") as part:
        assert not part.exists()
        part.write_bytes(b"new")
    assert only_files(tmp_path) == ["out.mp4"]


def test_a_failed_write_names_the_path_the_reason_and_the_free_space(tmp_path):
    error = write_error(tmp_path / "out.mp4", OSError(28, "No space left on device"))
    assert "out.mp4" in error.what
    assert "No space left on device" in error.detail
    assert "MB are free" in error.detail
