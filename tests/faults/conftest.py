"""Runs that something happens to. Every wait has an end: a process that hangs is killed, the test fails.

docs/faults.md names the tests of every row; here are those that need a process or a whole command.
"""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

# A machine that does much else at the same time may need a longer one.
DEADLINE = float(os.environ.get("TEST_DEADLINE", "600"))
# The command line with fewer residual blocks than six, and then what a test adds.
START = """
import sys, time
from cyclegan_tf.data import dataset as data
from cyclegan_tf.networks import specs
specs.RESNET_BLOCKS["resnet_6blocks"] = {blocks}
{extra}
from cyclegan_tf.cli.app import main
main()
"""
RUN_OPTIONS = (
    "data.load_size=36",
    "data.crop_size=32",
    "model.generator_width=4",
    "model.discriminator=pixel",
    "model.discriminator_layers=3",
    "model.discriminator_width=4",
    "losses.lambda_identity=0",
    "train.history_size=3",
    "train.precision=float32",
    "train.device=cpu",
    "train.deterministic=true",
    "output.log_every_steps=1",
    "output.num_samples=1",
)


class Child:
    """A Python process of ours in a group of its own, killed at the latest after DEADLINE seconds."""

    def __init__(self, code: str, *arguments, folder: Path, terminal: int | None = None, variables=None):
        command = [sys.executable, "-c", code, *map(str, arguments)]
        environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONUNBUFFERED": "1"}
        self._output = (folder / f"output-{time.monotonic_ns()}.txt").open("w+b")
        self.process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment | (variables or {}),
            stdin=subprocess.DEVNULL if terminal is None else terminal,
            stdout=self._output if terminal is None else terminal,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self._watchdog = threading.Timer(DEADLINE, self.process.kill)
        self._watchdog.daemon = True
        self._watchdog.start()

    @property
    def text(self) -> str:
        """What it has said so far on both streams."""
        return os.pread(self._output.fileno(), 10**7, 0).decode(errors="replace")

    def wait_until(self, condition) -> None:
        """Waits while the process lives, until the condition holds."""
        for _ in range(int(DEADLINE * 50)):
            if condition():
                return
            assert self.process.poll() is None, f"ended with {self.process.returncode}:\n{self.text}"
            time.sleep(0.02)
        pytest.fail(f"waited in vain:\n{self.text}")

    def wait(self) -> int:
        """Waits for its end and returns the exit code."""
        return self.process.wait(timeout=DEADLINE)

    def close(self) -> None:
        """Makes sure that it is gone."""
        self._watchdog.cancel()
        self.process.kill()
        self.process.wait(timeout=DEADLINE)
        self._output.close()


def pytest_itemcollected(item):
    """Give a test that starts processes the time to wait for several of them, each until DEADLINE."""
    if "start" in item.fixturenames:
        item.add_marker(pytest.mark.timeout(3 * DEADLINE))


@pytest.fixture
def start(tmp_path):
    """Starts a Child in tmp_path: start(code, *arguments), on terminal=FD, with more variables={...}."""
    with contextlib.ExitStack() as children:

        def started(code, *arguments, **options) -> Child:
            child = Child(code, *arguments, folder=tmp_path, **options)
            children.callback(child.close)
            return child

        yield started


@pytest.fixture
def start_command(start):
    """Starts the command line in tmp_path: start_command("fit", ..., extra=Python code run before it)."""

    def started(*arguments, extra="", **options) -> Child:
        # A run of its own needs none; `tiny_run`, which other commands load, has one.
        code = START.format(blocks=0 if arguments[0] == "fit" else 1, extra=extra)
        return start(code, *arguments, **options)

    return started


@pytest.fixture(scope="session")
def run_options() -> tuple[str, ...]:
    """A small and deterministic run, on the command line; its length is still to be given."""
    return ("--config", "demo", *(word for option in RUN_OPTIONS for word in ("--set", option)))


@pytest.fixture
def copied_run(tiny_run, tmp_path, command):
    """The folder of a copy of a finished run, and a function: `fit --resume` with more arguments."""
    folder = shutil.copytree(tiny_run, tmp_path / "runs" / tiny_run.name)
    place = ("--name", tiny_run.name, "--set", f"output.folder={folder.parent}")
    return folder, lambda *arguments: command("fit", "--resume", *place, *arguments)


@pytest.fixture
def fit(command, tiny_data, tiny_options, tmp_path):
    """Calls `fit` for a new run in tmp_path/runs/new, of the fewest passes: fit("--set", ...)."""
    sets = ("--set", "losses.lambda_identity=0", "--set", f"output.folder={tmp_path / 'runs'}")
    return lambda *arguments: command("fit", tiny_data, *tiny_options, "--name", "new", *sets, *arguments)


@pytest.fixture
def new_run(tmp_path) -> Path:
    """The folder of the run that `fit` makes."""
    return tmp_path / "runs" / "new"


@pytest.fixture(scope="session")
def metrics_of():
    """The entries in all whole lines of a run's metrics.jsonl, if it is there yet: metrics_of(run)."""

    def read(run: Path) -> list[dict]:
        path = run / "metrics.jsonl"
        lines = path.read_text().splitlines(keepends=True) if path.exists() else []
        return [json.loads(line) for line in lines if line.endswith("\n")]

    return read


@pytest.fixture(scope="session")
def tree():
    """Relative path and content of every file below a folder but the lock, whose text names who holds it."""
    return lambda folder: {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != ".lock"
    }
