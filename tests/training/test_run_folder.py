import pytest

from cyclegan_tf.config.loading import load_config
from cyclegan_tf.errors import OutputError, UsageError
from cyclegan_tf.models.run import CARD_FILE, Run
from cyclegan_tf.training.run_folder import (
    check_origin_stays,
    check_run_folder,
    empty_run_folder,
    remove_later_evaluations,
)


@pytest.fixture
def run(tmp_path):
    """The folder of an earlier run."""
    run = Run(tmp_path)
    run.config.touch()
    for folder in (run.model, run.best, run.evaluations / "step_00000005", run.evaluations / "step_00000010"):
        folder.mkdir(parents=True)
    return run


def test_an_earlier_run_is_neither_mixed_with_another_nor_invented(run, tmp_path):
    check_run_folder(run, resume=True, overwrite=False)
    check_run_folder(run, resume=False, overwrite=True)
    with pytest.raises(OutputError, match="a run of this name exists"):
        check_run_folder(run, resume=False, overwrite=False)
    with pytest.raises(OutputError, match="no run to resume"):
        check_run_folder(Run(tmp_path / "new"), resume=True, overwrite=False)


@pytest.mark.parametrize(
    ("key", "named"), [("distill.teacher", "teacher"), ("train.start_from", "model to start from")]
)
@pytest.mark.parametrize("place", [".", "model", "best"])
def test_a_run_does_not_replace_the_model_that_it_comes_from(run, key, named, place):
    for model in (run.model, run.best):
        (model / CARD_FILE).touch()
    config = load_config(None, {key: run.folder / place})
    with pytest.raises(UsageError, match=f"the run that would be replaced holds the {named}") as caught:
        check_origin_stays(run, config)
    assert "--name" in caught.value.fix


def test_a_run_may_come_from_a_model_elsewhere(run, tmp_path_factory):
    other = tmp_path_factory.mktemp("other")
    (other / CARD_FILE).touch()
    check_origin_stays(run, load_config(None, {"train.start_from": other}))
    check_origin_stays(run, load_config(None, {"distill.teacher": "horse2zebra"}))


def test_an_earlier_run_is_emptied_but_for_what_is_not_its_own(run):
    (run.folder / "notes.txt").touch()
    empty_run_folder(run)
    assert [path.name for path in run.folder.iterdir()] == ["notes.txt"]


def test_evaluations_of_steps_that_come_again_are_removed(run):
    (run.evaluations / "real_features.npz").touch()
    remove_later_evaluations(run, 5)
    assert sorted(path.name for path in run.evaluations.iterdir()) == ["real_features.npz", "step_00000005"]
