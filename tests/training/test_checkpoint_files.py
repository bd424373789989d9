import json
import logging
import re

import pytest

from cyclegan_tf.errors import ModelError, OutputError
from cyclegan_tf.training.checkpoint_files import MANIFEST_FILE, STATE_FILE, CheckpointFolder

NEWEST = "step-00000010"


@pytest.fixture
def checkpoints(tmp_path):
    return CheckpointFolder(tmp_path / "checkpoints", keep=2)


def write(checkpoints, *steps, state=b"the state"):
    for step in steps:
        checkpoints.write(step, state, {"metrics": {}})


def names(checkpoints):
    return sorted(path.name for path in checkpoints.folder.iterdir())


def damage(path):
    (path / STATE_FILE).write_bytes(b"the Statf")


def change_manifest(path, **values):
    manifest = json.loads((path / MANIFEST_FILE).read_text())
    (path / MANIFEST_FILE).write_text(json.dumps({**manifest, **values}))


def test_the_newest_checkpoints_are_kept_by_number_and_older_ones_removed(checkpoints):
    write(checkpoints, 5, 99_999_999, 100_000_000, 100_000_001)
    assert names(checkpoints) == ["step-100000000", "step-100000001"]


def test_a_save_that_fails_leaves_the_checkpoints_before_it(checkpoints, monkeypatch):
    write(checkpoints, 5)

    def full_disk(path):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("cyclegan_tf.training.checkpoint_files.sha256", full_disk)
    with pytest.raises(OutputError, match="not enough disk space"):
        write(checkpoints, 10)
    assert names(checkpoints) == ["step-00000005"]


def test_saving_a_step_again_replaces_it_as_a_whole(checkpoints):
    write(checkpoints, 5)
    write(checkpoints, 5, state=b"another")
    path, _ = checkpoints.newest()
    assert (path / STATE_FILE).read_bytes() == b"another"


@pytest.mark.parametrize(
    ("harm", "reason"),
    [
        (damage, "the checksum of .*state.safetensors is not the one"),
        (lambda path: (path / STATE_FILE).write_bytes(b"the"), "the checksum of"),
        (lambda path: (path / STATE_FILE).unlink(), "state.safetensors is missing"),
        (lambda path: (path / MANIFEST_FILE).write_text("{"), "checkpoint.json cannot be read"),
        (lambda path: (path / MANIFEST_FILE).unlink(), "checkpoint.json cannot be read"),
    ],
    ids=["byte", "cut", "no_state", "no_json", "no_manifest"],
)
def test_row_27_a_damaged_checkpoint_is_set_aside_and_the_one_before_it_taken(
    checkpoints, caplog, harm, reason
):
    write(checkpoints, 5, 10)
    harm(checkpoints.folder / NEWEST)
    with caplog.at_level(logging.WARNING):
        path, manifest = checkpoints.newest()
    assert (path.name, manifest["step"]) == ("step-00000005", 5)
    assert names(checkpoints) == ["step-00000005", f"{NEWEST}.corrupt"]
    assert re.search(f"damaged checkpoint: .*{reason}", caplog.text)


def test_a_checkpoint_may_be_damaged_twice_at_one_step(checkpoints):
    write(checkpoints, 5)
    for _ in range(2):
        write(checkpoints, 10)
        damage(checkpoints.folder / NEWEST)
        assert checkpoints.newest()[1]["step"] == 5


@pytest.mark.parametrize("saved", [True, False], ids=["all_damaged", "none"])
def test_row_28_a_run_never_starts_from_scratch_silently(checkpoints, saved):
    if saved:
        write(checkpoints, 10)
        damage(checkpoints.folder / NEWEST)
    with pytest.raises(ModelError, match="no valid checkpoint") as caught:
        checkpoints.newest()
    assert "--overwrite" in caught.value.fix
    assert not saved or names(checkpoints) == [f"{NEWEST}.corrupt"]


def test_what_a_killed_process_left_is_cleaned_up(checkpoints):
    write(checkpoints, 5)
    (checkpoints.folder / f".{NEWEST}.tmp-999999999-1").mkdir()
    checkpoints.newest()
    assert names(checkpoints) == ["step-00000005"]


@pytest.mark.parametrize("files", [{}, {"sha256": {"weights.bin": "0"}}], ids=["same_files", "other_files"])
def test_row_31_a_newer_format_states_both_formats_and_is_not_called_damaged(checkpoints, files):
    write(checkpoints, 10)
    change_manifest(checkpoints.folder / NEWEST, format=7, **files)
    with pytest.raises(ModelError, match="newer format") as caught:
        checkpoints.newest()
    assert "expected format 2 or older; found 7" in caught.value.detail
    assert names(checkpoints) == [NEWEST]
