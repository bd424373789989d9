import pytest

from cyclegan_tf.errors import UsageError
from cyclegan_tf.reports.run_files import FINISHED, GOING, STOPPED, read_run
from video.core.locks import FolderLock


def test_a_run_knows_its_steps_its_state_and_its_model(run_folder):
    files = read_run(run_folder)
    assert (files.name, files.state, files.step, files.num_steps) == ("mine", FINISHED, 8, 8)
    assert [step for step, _ in files.samples] == [one.step for one in files.evaluations] == [4, 8]
    assert files.values["train.learning_rate"] == 5e-4
    assert files.problems == []


def test_a_run_that_a_process_writes_to_is_going(run_folder):
    (run_folder / "summary.json").unlink()
    assert read_run(run_folder).state == STOPPED
    with FolderLock(run_folder):
        assert read_run(run_folder).state == GOING


def test_half_a_line_of_the_log_is_left_out_and_named(run_folder):
    with (run_folder / "metrics.jsonl").open("a") as file:
        file.write('{"step": 10, "cyc')
    files = read_run(run_folder)
    assert files.log[-1]["step"] == 8
    assert files.problems == ["metrics.jsonl has 1 damaged line, left out here"]


def test_a_damaged_evaluation_is_left_out_and_named(run_folder):
    (run_folder / "evaluations" / "step_00000008" / "metrics.json").write_text("{")
    files = read_run(run_folder)
    assert [one.step for one in files.evaluations] == [4]
    assert files.problems == ["step_00000008/metrics.json is damaged, left out here"]


def test_keys_that_this_version_does_not_know_are_shown_as_they_are(run_folder):
    with (run_folder / "config.yaml").open("a") as file:
        file.write("later:\n  key: 1\n")
    files = read_run(run_folder)
    assert (files.config, files.values["later.key"], files.values["name"]) == (None, 1, "mine")
    assert "not a configuration of this version" in files.problems[0]


def test_a_run_that_has_just_begun_has_nothing_yet(run_folder):
    for name in ("metrics.jsonl", "summary.json", "model/model.json"):
        (run_folder / name).unlink()
    run_folder.joinpath("samples").rename(run_folder / "away")
    run_folder.joinpath("evaluations").rename(run_folder / "away" / "too")
    files = read_run(run_folder)
    assert (files.step, files.num_steps, files.log, files.samples, files.evaluations) == (0, 8, [], [], [])


@pytest.mark.parametrize(("place", "found"), [("nowhere", "nothing there"), ("model", "a folder without it")])
def test_what_is_not_a_run_is_refused(run_folder, place, found):
    with pytest.raises(UsageError, match=f"config.yaml, found {found}"):
        read_run(run_folder / place)
