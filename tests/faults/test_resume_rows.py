"""Going on with a run: bit by bit after kill -9, past damaged checkpoints, and what is refused."""

import json
import logging
import shutil
import signal
import socket

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from cyclegan_tf.training.checkpoint_files import MANIFEST_FILE, STATE_FILE
from video.core.files import sha256

LOCK_AND_WAIT = """
import sys, time
from video.core.locks import FolderLock
with FolderLock(sys.argv[1]):
    print("locked", flush=True)
    time.sleep(100)
"""


def steps_in(metrics) -> list[int]:
    """Steps of all whole lines."""
    lines = metrics.read_text().splitlines(keepends=True) if metrics.exists() else []
    return [json.loads(line)["step"] for line in lines if line.endswith("\n")]


def test_row_19_kill_9_in_the_middle_and_resume_give_the_very_bits_of_an_uninterrupted_run(
    start_command, tiny_data, run_options, tmp_path
):
    # 24 steps, a checkpoint at every 7th, a history of 3 that has long been full when the run is killed.
    length = ("--set", "train.steps=24", "--set", "output.checkpoint_every_steps=7")
    whole = start_command("fit", tiny_data, *run_options, *length, "--name", "whole")
    killed = start_command("fit", tiny_data, *run_options, *length, "--name", "killed")
    runs = tmp_path / "runs"
    killed.wait_until(lambda: len(steps_in(runs / "killed" / "metrics.jsonl")) >= 10)
    killed.process.kill()
    assert killed.wait() == -signal.SIGKILL
    assert whole.wait() == 0, whole.text
    last = max(path.name for path in (runs / "killed" / "checkpoints").glob("step-*"))
    assert "step-00000007" <= last < "step-00000024"
    history = load_file(runs / "killed" / "checkpoints" / last / STATE_FILE)["history_a/count"]
    assert history == 3

    shutil.move(runs / "whole", tmp_path / "whole")
    resumed = start_command("fit", "--resume")
    assert resumed.wait() == 0, resumed.text

    files = [f"checkpoints/step-00000024/{STATE_FILE}"]
    files += [f"model/generator_{direction}.safetensors" for direction in ("ab", "ba")]
    for name in files:
        assert sha256(runs / "killed" / name) == sha256(tmp_path / "whole" / name), name
    assert steps_in(runs / "killed" / "metrics.jsonl") == list(range(1, 25))
    losses = [
        [{**json.loads(line), "seconds_per_step": 0} for line in path.read_text().splitlines()]
        for path in (runs / "killed" / "metrics.jsonl", tmp_path / "whole" / "metrics.jsonl")
    ]
    assert losses[0] == losses[1]


