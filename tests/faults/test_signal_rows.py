"""Signals to a training, most of them to a process of its own."""

import contextlib
import json
import os
import re
import shlex
import signal

import pytest

from cyclegan_tf.data.dataset import UnpairedImages
from cyclegan_tf.training.checkpoint_files import STATE_FILE, CheckpointFolder
from video.core.files import sha256

pytestmark = pytest.mark.slow

# Pictures that come slowly, so that the run is not over before the signal arrives.
SLOWLY = """
batch = data.UnpairedImages.batch
def slow_batch(self, step, *replica):
    time.sleep(0.25)
    return batch(self, step, *replica)
data.UnpairedImages.batch = slow_batch
"""
# The leader of a session that opens a terminal has it as its own.
ON_TERMINAL = """
import os
os.close(os.open(os.ttyname(0), os.O_RDWR))
"""
# A few steps are done before a graph would be traced.
WITHOUT_GRAPHS = """
import tensorflow
tensorflow.config.run_functions_eagerly(True)
"""
# From the fourth step on they do not come at all: the step cannot end by itself.
NEVER = """
batch = data.UnpairedImages.batch
def stuck_batch(self, step, *replica):
    if step >= 3:
        time.sleep(100)
    return batch(self, step, *replica)
data.UnpairedImages.batch = stuck_batch
"""
# Two signals while a checkpoint is being written: half of it is on the disk.
HALF_WRITTEN = """
import sys, time
from pathlib import Path
from cyclegan_tf.training import checkpoint_files
from cyclegan_tf.training.stopping import StopSignals

def pause(path):
    print("half written", flush=True)
    for _ in range(1000):
        time.sleep(0.1)

checkpoints = checkpoint_files.CheckpointFolder(Path(sys.argv[1]), keep=2)
checkpoints.write(1, b"x" * 1000, {})
checkpoint_files.sha256 = pause
with StopSignals():
    checkpoints.write(2, b"x" * 1000, {})
"""
LENGTH = ("--set", "train.steps=30", "--set", "output.checkpoint_every_steps=1000")


def hidden_in(folder):
    return [path for path in folder.rglob(".*") if path.name != ".lock"]


def check_stopped(said, run, last, name):
    """The state of the last step is saved, and `said` tells the step and how to go on, which is returned."""
    assert f"{name}: stopping after this step" in said
    step = int(re.search(rf"stopped by {name} after step (\d+) of 30; the state is saved", said)[1])
    assert last["step"] == step < 30
    path, manifest = CheckpointFolder(run / "checkpoints", keep=3).newest()
    assert (path.name, manifest["step"]) == (f"step-{step:08d}", step)
    assert (run / "model" / "model.json").is_file()
    assert hidden_in(run) == []
    assert not (run / "summary.json").exists()
    words = shlex.split(re.search(r"^resume with: (.+)$", said, re.MULTILINE)[1])
    assert words[0] == "cyclegan-tf"
    return words[1:]


def test_row_20_one_signal_ends_the_step_saves_and_tells_how_to_go_on(
    start_command, tiny_data, run_options, metrics_of, tmp_path
):
    run = tmp_path / "my runs" / "stopped"
    place = ("--name", "stopped", "--set", "output.folder=my runs")
    stopped = start_command("fit", tiny_data, *run_options, *LENGTH, *place, extra=SLOWLY + WITHOUT_GRAPHS)
    stopped.wait_until(lambda: metrics_of(run))
    os.kill(stopped.process.pid, signal.SIGTERM)
    assert stopped.wait() == 143, stopped.text
    assert "Traceback" not in stopped.text
    words = check_stopped(stopped.text, run, metrics_of(run)[-1], "SIGTERM")
    resumed = start_command(*words)
    assert resumed.wait() == 0, resumed.text
    assert [entry["step"] for entry in metrics_of(run)] == list(range(1, 31))
    assert json.loads((run / "summary.json").read_text())["step"] == 30


