"""Rows 19, 32 and 33: resuming a run after kill -9, and two processes in one folder."""

import functools
import shutil
import signal
import socket

import pytest
from safetensors.numpy import load_file

from cyclegan_tf.training.checkpoint_files import STATE_FILE
from video.core.files import sha256

pytestmark = pytest.mark.slow

LOCK_AND_WAIT = """
import sys, time
from video.core.locks import FolderLock
with FolderLock(sys.argv[1]):
    print("locked", flush=True)
    time.sleep(100)
"""
# More than one, which elsewhere in the tests is all there is: who is first must not change a bit.
SEVERAL_THREADS = {"TF_NUM_INTRAOP_THREADS": "4", "TF_NUM_INTEROP_THREADS": "2", "OMP_NUM_THREADS": "4"}


def test_row_19_kill_9_in_the_middle_and_resume_give_the_very_bits_of_an_uninterrupted_run(
    start_command, tiny_data, run_options, metrics_of, tmp_path
):
    start = functools.partial(start_command, variables=SEVERAL_THREADS)
    # 24 steps, a checkpoint at every 7th, a history of 3 that has long been full when the run is killed.
    length = ("--set", "train.steps=24", "--set", "output.checkpoint_every_steps=7")
    whole = start("fit", tiny_data, *run_options, *length, "--name", "whole")
    killed = start("fit", tiny_data, *run_options, *length, "--name", "killed")
    runs = tmp_path / "runs"
    killed.wait_until(lambda: len(metrics_of(runs / "killed")) >= 10)
    killed.process.kill()
    assert killed.wait() == -signal.SIGKILL
    assert whole.wait() == 0, whole.text
    last = max(path.name for path in (runs / "killed" / "checkpoints").glob("step-*"))
    assert "step-00000007" <= last < "step-00000024"
    history = load_file(runs / "killed" / "checkpoints" / last / STATE_FILE)["history_a/count"]
    assert history == 3

    shutil.move(runs / "whole", tmp_path / "whole")
    resumed = start("fit", "--resume")
    assert resumed.wait() == 0, resumed.text

    files = [f"checkpoints/step-00000024/{STATE_FILE}"]
    files += [f"model/generator_{direction}.safetensors" for direction in ("ab", "ba")]
    for name in files:
        assert sha256(runs / "killed" / name) == sha256(tmp_path / "whole" / name), name
    entries = [
        [{**entry, "seconds_per_step": 0} for entry in metrics_of(run)]
        for run in (runs / "killed", tmp_path / "whole")
    ]
    assert [entry["step"] for entry in entries[0]] == list(range(1, 25))
    assert entries[0] == entries[1]


@pytest.mark.usefixtures("shallow_generators", "without_graphs")
class TestOfRuns:
    def test_row_32_a_second_process_is_refused_and_the_lock_of_a_killed_one_is_no_obstacle(
        self, copied_run, start, tree
    ):
        folder, resume = copied_run
        before = tree(folder)
        first = start(LOCK_AND_WAIT, folder)
        first.wait_until(lambda: "locked" in first.text)
        result = resume("--set", "train.steps=6")
        assert result.exit_code == 6
        assert f"process {first.process.pid} on {socket.gethostname()} is writing to it" in result.stderr
        assert tree(folder) == before
        first.process.kill()
        first.wait()
        result = resume("--set", "train.steps=5")
        assert result.exit_code == 0, result.stderr
        assert (folder / "checkpoints" / "step-00000005").is_dir()

    def test_row_33_a_run_that_another_process_made_meanwhile_is_not_deleted(
        self, fit, new_run, monkeypatch, tree
    ):
        """Between the first look at the folder and the lock lie seconds of loading."""
        from cyclegan_tf.training import fit as training

        def build_while_another_run_comes_and_goes(*arguments):
            new_run.mkdir(parents=True)
            (new_run / "config.yaml").write_text("name: new")
            return build_model(*arguments)

        build_model = training.build_model
        monkeypatch.setattr(training, "build_model", build_while_another_run_comes_and_goes)
        result = fit()
        assert result.exit_code == 6
        assert tree(new_run) == {"config.yaml": b"name: new"}

    def test_what_a_killed_process_left_in_the_run_folder_is_cleaned(self, copied_run):
        folder, resume = copied_run
        leftovers = [folder / ".model.tmp-4194305-1", folder / "checkpoints" / ".x.tmp-4194305-1"]
        for path in leftovers:
            path.mkdir()
        assert resume().exit_code == 0
        assert not any(path.exists() for path in leftovers)