def damage(path, how):
    state = path / STATE_FILE
    content = bytearray(state.read_bytes())
    if how == "truncated":
        del content[len(content) // 2 :]
    else:
        content[len(content) // 2] ^= 1
    state.write_bytes(content)


def rewrite(path, change):
    """Changes the arrays of a checkpoint and makes its checksum right again."""
    arrays = load_file(path / STATE_FILE)
    change(arrays)
    save_file(arrays, path / STATE_FILE)
    manifest = json.loads((path / MANIFEST_FILE).read_text())
    manifest["sha256"] = {STATE_FILE: sha256(path / STATE_FILE)}
    (path / MANIFEST_FILE).write_text(json.dumps(manifest))


def names(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.usefixtures("shallow_generators", "without_graphs")
class TestOfRuns:
    @pytest.mark.parametrize("how", ["truncated", "one_bit_flipped"])
    def test_row_27_a_damaged_checkpoint_is_named_and_the_one_before_it_taken(
        self, copied_run, caplog, how, tree
    ):
        newest = copied_run.checkpoints / "step-00000004"
        damage(newest, how)
        damaged = tree(newest)
        with caplog.at_level(logging.INFO):
            result = copied_run.resume()
        assert result.exit_code == 0, result.stderr
        assert f"the checksum of {newest / STATE_FILE} is not the one that was saved" in caplog.text
        assert "moved to step-00000004.corrupt; taking the one before it" in caplog.text
        assert f"restored {copied_run.checkpoints / 'step-00000002'}" in caplog.text
        assert tree(copied_run.checkpoints / "step-00000004.corrupt") == damaged
        assert names(copied_run.checkpoints) == ["step-00000002", "step-00000004", "step-00000004.corrupt"]
        assert copied_run.steps == [2, 4]

    def test_row_28_without_a_valid_checkpoint_nothing_starts_from_scratch(self, copied_run, tree):
        before = tree(copied_run.folder)
        for path in copied_run.checkpoints.iterdir():
            damage(path, "truncated")
        result = copied_run.resume()
        assert result.exit_code == 5
        assert f"no valid checkpoint in {copied_run.checkpoints}" in result.stderr
        assert "--overwrite" in result.stderr
        assert names(copied_run.checkpoints) == ["step-00000002.corrupt", "step-00000004.corrupt"]
        outside = {name for name in before if not name.startswith("checkpoints")}
        assert {name: text for name, text in tree(copied_run.folder).items() if name in outside} == {
            name: before[name] for name in outside
        }
        # And not at the second attempt either.
        assert copied_run.resume().exit_code == 5

    @pytest.mark.parametrize("how", ["missing", "other_shape"])
    def test_row_29_an_optimizer_without_its_moments_is_refused_by_their_path(self, copied_run, how):
        newest = copied_run.checkpoints / "step-00000004"
        arrays = load_file(newest / STATE_FILE)
        slot = next(name for name in arrays if name.startswith("generator_optimizer/") and "velocity" in name)

        def change(arrays):
            array = arrays.pop(slot)
            if how == "other_shape":
                arrays[slot] = np.zeros((*array.shape, 2), np.float32)

        rewrite(newest, change)
        result = copied_run.resume("--set", "train.steps=6")
        assert result.exit_code == 5
        assert slot in result.stderr
        assert ("it is not there" if how == "missing" else "expected shape") in result.stderr
        assert copied_run.steps == [2, 4]

    @pytest.mark.parametrize(
        "change",
        ["model.generator_width=8", "model.norm_affine=true", "train.history_size=5", "train.seed=1"],
    )
    def test_row_30_what_the_state_hangs_on_cannot_change(self, copied_run, tree, change):
        before = tree(copied_run.folder)
        key, _, value = change.partition("=")
        result = copied_run.resume("--set", change)
        assert result.exit_code == 5
        assert f"a resumed run cannot change this: {copied_run.folder}" in result.stderr
        assert f"{key}: the run has " in result.stderr
        assert f"received {value}" in result.stderr.replace("True", "true")
        assert tree(copied_run.folder) == before

    def test_row_30_all_refused_keys_are_named_at_once(self, copied_run):
        result = copied_run.resume("--set", "model.generator_width=8", "--set", "train.ema_decay=0")
        assert "model.generator_width: the run has 4, received 8" in result.stderr
        assert "train.ema_decay: the run has 0.99, received 0" in result.stderr

    def test_row_30_the_schedule_may_change_and_that_is_logged(self, copied_run, caplog):
        changes = ("train.learning_rate=1e-3", "train.schedule=constant", "train.steps=6")
        with caplog.at_level(logging.INFO):
            result = copied_run.resume(*(word for change in changes for word in ("--set", change)))
        assert result.exit_code == 0, result.stderr
        assert "resuming with train.learning_rate = 0.001; it was 0.0005" in caplog.text
        assert "resuming with train.schedule = constant; it was linear" in caplog.text
        assert "resuming with train.steps = 6; it was 4" in caplog.text
        last = json.loads((copied_run.folder / "metrics.jsonl").read_text().splitlines()[-1])
        assert (last["step"], last["learning_rate"]) == (6, pytest.approx(1e-3))

    def test_row_31_a_newer_format_states_both_versions_and_is_left_alone(self, copied_run, tree):
        path = copied_run.checkpoints / "step-00000004" / MANIFEST_FILE
        path.write_text(json.dumps({**json.loads(path.read_text()), "format": 7}))
        before = tree(copied_run.checkpoints)
        result = copied_run.resume()
        assert result.exit_code == 5
        assert "expected format 1 or older; found 7" in result.stderr
        assert tree(copied_run.checkpoints) == before

    def test_row_32_a_second_process_is_refused_and_the_lock_of_a_killed_one_is_no_obstacle(
        self, copied_run, start, tree
    ):
        before = tree(copied_run.folder)
        first = start(LOCK_AND_WAIT, copied_run.folder)
        first.wait_until(lambda: "locked" in first.text)
        result = copied_run.resume("--set", "train.steps=6")
        assert result.exit_code == 6
        assert f"process {first.process.pid} on {socket.gethostname()} is writing to it" in result.stderr
        assert tree(copied_run.folder) == before
        first.process.kill()
        first.wait()
        result = copied_run.resume("--set", "train.steps=5")
        assert result.exit_code == 0, result.stderr
        assert "step-00000005" in names(copied_run.checkpoints)

    def test_row_33_a_run_that_exists_is_refused_with_both_options(
        self, copied_run, command, tiny_data, tiny_options, tree
    ):
        before = tree(copied_run.folder)
        place = ("--name", copied_run.folder.name, "--set", f"output.folder={copied_run.folder.parent}")
        result = command("fit", tiny_data, *tiny_options, *place)
        assert result.exit_code == 6
        assert "a run of this name exists" in result.stderr
        assert "--resume" in result.stderr
        assert "--overwrite" in result.stderr
        assert tree(copied_run.folder) == before

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
        leftovers = [copied_run.folder / ".model.tmp-4194305-1", copied_run.checkpoints / ".x.tmp-4194305-1"]
        for path in leftovers:
            path.mkdir()
        assert copied_run.resume().exit_code == 0
        assert not any(path.exists() for path in leftovers)
