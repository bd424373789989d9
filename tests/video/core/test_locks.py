import errno
import os
import socket
import subprocess
import sys

import filelock
import pytest

from video.core.errors import OutputError
from video.core.locks import FolderLock, owner_of

IMPORTS = "import sys, time\nfrom video.core.locks import FolderLock\n"


def run(code, *arguments):
    command = [sys.executable, "-c", IMPORTS + code, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=30).stdout


TRY_LOCK = """
try:
    with FolderLock(sys.argv[1]):
        print("locked")
except Exception as error:
    print(type(error).__name__, error)
"""


def test_a_second_process_is_refused_with_process_and_machine(tmp_path):
    with FolderLock(tmp_path):
        output = run(TRY_LOCK, tmp_path)
    assert output.startswith(f"OutputError error: folder is in use: {tmp_path}\n")
    assert f"process {os.getpid()} on {socket.gethostname()}" in output


def test_a_second_lock_in_the_same_process_is_refused(tmp_path):
    with FolderLock(tmp_path), pytest.raises(OutputError, match="folder is in use"), FolderLock(tmp_path):
        pytest.fail("the block must not run")


def test_the_lock_is_free_after_the_block(tmp_path):
    with FolderLock(tmp_path):
        pass
    assert run(TRY_LOCK, tmp_path) == "locked\n"


def test_the_lock_of_a_killed_process_is_free(tmp_path, kill_when_ready):
    code = "with FolderLock(sys.argv[1]):\n    print('ready', flush=True); time.sleep(60)"
    pid = kill_when_ready(IMPORTS + code, tmp_path)
    assert (tmp_path / ".lock").read_text().startswith(f"\n{pid} ")
    with FolderLock(tmp_path):
        assert (tmp_path / ".lock").read_text().startswith(f"\n{os.getpid()} ")


def test_the_folder_to_lock_is_made(tmp_path):
    with FolderLock(tmp_path / "runs" / "first"):
        assert (tmp_path / "runs" / "first").is_dir()


def test_a_folder_that_cannot_be_made_is_an_output_error(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="cannot write"), FolderLock(tmp_path / "file" / "run"):
        pytest.fail("the block must not run")


def refuse_to_lock(monkeypatch, number):
    def refuse(descriptor, blocking):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(filelock, "lock_descriptor", refuse)


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP])
def test_a_file_system_that_cannot_lock_stops_nothing_and_is_warned_of_once(
    tmp_path, monkeypatch, caplog, number
):
    refuse_to_lock(monkeypatch, number)
    with FolderLock(tmp_path):
        pass
    assert [record.levelname for record in caplog.records] == ["WARNING"]


def test_any_other_refusal_of_a_lock_is_an_output_error(tmp_path, monkeypatch):
    refuse_to_lock(monkeypatch, errno.EIO)
    with pytest.raises(OutputError, match="cannot write"), FolderLock(tmp_path):
        pytest.fail("the block must not run")


@pytest.mark.parametrize(
    ("owner", "is_refused"),
    [
        (f"{os.getppid()} {socket.gethostname()}", True),
        ("1 another-machine", True),
        (f"{2**22 + 1} {socket.gethostname()}", False),
        ("", False),
        ("\0garbage", False),
    ],
)
def test_where_nothing_can_be_locked_the_text_decides(tmp_path, monkeypatch, owner, is_refused):
    refuse_to_lock(monkeypatch, errno.ENOTSUP)
    (tmp_path / ".lock").write_text(f"\n{owner}")
    if is_refused:
        with pytest.raises(OutputError, match=owner.replace(" ", " on ")), FolderLock(tmp_path):
            pytest.fail("the block must not run")
    else:
        with FolderLock(tmp_path):
            assert (tmp_path / ".lock").read_text().startswith(f"\n{os.getpid()} ")


def test_every_command_is_there_on_a_system_without_fcntl():
    script = "import sys; sys.modules['fcntl'] = None; import cyclegan_tf.cli.app, video.translation"
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)


def test_the_owner_of_a_folder_is_known_while_it_writes(tmp_path):
    assert owner_of(tmp_path / "nothing") is None
    with FolderLock(tmp_path):
        assert owner_of(tmp_path) == os.getpid()
    assert owner_of(tmp_path) is None


def test_a_killed_process_owns_nothing(tmp_path):
    pid = int(run("import os; print(os.getpid())"))
    (tmp_path / ".lock").write_text(f"\n{pid} {socket.gethostname()}\n")
    assert owner_of(tmp_path) is None
