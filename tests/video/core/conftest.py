import subprocess
import sys

import pytest


@pytest.fixture
def kill_when_ready():
    """A function that runs code which says 'ready' and waits, kills it there, and returns its process id."""

    def kill(code, *arguments):
        command = [sys.executable, "-c", code, *map(str, arguments)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout.readline() == "ready\n"
            process.kill()
        return process.pid

    return kill


@pytest.fixture
def target(tmp_path):
    path = tmp_path / "weights.bin"
    path.write_bytes(b"old")
    return path


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "export"
    path.mkdir()
    (path / "old.txt").write_text("old")
    return path
