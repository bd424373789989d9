import errno
import json
import os
import subprocess
import sys

import filelock
import pytest

from video.assembling.work_folder import WorkFolder, as_stored, earlier_request
from video.core.errors import OutputError

REQUEST = {"source": "abc", "options": {"start": None}, "translation": "one"}


@pytest.fixture
def target(tmp_path):
    return tmp_path / "out.mp4"


def leave_work(target, request=REQUEST):
    with WorkFolder(target, request) as work:
        work.begin({"batch_size": 4})
        (work.path / "000000.mkv").write_bytes(b"closed")
        (work.path / "000001.mkv.part").write_bytes(b"open")
    return work.path


def test_the_same_request_is_resumed(target):
    path = leave_work(target)
    with WorkFolder(target, REQUEST) as work:
        assert work.settings == {"batch_size": 4}
        assert (path / "000000.mkv").exists()


def test_what_was_not_closed_is_removed(target):
    path = leave_work(target)
    assert not (path / "000001.mkv.part").exists()


def test_what_was_not_closed_stays_when_asked_until_the_next_run(target):
    with WorkFolder(target, REQUEST, keep=True) as work:
        work.begin({})
        (work.path / "000000.mkv.part").write_bytes(b"open")
    assert (work.path / "000000.mkv.part").exists()
    with WorkFolder(target, REQUEST):
        assert not (work.path / "000000.mkv.part").exists()


@pytest.mark.parametrize("name", ["source", "options", "translation"])
def test_another_request_starts_from_the_beginning_and_says_what_differs(target, name):
    path = leave_work(target)
    with WorkFolder(target, {**REQUEST, name: "another"}) as work:
        assert work.settings is None
        assert work.discarded == (name,)
        assert not (path / "000000.mkv").exists()


def test_work_without_a_segment_leaves_no_folder(target, only_files):
    with WorkFolder(target, REQUEST) as work:
        work.begin({"batch_size": 4})
    assert only_files(target.parent) == []


def test_finished_work_is_removed(target, only_files):
    leave_work(target)
    with WorkFolder(target, REQUEST) as work:
        work.finish()
    assert only_files(target.parent) == []


@pytest.mark.parametrize("content", ["", "{", "[]", '{"request": 3}', '{"request": {}, "settings": 1}'])
def test_a_damaged_job_file_means_starting_from_the_beginning(target, content):
    path = leave_work(target)
    (path / "job.json").write_text(content)
    with WorkFolder(target, REQUEST) as work:
        assert work.settings is None
        assert not (path / "000000.mkv").exists()


def test_a_second_process_on_one_target_is_refused_with_its_owner(target):
    code = (
        "import sys; from pathlib import Path; from video.assembling.work_folder import WorkFolder\n"
        "with WorkFolder(Path(sys.argv[1]), {}): print('has it', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", code, str(target)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout.readline().strip() == "has it"
        with pytest.raises(OutputError, match=f"folder is in use.*\nprocess {other.pid} on"):
            WorkFolder(target, REQUEST).__enter__()
        other.communicate("")
    with WorkFolder(target, REQUEST):
        pass


def test_two_names_of_one_target_are_one_work(target, tmp_path):
    link = tmp_path / "link"
    link.symlink_to(tmp_path, target_is_directory=True)
    with WorkFolder(target, REQUEST), pytest.raises(OutputError, match="folder is in use"):
        WorkFolder(link / "out.mp4", REQUEST).__enter__()


def test_the_request_is_compared_as_json_holds_it(target):
    leave_work(target, {"sizes": (1, 2)})
    with WorkFolder(target, {"sizes": [1, 2]}) as work:
        assert json.loads((work.path / "job.json").read_text())["request"] == {"sizes": [1, 2]}
        assert work.settings is not None


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_made_is_explained(target):
    target.parent.chmod(0o500)
    with pytest.raises(OutputError, match="cannot write"):
        WorkFolder(target, REQUEST).__enter__()


@pytest.mark.parametrize("num_bytes", [200, 236, 255])
def test_a_target_of_the_longest_name_has_a_folder(tmp_path, num_bytes):
    with WorkFolder(tmp_path / ("n" * (num_bytes - 4) + ".mp4"), REQUEST) as work:
        work.begin({"batch_size": 4})
        assert work.path.is_dir()


def test_a_file_system_that_cannot_lock_is_worked_on(target, monkeypatch):
    def refuse(descriptor, blocking):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(filelock, "lock_descriptor", refuse)
    path = leave_work(target)
    assert (path / "000000.mkv").exists()


def test_the_request_of_unfinished_work_can_be_read(target):
    assert earlier_request(target) is None
    leave_work(target)
    assert earlier_request(target) == as_stored(REQUEST)
