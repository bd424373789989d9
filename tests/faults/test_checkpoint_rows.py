"""Writing checkpoints: kill -9, full and unwritable disks, and what a save must leave alone."""

import errno
import json
import os
import random
import resource
import shutil
import subprocess
import sys
import threading
import time

import pytest

from cyclegan_tf.training.checkpoint_files import STATE_FILE, CheckpointFolder
from video.core import disk
from video.core.files import sha256

ROUNDS = 50
# So many that a kill is likely to hit while they are written.
STATE_BYTES = 4_000_000
WRITER = f"""
import os
import sys
from pathlib import Path
from cyclegan_tf.training.checkpoint_files import CheckpointFolder


def mark(word, step):
    # In one write, or a kill leaves half a line: print() makes several where PYTHONUNBUFFERED is set.
    os.write(1, f"{{word}} {{step}}\\n".encode())


checkpoints = CheckpointFolder(Path(sys.argv[1]), keep=2)
first = checkpoints.newest()[1]["step"] + 1
for step in range(first, first + 300):
    mark("begin", step)
    checkpoints.write(step, bytes([step % 256]) * {STATE_BYTES}, {{"metrics": {{}}}})
    mark("done", step)
"""


def state_of(step):
    return bytes([step % 256]) * STATE_BYTES


