"""Several processes on loopback train together: their losses, and rows 93 and 94, hosts that stop."""

import re
import signal
import socket

import pytest
from safetensors.numpy import load_file

from cyclegan_tf.training.checkpoint_files import STATE_FILE, CheckpointFolder
from video.core.files import sha256

pytestmark = pytest.mark.slow
# Of the first steps: what rounding makes of the first ones grows in the next, as docs/scaling.md measured it.
TOLERANCES = (1e-5, 1e-5, 1e-4, 1e-3, 1e-3)
HOST = """
import json, os
os.environ["TF_CONFIG"] = json.dumps({{
    "cluster": {{"worker": [f"127.0.0.1:{{port}}" for port in {ports}]}},
    "task": {{"type": "worker", "index": {number}}},
}})
"""
LONG = (
    # At the rate of the preset a rounding grows to 1e-4 of a loss within these steps: docs/ARCHITECTURE.md.
    "train.learning_rate=2e-5",
    "train.schedule=constant",
    "train.steps=100000",
    "train.history_size=0",
    "output.checkpoint_every_steps=2",
    "output.keep_checkpoints=1000",
)


def set_all(*options):
    return [word for option in options for word in ("--set", option)]


def free_ports():
    with socket.socket() as one, socket.socket() as two:
        for each in (one, two):
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in (one, two)]


@pytest.fixture
def start_hosts(start_command):
    """Starts a command on two hosts, which are processes of this machine."""

    def started(*arguments):
        ports = free_ports()
        return [
            start_command(*arguments, extra=HOST.format(ports=ports, number=number)) for number in range(2)
        ]

    return started


def values_of(entry):
    """The losses of an entry, and the norms of its gradients."""
    return {name: value for name, value in entry.items() if name not in ("epoch", "seconds_per_step")}


def lose(hosts, number, checkpoints):
    """One host gets a signal that it cannot answer: the other says so, and the checkpoints stay intact."""
    hosts[1].process.send_signal(number)
    newest = max(checkpoints.glob("step-*"))
    before = sha256(newest / STATE_FILE)
    assert hosts[0].wait() == 8, hosts[0].text
    assert re.search(r"error: another host was lost after step \d+ of 100000", hosts[0].text)
    assert "fix: start all hosts, or fewer, with cyclegan-tf fit --resume --name two" in hosts[0].text
    assert sha256(newest / STATE_FILE) == before
    # A damaged one would be set aside.
    assert CheckpointFolder(checkpoints, keep=1000).newest()[0] == max(checkpoints.iterdir())


def test_row_93_and_94_two_hosts_train_as_one_and_end_together_when_one_is_lost_or_told_to_stop(
    start_hosts, start_command, tiny_data, run_options, metrics_of, tmp_path
):
    options = ("fit", tiny_data, *run_options, *set_all(*LONG))
    run, checkpoints = tmp_path / "runs" / "two", tmp_path / "runs" / "two" / "checkpoints"
    one = start_command(
        *options, "--name", "one", *set_all("train.batch_size=2", f"train.steps={len(TOLERANCES)}")
    )
    hosts = start_hosts(*options, "--name", "two")
    hosts[0].wait_until(lambda: len(metrics_of(run)) > len(TOLERANCES))
    lose(hosts, signal.SIGKILL, checkpoints)

    assert one.wait() == 0, one.text
    expected = metrics_of(tmp_path / "runs" / "one")
    found = metrics_of(run)[: len(TOLERANCES)]
    for alone, together, tolerance in zip(expected, found, TOLERANCES, strict=True):
        assert values_of(together) == pytest.approx(values_of(alone), rel=tolerance)

    saved = max(checkpoints.glob("step-*"))
    step = int(load_file(saved / STATE_FILE)["step"].item())
    hosts = start_hosts("fit", "--resume", "--name", "two")
    hosts[0].wait_until(lambda: metrics_of(run)[-1]["step"] > step and "training" in hosts[0].text)
    hosts[1].process.send_signal(signal.SIGTERM)
    assert [host.wait() for host in hosts] == [143, 143], hosts[0].text
    stopped = re.search(r"stopped by SIGTERM after step (\d+)", hosts[0].text)
    assert max(checkpoints.glob("step-*")).name == f"step-{int(stopped[1]):08d}"


def test_row_93_a_host_that_hangs_is_lost_like_one_that_is_killed(
    start_hosts, tiny_data, run_options, metrics_of, tmp_path
):
    run = tmp_path / "runs" / "two"
    hosts = start_hosts("fit", tiny_data, *run_options, *set_all(*LONG), "--name", "two")
    hosts[0].wait_until(lambda: len(metrics_of(run)) > 2)
    lose(hosts, signal.SIGSTOP, run / "checkpoints")
