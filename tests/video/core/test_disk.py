import errno

import pytest

from video.core.disk import format_bytes, free_bytes, output_error, require_free_space
from video.core.errors import OutputError


def test_free_space_is_known_before_the_folder_is_there(tmp_path):
    assert free_bytes(tmp_path / "a" / "b") > 0


def test_enough_space_passes(tmp_path):
    require_free_space(tmp_path, 1)


def test_too_little_space_is_reported_with_needed_and_free(tmp_path, monkeypatch):
    monkeypatch.setattr("video.core.disk.free_bytes", lambda path: 1_500_000)
    with pytest.raises(OutputError, match="needed 2.0 GB, free 1.5 MB"):
        require_free_space(tmp_path / "runs", 2_000_000_000)


@pytest.mark.parametrize(
    ("number", "text"),
    [(0, "0 bytes"), (999, "999 bytes"), (1500, "1.5 kB"), (2e9, "2.0 GB"), (3e12, "3.0 TB")],
)
def test_sizes_are_written_for_people(number, text):
    assert format_bytes(number) == text


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        (errno.EACCES, "permission denied"),
        (errno.EFBIG, "larger than the limit"),
        (errno.EIO, "the bus burns"),
    ],
)
def test_an_error_of_the_system_is_put_in_words(tmp_path, number, reason):
    error = output_error(OSError(number, "the bus burns"), tmp_path / "a")
    assert str(error).startswith(f"error: cannot write: {tmp_path / 'a'}\n{reason}")


def test_a_full_disk_is_reported_with_free_bytes_where_nothing_else_is_known(tmp_path):
    error = output_error(OSError(errno.ENOSPC, "full"), tmp_path / "a")
    assert error.what == f"not enough disk space: {tmp_path / 'a'}"
    assert error.detail.startswith("free ")


def test_an_error_of_a_library_is_reported_in_its_own_words(tmp_path):
    assert output_error(ValueError("no such muxer"), tmp_path / "a").detail == "no such muxer"