def write_until_killed(folder, delay) -> list[str]:
    """Lets a process write one checkpoint after the other, kills it, and returns the lines it wrote."""
    command = [sys.executable, "-c", WRITER, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        watchdog = threading.Timer(30, process.kill)
        watchdog.start()
        try:
            first = process.stdout.readline()
            assert first.startswith("begin"), "it did not start to write"
            time.sleep(delay)
            process.kill()
            # Not communicate(): it passes over the lines that readline() has already buffered.
            rest = process.stdout.read()
        finally:
            watchdog.cancel()
            process.kill()
    assert process.returncode == -9
    return [first.strip(), *rest.splitlines()]


def last_step(lines, word):
    return max((int(line.split()[1]) for line in lines if line.startswith(word)), default=0)


def hidden_in(folder):
    return [path.name for path in folder.iterdir() if path.name.startswith(".")]


def test_row_18_fifty_kills_in_the_middle_of_saving_always_leave_a_valid_checkpoint(
    tmp_path, caplog, record_testsuite_property
):
    folder, draws = tmp_path / "checkpoints", random.Random(18)
    checkpoints = CheckpointFolder(folder, keep=2)
    began = time.perf_counter()
    checkpoints.write(1, state_of(1), {"metrics": {}})
    duration = time.perf_counter() - began
    newest, interrupted, written = 1, 0, 0
    for _ in range(ROUNDS):
        lines = write_until_killed(folder, draws.uniform(0, 3 * duration))
        interrupted += bool(hidden_in(folder))
        path, manifest = checkpoints.newest()
        assert max(newest, last_step(lines, "done")) <= manifest["step"] <= last_step(lines, "begin")
        assert path.name == f"step-{manifest['step']:08d}"
        assert (path / STATE_FILE).read_bytes() == state_of(manifest["step"])
        assert hidden_in(folder) == []
        written += manifest["step"] - newest
        newest = manifest["step"]
    # Killed between writing and pruning, a process leaves one too many: the next save prunes them all.
    checkpoints.write(newest + 1, state_of(newest + 1), {"metrics": {}})
    assert [path.name for path in checkpoints.paths()] == [f"step-{newest + n:08d}" for n in (0, 1)]
    # Not only was nothing lost: nothing was ever damaged either.
    assert caplog.text == ""
    record_testsuite_property("rounds", ROUNDS)
    record_testsuite_property("killed_inside_a_write", interrupted)
    record_testsuite_property("checkpoints_written", written)
    assert interrupted > 0


def test_row_18_killed_while_pruning_an_old_checkpoint_is_out_of_sight_and_cleaned_up(tmp_path, monkeypatch):
    class Killed(BaseException):
        pass

    def killed(path, *arguments, **options):
        raise Killed

    folder = tmp_path / "checkpoints"
    checkpoints = CheckpointFolder(folder, keep=1)
    checkpoints.write(1, b"old", {})
    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(shutil, "rmtree", killed)
        checkpoints.write(2, b"new", {})
    assert [path.name for path in checkpoints.paths()] == ["step-00000002"]
    assert len(hidden_in(folder)) == 1
    assert checkpoints.newest()[1]["step"] == 2
    assert hidden_in(folder) == []


@pytest.mark.usefixtures("shallow_generators", "without_graphs")
class TestOfRuns:
    def test_row_22_a_disk_that_takes_no_more_stops_the_run_and_keeps_the_checkpoint_before(
        self, fit, new_run, monkeypatch
    ):
        write, before = CheckpointFolder.write, resource.getrlimit(resource.RLIMIT_FSIZE)

        def write_with_a_limit_from_step_2(folder, step, state, about):
            if step > 1:
                resource.setrlimit(resource.RLIMIT_FSIZE, (len(state) // 2, before[1]))
            return write(folder, step, state, about)

        monkeypatch.setattr(CheckpointFolder, "write", write_with_a_limit_from_step_2)
        try:
            result = fit("--set", "output.checkpoint_every_steps=1")
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
        assert result.exit_code == 6
        assert f"error: cannot write: {new_run / 'checkpoints' / 'step-00000002'}" in result.stderr
        assert "larger than the limit for one file" in result.stderr
        self.check_only_step_1_is_there(new_run)

    def test_row_22_a_full_disk_is_told_with_what_is_needed_and_free(self, fit, new_run, monkeypatch):
        write, sizes = CheckpointFolder.write, []

        def full_from_step_2(folder, step, state, about):
            sizes.append(len(state))
            if step > 1:
                monkeypatch.setattr("pathlib.Path.write_bytes", write_half)
            return write(folder, step, state, about)

        def write_half(path, content):
            with path.open("wb") as file:
                file.write(content[: len(content) // 2])
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        monkeypatch.setattr(CheckpointFolder, "write", full_from_step_2)
        result = fit("--set", "output.checkpoint_every_steps=1")
        assert result.exit_code == 6
        assert f"not enough disk space: {new_run / 'checkpoints' / 'step-00000002'}" in result.stderr
        assert f"needed {disk.format_bytes(sizes[-1])}, free " in result.stderr
        self.check_only_step_1_is_there(new_run)

    def test_row_23_a_disk_that_is_too_small_is_refused_before_step_1(self, fit, new_run, monkeypatch):
        usage = shutil.disk_usage("/")._replace(free=100_000)
        monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
        monkeypatch.setattr(
            "cyclegan_tf.training.cyclegan.CycleGAN.fit", lambda *_, **__: pytest.fail("it trains")
        )
        result = fit("--set", "output.keep_checkpoints=10")
        assert result.exit_code == 6
        assert f"not enough disk space: {new_run}" in result.stderr
        assert "free 100.0 kB" in result.stderr
        assert [path.name for path in new_run.iterdir()] == [".lock"]

    def test_row_23_more_checkpoints_to_keep_need_more_space(self, fit, monkeypatch):
        needed = []
        monkeypatch.setattr(
            "cyclegan_tf.training.fit.require_free_space", lambda path, number: needed.append(number)
        )
        monkeypatch.setattr("cyclegan_tf.training.cyclegan.CycleGAN.fit", lambda *_, **__: None)
        for keep in (2, 6):
            assert fit("--fresh", "--set", f"output.keep_checkpoints={keep}").exit_code == 0
        assert needed[1] == 2 * needed[0]

    @pytest.mark.parametrize("call", ["rename", "mkdir"])
    def test_row_24_a_save_without_permission_is_raised_and_not_swallowed(
        self, fit, new_run, monkeypatch, call
    ):
        original = getattr(os, call)

        def deny(path, *arguments, **options):
            if "step-00000002" in str(path):
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
            return original(path, *arguments, **options)

        monkeypatch.setattr(os, call, deny)
        result = fit("--set", "output.checkpoint_every_steps=1")
        assert result.exit_code == 6, result.stderr
        assert "permission denied" in result.stderr
        self.check_only_step_1_is_there(new_run)

    def test_row_24_a_run_folder_that_cannot_be_made_is_refused(self, fit, new_run):
        new_run.parent.write_text("a file where the runs shall be")
        result = fit()
        assert result.exit_code == 6
        assert f"cannot make the folder: {new_run}" in result.stderr

    def test_row_25_and_26_nothing_moves_between_folders_and_modes_follow_the_umask(
        self, fit, new_run, monkeypatch
    ):
        def within_a_folder(original):
            def moved(source, target, *arguments, **options):
                if os.path.dirname(source) != os.path.dirname(target):
                    raise OSError(errno.EXDEV, os.strerror(errno.EXDEV), str(source), None, str(target))
                return original(source, target, *arguments, **options)

            return moved

        for name in ("rename", "replace", "link"):
            monkeypatch.setattr(os, name, within_a_folder(getattr(os, name)))
        before = os.umask(0o022)
        try:
            result = fit()
        finally:
            os.umask(before)
        assert result.exit_code == 0, result.stderr
        checkpoint = new_run / "checkpoints" / "step-00000004"
        assert checkpoint.stat().st_mode & 0o777 == 0o755
        written = [*checkpoint.iterdir(), *(new_run / "model").iterdir(), new_run / "config.yaml"]
        assert len(written) == 6
        assert {path.stat().st_mode & 0o777 for path in written} == {0o644}

    def test_the_last_checkpoints_of_a_run_are_kept_and_the_best_by_a_named_metric(self, fit, new_run):
        options = (
            "checkpoint_every_steps=1",
            "log_every_steps=1",
            "keep_checkpoints=1",
            "best_metric=cycle_a",
        )
        result = fit(*(word for option in options for word in ("--set", f"output.{option}")))
        assert result.exit_code == 0, result.stderr
        entries = [json.loads(line) for line in (new_run / "metrics.jsonl").read_text().splitlines()]
        best = min(entries, key=lambda entry: entry["cycle_a"])["step"]
        names = {path.name for path in (new_run / "checkpoints").iterdir()}
        assert names == {f"step-{step:08d}" for step in (best, 4)}

    def check_only_step_1_is_there(self, run):
        names = [path.name for path in (run / "checkpoints").iterdir()]
        assert names == ["step-00000001"]
        path, manifest = CheckpointFolder(run / "checkpoints", keep=3).newest()
        assert manifest["sha256"][STATE_FILE] == sha256(path / STATE_FILE)
        assert not (run / "summary.json").exists()
