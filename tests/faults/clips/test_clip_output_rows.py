"""Rows 56 to 61 of the fault catalogue: existing outputs, full disks, signals, models with bad values."""

import json
import os
import re
import resource
import shutil
import signal
import sys

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from video import translation
from video.core.files import sha256

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("shallow_generators")]

# From a frame on the callable is stuck in a call of a library that no signal reaches. What waits for it is
# killed before it is free, or says so.
STUCK = """
import hashlib
from cyclegan_tf.inference.translator import Translator
from video import translation
translation.SEGMENT_FRAMES = 8
called, done = Translator.__call__, 0
def stuck(self, frames, statistics=None):
    global done
    if done >= {frames}:
        print("stuck", flush=True)
        hashlib.pbkdf2_hmac("sha256", b"", b"", 10**9)
        print("free", flush=True)
    done += len(frames)
    return called(self, frames)
Translator.__call__ = stuck
"""


@pytest.fixture
def noise(make_clip):
    """A clip of 40 frames that cannot be made small."""
    pictures = np.random.default_rng(0).integers(0, 256, (40, 64, 96, 3), dtype=np.uint8)
    return make_clip(frames=list(pictures), count=40)


@pytest.fixture
def old_output(tmp_path):
    path = tmp_path / "out.mp4"
    path.write_bytes(b"old")
    return path


@pytest.fixture
def disk_takes(monkeypatch):
    """A function that limits the size of a file, as a full disk would."""
    # Python would cut the bytecode of what it imports meanwhile, and choke on it the next time.
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    yield lambda limit: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, before[1]))
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize(
    ("way", "exit_code"), [("hard_link", 6), ("taken", 6), ("no_folder", 6), ("unknown_suffix", 2)]
)
def test_row_56_and_57_a_target_that_cannot_be_written_is_refused_before_the_model_is_loaded(
    translate, assert_refused, make_clip, tmp_path, way, exit_code
):
    source, target = make_clip(count=3), tmp_path / "out.mp4"
    content = source.read_bytes()
    if way == "hard_link":
        target.hardlink_to(source)
    elif way == "taken":
        target.write_bytes(b"old")
    else:
        target = tmp_path / ("in.mp4/out.mp4" if way == "no_folder" else "out.xyz")
    before = sorted(tmp_path.iterdir())
    result = translate(source, target, *(["--overwrite"] if way == "hard_link" else []))
    assert_refused(result, exit_code, target.parent if way == "no_folder" else target)
    assert "starting TensorFlow" not in result.stderr
    assert source.read_bytes() == content
    assert way != "taken" or target.read_bytes() == b"old"
    assert sorted(tmp_path.iterdir()) == before


def test_row_58_a_disk_that_fills_up_reports_what_is_needed_and_the_same_command_resumes(
    translate, assert_refused, make_clip, old_output, disk_takes, look, monkeypatch
):
    monkeypatch.setattr(translation, "SEGMENT_FRAMES", 8)
    pictures = np.random.default_rng(0).integers(0, 256, (24, 64, 96, 3), dtype=np.uint8)
    pictures[:8] = 128
    source = make_clip(frames=list(pictures), count=24)
    disk_takes(6_000)
    result = translate(source, old_output, "--overwrite")
    assert_refused(result, 6, "MB more are needed", "8 of 24 frames are finished and kept")
    assert old_output.read_bytes() == b"old"
    disk_takes(resource.RLIM_INFINITY)
    result = translate(source, old_output, "--overwrite")
    assert result.exit_code == 0, result.stderr
    report = json.loads(result.stdout)
    assert (report["frames_reused"], report["frames_written"]) == (8, 24)
    assert len(look(old_output).times) == 24


def start_stuck(start_command, model, source, target, *, after, more=()):
    """Start the command line, and wait until no signal reaches its callable."""
    arguments = ("video", source, target, "--model", model, "--overwrite", *more)
    child = start_command(*arguments, extra=STUCK.format(frames=after))
    child.wait_until(lambda: "stuck" in child.text)
    return child


def test_row_59_killed_in_mid_video_the_old_output_is_whole_and_the_same_command_resumes(
    start_command, translate, tiny_run, noise, old_output, only_files, look
):
    batches = ("--batch-size", "4")
    child = start_stuck(start_command, tiny_run, noise, old_output, after=28, more=batches)
    work = old_output.parent / ".out.mp4.work"
    child.wait_until(lambda: (work / "000001.json").exists())
    child.process.kill()
    assert child.wait() == -signal.SIGKILL
    assert old_output.read_bytes() == b"old"
    (work / "000099.mkv.part").touch()
    result = translate(noise, old_output, "--overwrite")
    assert result.exit_code == 0, result.stderr
    assert json.loads(result.stdout)["frames_reused"] >= 16
    assert len(look(old_output).times) == 40
    assert [name for name in only_files(old_output.parent) if "output-" not in name] == ["in.mp4", "out.mp4"]


