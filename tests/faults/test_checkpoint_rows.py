"""Writing checkpoints: kill -9, full and unwritable disks, and what a save must leave alone."""

import errno
import os
import random
import resource
import shutil
import signal
import sys
import time

import pytest

from cyclegan_tf.training.checkpoint_files import STATE_FILE, CheckpointFolder

ROUNDS = 10
# So many that a kill is likely to hit while they are written.
STATE_BYTES = 4_000_000
WRITER = f"""
import itertools
import os
import sys
from pathlib import Path
from cyclegan_tf.training.checkpoint_files import CheckpointFolder


def mark(word, step):
    # In one write, or a kill leaves half a line: print() makes several where PYTHONUNBUFFERED is set.
    os.write(1, f"{{word}} {{step}}\\n".encode())


checkpoints = CheckpointFolder(Path(sys.argv[1]), keep=2)
first = checkpoints.newest()[1]["step"] + 1
for step in itertools.count(first):
    mark("begin", step)
    checkpoints.write(step, bytes([step % 256]) * {STATE_BYTES}, {{"metrics": {{}}}})
    mark("done", step)
"""


def state_of(step):
    return bytes([step % 256]) * STATE_BYTES


def lines_until_killed(writer, delay) -> list[str]:
    """Lets a process write one checkpoint after the other, kills it, and returns the lines it wrote."""
    writer.wait_until(lambda: "begin" in writer.text)
    time.sleep(delay)
    writer.process.kill()
    assert writer.wait() == -signal.SIGKILL, writer.text
    return writer.text.splitlines()


def last_step(lines, word):
    return max((int(line.split()[1]) for line in lines if line.startswith(word)), default=0)


def hidden_in(folder):
    return [path.name for path in folder.iterdir() if path.name.startswith(".")]


def test_row_18_kills_in_the_middle_of_saving_always_leave_a_valid_checkpoint(start, tmp_path, caplog):
    folder, draws = tmp_path / "checkpoints", random.Random(18)
    checkpoints = CheckpointFolder(folder, keep=2)
    began = time.perf_counter()
    checkpoints.write(1, state_of(1), {"metrics": {}})
    # A slow first write must not make it long, nor all the rounds with it.
    duration = min(time.perf_counter() - began, 0.5)
    newest, interrupted = 1, 0
    for _ in range(ROUNDS):
        lines = lines_until_killed(start(WRITER, folder), draws.uniform(0, 3 * duration))
        interrupted += bool(hidden_in(folder))
        path, manifest = checkpoints.newest()
        assert max(newest, last_step(lines, "done")) <= manifest["step"] <= last_step(lines, "begin")
        assert path.name == f"step-{manifest['step']:08d}"
        assert (path / STATE_FILE).read_bytes() == state_of(manifest["step"])
        assert hidden_in(folder) == []
        newest = manifest["step"]
    # Killed between writing and pruning, a process leaves one too many: the next save prunes them all.
    checkpoints.write(newest + 1, state_of(newest + 1), {"metrics": {}})
    assert [path.name for path in checkpoints.paths()] == [f"step-{newest + n:08d}" for n in (0, 1)]
    # Not only was nothing lost: nothing was ever damaged either.
    assert caplog.text == ""
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
        # Python would cut the bytecode of what it imports meanwhile, and choke on it the next time.
        monkeypatch.setattr(sys, "dont_write_bytecode", True)
        try:
            result = fit("--set", "output.checkpoint_every_steps=1")
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
        assert result.exit_code == 6
        assert f"error: cannot write: {new_run / 'checkpoints' / 'step-00000002'}" in result.stderr
        assert "larger than the limit for one file" in result.stderr
        assert [path.name for path in (new_run / "checkpoints").iterdir()] == ["step-00000001"]
        assert CheckpointFolder(new_run / "checkpoints", keep=3).newest()[1]["step"] == 1
        assert not (new_run / "summary.json").exists()

    def test_row_23_a_disk_with_room_for_a_few_checkpoints_is_no_disk_for_many(
        self, fit, new_run, monkeypatch
    ):
        monkeypatch.setattr("video.core.disk.free_bytes", lambda path: 10**8)
        result = fit("--set", "output.keep_checkpoints=10000")
        assert result.exit_code == 6
        assert f"not enough disk space: {new_run}" in result.stderr
        assert not (new_run / "checkpoints").exists()
        assert fit("--set", "output.keep_checkpoints=2", "--set", "train.steps=1").exit_code == 0

    @pytest.mark.slow
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
