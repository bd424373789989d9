import errno
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from video.core import files, leftovers
from video.core.errors import OutputError
from video.core.files import replace_file, replace_folder, sha256, write_atomic

IMPORTS = "import sys\nfrom video.core.files import write_atomic\n"


def run(code: str, *arguments) -> str:
    command = [sys.executable, "-c", IMPORTS + code, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=30).stdout


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


# One file


def test_a_file_is_replaced_when_the_block_ends(target):
    with write_atomic(target) as file:
        file.write(b"new")
        file.flush()
        assert target.read_bytes() == b"old"
    assert target.read_bytes() == b"new"
    assert names(target.parent) == [target.name]


def test_a_file_that_was_not_there_is_made(tmp_path):
    with write_atomic(str(tmp_path / "new.bin")) as file:
        file.write(b"new")
    assert (tmp_path / "new.bin").read_bytes() == b"new"


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
def test_any_error_in_the_block_leaves_the_old_file_and_no_temporary_one(target, error):
    with pytest.raises(error), write_atomic(target) as file:
        file.write(b"half")
        raise error
    assert target.read_bytes() == b"old"
    assert names(target.parent) == [target.name]


def test_a_writer_may_take_the_path_instead_of_the_file(target):
    with replace_file(target) as path:
        path.write_bytes(b"new")
    assert target.read_bytes() == b"new"


def test_the_temporary_file_is_hidden_beside_the_target_with_the_process_id(target):
    with replace_file(target) as path:
        assert path.parent == target.parent
        assert path.name.startswith(f".weights.bin.tmp-{os.getpid()}-")
        path.touch()


@pytest.mark.parametrize(("umask", "mode"), [(0o022, 0o644), (0o027, 0o640), (0o077, 0o600)])
def test_the_file_mode_follows_the_umask(target, umask, mode):
    before = os.umask(umask)
    try:
        with write_atomic(target) as file:
            file.write(b"new")
    finally:
        os.umask(before)
    assert target.stat().st_mode & 0o777 == mode


def test_two_writers_of_one_file_do_not_mix(target):
    with write_atomic(target) as first, write_atomic(target) as second:
        first.write(b"first")
        second.write(b"second")
    assert target.read_bytes() == b"first"


def test_a_link_planted_under_the_temporary_name_is_not_followed(target, monkeypatch):
    victim = target.with_name("victim")
    victim.write_text("safe")
    planted = target.with_name(".planted")
    planted.symlink_to(victim)
    monkeypatch.setattr(leftovers, "_hidden_path", lambda path, kind: planted)
    with write_atomic(target) as file:
        file.write(b"new")
    assert (victim.read_text(), target.read_bytes()) == ("safe", b"new")


# Errors of the operating system


def test_a_file_over_the_size_limit_is_an_output_error_and_the_old_one_is_whole(target):
    code = """
import resource, signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))
try:
    with write_atomic(sys.argv[1]) as file:
        file.write(b"x" * 50_000)
except Exception as error:
    print(type(error).__name__, error)
"""
    output = run(code, target)
    assert output.startswith(f"OutputError error: cannot write: {target}\n")
    assert "larger than the limit for one file" in output
    assert target.read_bytes() == b"old"
    assert names(target.parent) == [target.name]


@pytest.mark.parametrize(("size_bytes", "needed"), [(3_000_000, "3.0 MB"), (None, "more than 5.0 kB")])
def test_a_full_disk_is_reported_with_needed_and_free(target, size_bytes, needed):
    with pytest.raises(OutputError) as caught, write_atomic(target, size_bytes=size_bytes) as file:
        file.write(b"x" * 5000)
        file.flush()
        raise OSError(errno.ENOSPC, "No space left on device")
    assert f"not enough disk space: {target}\nneeded {needed}, free " in str(caught.value)
    assert caught.value.exit_code == 6
    assert target.read_bytes() == b"old"


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        (errno.EACCES, "permission denied"),
        (errno.EPERM, "operation not permitted"),
        (errno.EROFS, "read-only"),
        (errno.EIO, "Input/output error"),
    ],
)
def test_a_rename_that_fails_is_an_output_error(target, monkeypatch, number, reason):
    def fail(source, destination):
        raise OSError(number, os.strerror(number), str(source), None, str(destination))

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OutputError, match=reason), write_atomic(target) as file:
        file.write(b"new")
    assert target.read_bytes() == b"old"
    assert names(target.parent) == [target.name]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("missing/x", "its folder does not exist"),
        ("weights.bin/x", "Not a directory"),
        ("n" * 256, "too long"),
    ],
)
@pytest.mark.parametrize("writer", [write_atomic, replace_folder])
def test_row_24_an_impossible_place_is_an_output_error(target, writer, name, reason):
    with pytest.raises(OutputError, match=reason), writer(target.parent / name):
        pytest.fail("the block must not run")


