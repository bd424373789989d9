"""Rows 34 to 36: runs that diverge, run out of memory or miss their device."""

import logging
import re
import shlex

import numpy as np
import pytest
import tensorflow as tf
from safetensors.numpy import load_file

from cyclegan_tf.system import precision
from cyclegan_tf.training.checkpoint_files import STATE_FILE, CheckpointFolder
from cyclegan_tf.training.cyclegan import CycleGAN

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("shallow_generators", "without_graphs")]
EVERY_STEP = ("--set", "output.checkpoint_every_steps=1")
# Counted from 0: the third step is the first that goes wrong.
FIRST_BAD = 2


def test_row_34_what_is_not_finite_stops_the_run_at_its_step_and_is_not_saved(
    fit, command, new_run, monkeypatch
):
    original = CycleGAN.generator_losses

    def poisoned(model, *arguments):
        losses = original(model, *arguments)
        bad = {"cycle_a": losses["cycle_a"] * np.nan}
        return {**losses, **bad} if int(model.step) >= FIRST_BAD else losses

    monkeypatch.setattr(CycleGAN, "generator_losses", poisoned)
    result = fit(*EVERY_STEP)
    assert result.exit_code == 7, result.stderr
    assert f"the training has diverged at step {FIRST_BAD + 1}" in result.stderr
    assert "cycle_a is nan; this state was not saved" in result.stderr
    path, manifest = CheckpointFolder(new_run / "checkpoints", keep=3).newest()
    assert manifest["step"] == FIRST_BAD
    weights = [path / STATE_FILE, *(new_run / "model").glob("*.safetensors")]
    assert len(weights) == 3
    assert all(np.isfinite(array).all() for file in weights for array in load_file(file).values())
    assert not (new_run / "samples" / "step-00000004.png").exists()
    assert not (new_run / "summary.json").exists()
    # The advice works when it is followed.
    monkeypatch.setattr(CycleGAN, "generator_losses", original)
    words = shlex.split(re.search(r"with a lower rate: cyclegan-tf (.+)$", result.stderr, re.MULTILINE)[1])
    assert command(*words).exit_code == 0
    assert "learning_rate: 0.00025" in (new_run / "config.yaml").read_text()


def test_row_34_before_the_first_checkpoint_the_advice_is_to_start_again(fit, monkeypatch):
    original = CycleGAN.generator_losses

    def poisoned(model, *arguments):
        losses = original(model, *arguments)
        return {**losses, "cycle_a": losses["cycle_a"] * np.nan}

    monkeypatch.setattr(CycleGAN, "generator_losses", poisoned)
    result = fit("--set", "train.precision=bfloat16")
    assert "start again with --overwrite --set train.learning_rate=0.00025" in result.stderr
    assert "or with --set train.precision=float32" in result.stderr
    monkeypatch.setattr(CycleGAN, "generator_losses", original)
    assert fit("--overwrite", "--set", "train.learning_rate=0.00025").exit_code == 0


@pytest.mark.parametrize(
    ("kind", "bad_step"), [(tf.errors.ResourceExhaustedError, 0), (MemoryError, 2)], ids=["device", "host"]
)
def test_row_35_out_of_memory_says_what_is_large_and_leaves_no_half_checkpoint(
    fit, new_run, monkeypatch, kind, bad_step
):
    original = CycleGAN.train_step

    def exhausted(model, batch):
        if int(model.step) >= bad_step:
            text = "OOM when allocating tensor with shape[1,256,64,64]"
            raise kind(text) if kind is MemoryError else kind(None, None, text)
        return original(model, batch)

    monkeypatch.setattr(CycleGAN, "train_step", exhausted)
    result = fit(*EVERY_STEP)
    assert result.exit_code == 8, result.stderr
    assert "not enough memory for the training step" in result.stderr
    assert "batches of 1 pictures of 32x32, generators of width 4" in result.stderr
    assert "lower train.batch_size, data.crop_size or model.generator_width" in result.stderr
    checkpoints = new_run / "checkpoints"
    saved = sorted(path.name for path in checkpoints.iterdir()) if checkpoints.exists() else []
    assert saved == [f"step-{step:08d}" for step in range(1, bad_step + 1)]


def test_row_36_auto_goes_on_with_the_cpu_and_warns_where_a_gpu_is_left_idle(
    fit, tmp_path, monkeypatch, caplog
):
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind=None: [])
    (tmp_path / "version").touch()
    monkeypatch.setattr(precision, "_NVIDIA_DRIVER", tmp_path / "version")
    with caplog.at_level(logging.WARNING):
        assert fit("--set", "train.device=auto", "--set", "train.steps=1").exit_code == 0
    assert "computing on the CPU" in caplog.text
    assert "cyclegan-tf[cuda]" in caplog.text
