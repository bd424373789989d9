"""Rows 15, 39, 40, 43 and 44 of the fault catalogue: other pictures, foreign models, exports.

More of rows 38 to 42 for imported files is in tests/importers.
"""

import os
import resource
import shutil
import signal
import subprocess
import sys

import h5py
import numpy as np
import pytest

from cyclegan_tf.exporters import exporting as export

pytestmark = pytest.mark.usefixtures("shallow_generators")

KILLED_WHILE_WRITING = """
import sys, time
from video.core.files import replace_folder
with replace_folder(sys.argv[1]) as aside:
    (aside / "saved_model.pb").write_text("new")
    print("writing", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def earlier_export(tmp_path):
    folder = tmp_path / "exported"
    folder.mkdir()
    (folder / "saved_model.pb").write_text("old")
    return folder


def test_row_15_other_pictures_than_the_run_began_with_are_refused(
    command, tiny_data, tiny_options, tmp_path
):
    data = shutil.copytree(tiny_data, tmp_path / "data")
    place = ("--name", "r", "--set", f"output.folder={tmp_path / 'runs'}")
    assert command("fit", data, *tiny_options, *place).exit_code == 0
    checkpoints = sorted((tmp_path / "runs" / "r" / "checkpoints").iterdir())
    shutil.copy(data / "trainA" / "0.png", data / "trainA" / "another.png")
    result = command("fit", "--resume", *place, "--set", "train.steps=6")
    assert result.exit_code == 5, result.output
    assert "the pictures have changed" in result.stderr
    assert "--allow-data-change" in result.stderr
    assert sorted((tmp_path / "runs" / "r" / "checkpoints").iterdir()) == checkpoints


@pytest.mark.parametrize("suffix", [".keras", ".h5", ".pth"])
def test_row_39_a_model_file_of_another_program_is_refused_unread(command, tmp_path, suffix):
    foreign = tmp_path / f"model{suffix}"
    os.mkfifo(foreign)  # Whoever opens it waits for ever.
    result = command("export", tmp_path / "out", "--model", foreign)
    assert result.exit_code == 5, result.output
    assert "can carry code" in result.stderr
    assert "fix: take its weights over with `cyclegan-tf import" in result.stderr
    assert not (tmp_path / "out").exists()


def add_external_link(file, elsewhere):
    file["kernel"] = h5py.ExternalLink(elsewhere, "/secret")


def add_soft_link(file, elsewhere):
    file["kernel"] = h5py.SoftLink("/elsewhere")


def add_virtual_dataset(file, elsewhere):
    layout = h5py.VirtualLayout((4,), "f4")
    layout[:] = h5py.VirtualSource(elsewhere, "secret", (4,))
    file.create_virtual_dataset("kernel", layout)


def add_shape_bomb(file, elsewhere):
    file.create_dataset("kernel", (2**20, 2**20), "f4", chunks=(1, 1024))


@pytest.mark.parametrize("add", [add_external_link, add_soft_link, add_virtual_dataset, add_shape_bomb])
def test_row_40_hostile_hdf5_weights_are_refused_in_bounded_memory(command, tmp_path, add):
    elsewhere, weights = tmp_path / "elsewhere.h5", tmp_path / "weights.h5"
    with h5py.File(elsewhere, "w") as file:
        file["secret"] = np.ones(4, np.float32)
    with h5py.File(weights, "w") as file:
        add(file, str(elsewhere))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    result = command("import", weights, tmp_path / "out")
    assert result.exit_code == 5, result.output
    assert "'kernel'" in result.stderr
    assert "fix: " in result.stderr
    assert not (tmp_path / "out").exists()
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100 * 1024


def test_row_43_killed_in_the_middle_of_an_export_the_old_one_is_whole(earlier_export):
    command = [sys.executable, "-c", KILLED_WHILE_WRITING, str(earlier_export)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "writing\n"
        process.send_signal(signal.SIGKILL)
        assert process.wait(timeout=30) == -signal.SIGKILL
    assert (earlier_export / "saved_model.pb").read_text() == "old"
    assert [path.name for path in earlier_export.iterdir()] == ["saved_model.pb"]


def test_row_44_an_export_that_differs_fails_and_leaves_the_old_one(
    command, tiny_run, earlier_export, monkeypatch
):
    def white(code, path, batches):
        return [np.full_like(batch, 255) for batch in batches]

    monkeypatch.setattr(export, "run_in_fresh_process", white)
    result = command("export", earlier_export, "--model", tiny_run, "--overwrite")
    assert result.exit_code == 5, result.output
    assert "the export differs from the model" in result.stderr
    assert (earlier_export / "saved_model.pb").read_text() == "old"
    assert [path.name for path in earlier_export.parent.iterdir()] == ["exported"]