@pytest.mark.parametrize(
    ("number", "name", "exit_code"), [(signal.SIGINT, "Ctrl-C", 130), (signal.SIGUSR1, "SIGUSR1", 138)]
)
@pytest.mark.usefixtures("shallow_generators", "without_graphs")
def test_row_21_and_82_other_signals_do_the_same(
    fit, new_run, metrics_of, monkeypatch, number, name, exit_code
):
    """In this process: what a signal does to another one, and the shell's exit code, the test above shows."""
    batch = UnpairedImages.batch

    def batch_and_signal(images, step, *replica):
        if step == 1:
            os.kill(os.getpid(), number)
        return batch(images, step, *replica)

    monkeypatch.setattr(UnpairedImages, "batch", batch_and_signal)
    result = fit(*LENGTH, "--set", "output.log_every_steps=1")
    assert result.exit_code == exit_code, result.stderr
    words = check_stopped(result.stderr, new_run, metrics_of(new_run)[-1], name)
    assert words == ["fit", "--resume", "--name", "new", "--set", f"output.folder={new_run.parent}"]


def test_row_21_the_second_ctrl_c_leaves_at_once_and_the_last_checkpoint_is_as_it_was(
    start_command, tiny_data, run_options, metrics_of, tmp_path
):
    run = tmp_path / "runs" / "stuck"
    length = ("--set", "train.steps=30", "--set", "output.checkpoint_every_steps=2")
    extra = NEVER + WITHOUT_GRAPHS
    stuck = start_command("fit", tiny_data, *run_options, *length, "--name", "stuck", extra=extra)
    stuck.wait_until(lambda: len(metrics_of(run)) == 3)
    before = sha256(run / "checkpoints" / "step-00000002" / STATE_FILE)
    os.kill(stuck.process.pid, signal.SIGINT)
    stuck.wait_until(lambda: "Ctrl-C again to leave at once" in stuck.text)
    assert stuck.process.poll() is None
    os.kill(stuck.process.pid, signal.SIGINT)
    assert stuck.process.wait(timeout=60) == 130
    assert "left at once; the last checkpoint is as it was" in stuck.text
    assert [path.name for path in (run / "checkpoints").iterdir()] == ["step-00000002"]
    path, _ = CheckpointFolder(run / "checkpoints", keep=3).newest()
    assert sha256(path / STATE_FILE) == before
    assert hidden_in(run) == []


@pytest.mark.parametrize("first", [signal.SIGINT, signal.SIGTERM])
def test_row_21_the_second_ctrl_c_in_the_middle_of_a_write_leaves_no_half_file(start, tmp_path, first):
    folder = tmp_path / "checkpoints"
    writer = start(HALF_WRITTEN, folder)
    writer.wait_until(lambda: "half written" in writer.text)
    assert len(list(folder.iterdir())) == 2
    os.kill(writer.process.pid, first)
    writer.wait_until(lambda: "stopping after this step" in writer.text)
    os.kill(writer.process.pid, signal.SIGINT)
    assert writer.process.wait(timeout=60) == 130
    assert [path.name for path in folder.iterdir()] == ["step-00000001"]


def test_row_82_a_terminal_that_hangs_up_stops_the_run_with_its_state_saved(
    start_command, tiny_data, run_options, metrics_of, tmp_path
):
    """As a closed ssh does: nothing can be written to the terminal any more."""
    ours, theirs = os.openpty()
    os.set_blocking(ours, False)
    run = tmp_path / "runs" / "hung"
    hung = start_command(
        *("fit", tiny_data, *run_options, *LENGTH, "--name", "hung"),
        extra=SLOWLY + ON_TERMINAL + WITHOUT_GRAPHS,
        terminal=theirs,
    )

    def first_step_is_done():
        # What nobody reads fills the terminal, and then the run waits.
        with contextlib.suppress(BlockingIOError):
            while os.read(ours, 2**16):
                pass
        return metrics_of(run)

    hung.wait_until(first_step_is_done)
    os.close(theirs)
    os.close(ours)
    assert hung.wait() == 129
    _, manifest = CheckpointFolder(run / "checkpoints", keep=3).newest()
    assert manifest["step"] == metrics_of(run)[-1]["step"] < 30