@pytest.mark.parametrize(
    "number, code",
    [(signal.SIGINT, 130), (signal.SIGHUP, 129), (signal.SIGUSR1, 138)],
    ids=["ctrl_c", "a_hang_up", "sigusr1"],
)
def test_row_60_a_signal_in_mid_video_keeps_the_finished_work_and_waits_for_no_callable(
    start_command, tiny_run, noise, old_output, number, code
):
    child = start_stuck(start_command, tiny_run, noise, old_output, after=28, more=("--batch-size", "4"))
    work = old_output.parent / ".out.mp4.work"
    child.wait_until(lambda: (work / "000001.json").exists())
    check_stopped(child, number, code, old_output)
    kept = re.search(r"(\d+) of 40 frames are finished and kept", child.text)
    assert kept, child.text
    assert int(kept[1]) >= 16
    assert work.exists()


def test_row_60_a_signal_while_the_batch_size_is_searched_leaves_nothing(
    start_command, tiny_run, noise, old_output
):
    child = start_stuck(start_command, tiny_run, noise, old_output, after=0)
    check_stopped(child, signal.SIGTERM, 143, old_output)
    assert not (old_output.parent / ".out.mp4.work").exists()


def check_stopped(child, number, code, old_output):
    """Send a signal: the process ends with the code while its callable is stuck, and no output changes."""
    os.kill(child.process.pid, number)
    assert child.wait() == code, child.text
    assert "free" not in child.text.splitlines()
    assert "Traceback" not in child.text
    assert old_output.read_bytes() == b"old"
    assert list(old_output.parent.rglob("*.part")) == []


@pytest.fixture
def model(tiny_run, tmp_path):
    """A function that copies a model folder and changes the weights of one direction."""

    def changed(change):
        folder = shutil.copytree(tiny_run / "model", tmp_path / "model")
        path = folder / "generator_ab.safetensors"
        arrays = load_file(path)
        change(arrays)
        save_file(arrays, path)
        card = json.loads((folder / "model.json").read_text())
        card["directions"]["ab"]["sha256"] = sha256(path)
        (folder / "model.json").write_text(json.dumps(card))
        return folder

    return changed


def test_row_61_a_frame_that_a_model_cannot_do_is_named_and_nothing_is_written(
    command, assert_refused, make_clip, model, tmp_path, only_files
):
    def enlarge(arrays):
        # The sum over a white picture is more than float32 holds, that over a grey one, near 0, is not.
        kernel = arrays["first_conv/kernel"]
        arrays["first_conv/kernel"] = (np.sign(kernel) * 2e34).astype(np.float32)

    pictures = np.full((8, 64, 96, 3), 128, np.uint8)
    pictures[5] = 255
    folder, source = model(enlarge), make_clip(frames=list(pictures), count=8)
    result = command("video", source, tmp_path / "out.mp4", "--model", folder, "--batch-size", 4)
    assert_refused(result, 7, "error: frame 5 cannot be translated", "NaN or infinity")
    assert only_files(tmp_path) == ["in.mp4", "model"]


@pytest.fixture
def black_and_white(tmp_path):
    """A function that makes a model of pictures with one channel on one side."""
    from cyclegan_tf.models.card import ModelCard
    from cyclegan_tf.models.folder import save_model
    from cyclegan_tf.networks.generators import build_generator
    from cyclegan_tf.networks.specs import GeneratorSpec

    def make(channels_in, channels_out):
        spec = GeneratorSpec("resnet_6blocks", channels_in, channels_out, width=4)
        save_model(tmp_path / "model", {"ab": build_generator(spec, "g")}, ModelCard({"ab": spec}, (32, 32)))
        return tmp_path / "model"

    return make


@pytest.mark.parametrize("channels", [(3, 1), (1, 3)])
def test_row_61_a_model_of_other_channels_than_a_clip_is_an_error_and_no_bug(
    command, assert_refused, make_clip, black_and_white, tmp_path, only_files, channels
):
    folder, source = black_and_white(*channels), make_clip(count=3)
    result = command("video", source, tmp_path / "out.mp4", "--model", folder)
    assert_refused(result, 5, f"found {channels[0]} in and {channels[1]} out")
    assert only_files(tmp_path) == ["in.mp4", "model"]
