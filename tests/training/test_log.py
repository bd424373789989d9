import errno
import json
import logging
import os

import numpy as np
import pytest

from cyclegan_tf.errors import OutputError
from cyclegan_tf.training.log import JsonLines, TensorBoardWriter


def steps_in(path):
    return [json.loads(line)["step"] for line in path.read_text().splitlines()]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "metrics.jsonl"


def test_each_entry_is_a_line_with_step_epoch_and_values(path):
    log = JsonLines(path, steps_per_epoch=4)
    log.losses(2, {"cycle_a": 1.5})
    log.losses(5, {"cycle_a": 1.25, "learning_rate": 2e-4})
    assert [json.loads(line) for line in path.read_text().splitlines()] == [
        {"step": 2, "epoch": 0.5, "cycle_a": 1.5},
        {"step": 5, "epoch": 1.25, "cycle_a": 1.25, "learning_rate": 2e-4},
    ]


def test_scores_are_a_line_of_their_own(path):
    JsonLines(path, steps_per_epoch=4).evaluation(2, {"ab/kid/n": 0.5})
    assert json.loads(path.read_text()) == {"step": 2, "evaluation": {"ab/kid/n": 0.5}}


def test_a_resumed_run_takes_out_what_lies_behind_its_first_step(path):
    log = JsonLines(path, 1)
    for step in range(1, 8):
        log.losses(step, {})
    JsonLines(path, 1, first_step=4).losses(5, {})
    assert steps_in(path) == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("half", [b'{"step": 5, "cyc', b"{}garbage", b"\xff\xfe\x00"])
def test_half_a_line_of_a_killed_process_is_taken_out(path, half):
    log = JsonLines(path, 1)
    log.losses(4, {})
    with path.open("ab") as file:
        file.write(half)
    JsonLines(path, 1, first_step=4).losses(5, {})
    assert steps_in(path) == [4, 5]


def test_a_full_disk_is_an_output_error_that_names_the_file(path, monkeypatch):
    log = JsonLines(path, 1)

    def full_disk(self, *arguments):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("pathlib.Path.open", full_disk)
    with pytest.raises(OutputError, match=f"not enough disk space: {path}"):
        log.losses(1, {})


def events_of(folder):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(str(folder))
    events.Reload()
    return events


def test_losses_and_grids_are_tensorboard_events_by_step(tmp_path):
    writer = TensorBoardWriter(tmp_path / "tensorboard")
    writer.losses(10, {"cycle_a": 1.5, "learning_rate": 2e-4})
    writer.losses(20, {"cycle_a": 1.0, "learning_rate": 1e-4})
    writer.grid(20, np.zeros((8, 8, 3), np.uint8))
    events = events_of(tmp_path / "tensorboard")
    assert set(events.Tags()["tensors"]) == {"losses/cycle_a", "learning_rate", "samples"}
    assert [event.step for event in events.Tensors("losses/cycle_a")] == [10, 20]


def test_row_37_a_folder_that_cannot_be_made_is_said_once(tmp_path, caplog):
    (tmp_path / "file").write_text("")
    with caplog.at_level(logging.WARNING):
        writer = TensorBoardWriter(tmp_path / "file" / "tensorboard")
        writer.losses(1, {"cycle_a": 1.0})
        writer.grid(1, np.zeros((8, 8, 3), np.uint8))
    assert len(caplog.records) == 1
    folder = tmp_path / "file" / "tensorboard"
    assert f"no TensorBoard events, the training continues: {folder}" in caplog.text


def test_events_that_fail_later_are_said_once(tmp_path, caplog, monkeypatch):
    writer = TensorBoardWriter(tmp_path / "tensorboard")
    writer.losses(1, {"cycle_a": 1.0})

    def full_disk(*arguments, **options):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("tensorflow.summary.scalar", full_disk)
    with caplog.at_level(logging.WARNING):
        for step in range(2, 5):
            writer.losses(step, {"cycle_a": 1.0})
    assert len(caplog.records) == 1
