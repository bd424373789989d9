"""A driver of a cluster that dies: the same command goes on, and the file is that of one process."""

import os
import re
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

import video

# The command with short segments, so that a small clip has several.
COMMAND = """
from video import translation
translation.SEGMENT_FRAMES = 10
from cyclegan_tf.cli.app import main
main()
"""
DEADLINE = 240


@pytest.fixture
def start(tmp_path):
    """Begins `cyclegan-tf` with these arguments in a process of its own."""
    # A worker has one thread, and so has what it is compared with.
    environment = {**os.environ, "TF_NUM_INTRAOP_THREADS": "1"}

    def start(*arguments):
        command = [sys.executable, "-c", COMMAND, *map(str, arguments)]
        with (tmp_path / "said").open("w") as said:
            return subprocess.Popen(command, stdout=said, stderr=said, env=environment, cwd=tmp_path)

    return start


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_driver_that_is_killed_is_resumed_by_the_same_command(start, tmp_path):
    frames = np.random.default_rng(0).integers(0, 256, (60, 64, 96, 3), dtype=np.uint8)
    video.write_clip(tmp_path / "in.mp4", frames, 25)
    # Left to itself, each command takes the engine that is the fastest at that moment.
    common = ("--batch-size", "1", "--progress", "none", "--engine", "tensorflow", "--precision", "float32")
    elsewhere = ("video", "in.mp4", "ray.mp4", *common, "--ray", "--ray-workers", "2")
    driver, limit = start(*elsewhere), time.monotonic() + DEADLINE
    while not list(tmp_path.glob(".ray.mp4.work/0*.json")):
        assert driver.poll() is None, (tmp_path / "said").read_text()
        assert time.monotonic() < limit, "it makes no progress"
        time.sleep(0.05)
    driver.kill()
    assert driver.wait() == -signal.SIGKILL
    assert not (tmp_path / "ray.mp4").exists()
    assert start(*elsewhere, "--json").wait(DEADLINE) == 0, (tmp_path / "said").read_text()
    said = (tmp_path / "said").read_text()
    assert int(re.search(r'"frames_reused": (\d+)', said)[1]) >= 10
    assert start("video", "in.mp4", "one.mp4", *common).wait(DEADLINE) == 0, (tmp_path / "said").read_text()
    assert (tmp_path / "ray.mp4").read_bytes() == (tmp_path / "one.mp4").read_bytes()