def test_a_missing_input_in_the_block_is_not_called_an_output_error(target):
    with pytest.raises(FileNotFoundError), write_atomic(target):
        target.with_name("weights.bin.input").read_bytes()


@pytest.mark.parametrize("num_bytes", [200, 201, 236, 255])
@pytest.mark.parametrize("letter", ["n", "\u00e4"])
def test_a_name_of_any_length_that_the_disk_takes_can_be_written(tmp_path, num_bytes, letter):
    name = (letter * num_bytes).encode()[:num_bytes].decode(errors="ignore")
    with write_atomic(tmp_path / name) as file:
        file.write(b"new")
    with replace_folder(tmp_path / name[::-1].replace("n", "m").replace("\u00e4", "\u00f6")):
        pass
    assert (tmp_path / name).read_bytes() == b"new"
    assert len(names(tmp_path)) == 2


def refuse_to_sync(monkeypatch, number, wanted):
    """Let fsync fail for what `wanted` says: stat.S_ISDIR or stat.S_ISREG."""
    fsync = os.fsync

    def refuse(descriptor):
        if wanted(os.fstat(descriptor).st_mode):
            raise OSError(number, os.strerror(number))
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", refuse)
    files._warn_once.cache_clear()


@pytest.mark.parametrize("number", [errno.EBADF, errno.EIO, errno.EACCES, errno.EINVAL, errno.EOPNOTSUPP])
def test_a_folder_that_cannot_be_synced_stops_nothing_and_is_warned_of_once(
    tmp_path, monkeypatch, caplog, number
):
    refuse_to_sync(monkeypatch, number, stat.S_ISDIR)
    for name in ("a", "b"):
        with write_atomic(tmp_path / name) as file:
            file.write(b"new")
        with replace_folder(tmp_path / f"{name}-folder"):
            pass
    assert names(tmp_path) == ["a", "a-folder", "b", "b-folder"]
    assert [record.levelname for record in caplog.records] == ["WARNING"]


def test_a_file_that_does_not_reach_the_disk_is_an_output_error(target, monkeypatch):
    refuse_to_sync(monkeypatch, errno.EIO, stat.S_ISREG)
    with pytest.raises(OutputError, match=f"cannot write: {target}"), write_atomic(target) as file:
        file.write(b"new")
    assert target.read_bytes() == b"old"


# Folders


def test_a_folder_takes_the_place_of_the_old_one_and_is_not_merged(folder):
    with replace_folder(folder) as new:
        (new / "sub").mkdir()
        (new / "sub" / "new.txt").write_text("new")
        assert names(folder) == ["old.txt"]
    assert names(folder) == ["sub"]
    assert names(folder.parent) == ["export"]


def test_an_error_in_the_block_leaves_the_old_folder(folder):
    with pytest.raises(ValueError), replace_folder(folder) as new:
        (new / "half.txt").write_text("half")
        raise ValueError
    assert names(folder) == ["old.txt"]
    assert names(folder.parent) == ["export"]


def test_a_file_is_not_replaced_by_a_folder(target):
    with pytest.raises(OutputError, match="not a folder"), replace_folder(target):
        pytest.fail("the block must not run")


def test_the_old_folder_comes_back_if_the_second_rename_fails(folder, monkeypatch):
    rename = os.rename

    def fail_for_new(source, destination):
        if ".tmp-" in str(source):
            raise PermissionError(errno.EACCES, "Permission denied", str(source), None, str(destination))
        rename(source, destination)

    monkeypatch.setattr(os, "rename", fail_for_new)
    with pytest.raises(OutputError, match="permission denied"), replace_folder(folder):
        pass
    assert names(folder) == ["old.txt"]
    assert names(folder.parent) == ["export"]


# Checksums


def test_sha256_of_a_file(tmp_path):
    path = tmp_path / "abc"
    path.write_bytes(b"abc")
    assert sha256(path) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
