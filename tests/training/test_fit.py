import pytest
from safetensors.numpy import load_file

from cyclegan_tf.config.loading import parse_config
from cyclegan_tf.errors import DataError, ModelError, OutputError, UsageError
from cyclegan_tf.models.card import load_card
from cyclegan_tf.training.fit import fit

# As `tiny_run` was made, whose bits are compared; faults/test_resume_rows.py resumes with graphs.
pytestmark = pytest.mark.usefixtures("shallow_generators", "without_graphs")


@pytest.mark.parametrize("part", ["model", "checkpoints"])
def test_an_earlier_run_is_not_touched_unless_told_to(half_run, configured, part):
    before = sorted((half_run.folder / part).rglob("*"))
    with pytest.raises(OutputError, match="a run of this name exists") as caught:
        fit(configured())
    assert "--resume" in caught.value.fix
    assert "--overwrite" in caught.value.fix
    assert sorted((half_run.folder / part).rglob("*")) == before


def test_a_fresh_run_begins_with_an_empty_folder(half_run, configured, no_steps):
    fit(configured(), overwrite=True)
    assert not half_run.checkpoints.exists()
    assert not half_run.model.exists()
    assert list(half_run.samples.iterdir()) == []


def test_a_fresh_run_keeps_the_earlier_one_until_its_pictures_are_found(half_run, configured, tmp_path):
    missing = configured(f"data.root={tmp_path / 'nowhere'}")
    with pytest.raises(DataError):
        fit(missing, overwrite=True)
    assert load_file(half_run.checkpoints / "step-00000002" / "state.safetensors")["step"] == 2


def test_a_fresh_run_keeps_the_earlier_one_that_it_starts_from(half_run, configured, no_steps):
    with pytest.raises(UsageError, match="holds the model to start from"):
        fit(configured(f"train.start_from={half_run.folder}"), overwrite=True)
    assert load_card(half_run.model).provenance["run"] == "tiny" and half_run.checkpoints.is_dir()


def test_there_must_be_a_run_to_resume(configured):
    with pytest.raises(OutputError, match="no run to resume"):
        fit(configured(), resume=True)


def test_what_the_state_depends_on_may_not_change_on_resuming(half_run, configured):
    with pytest.raises(ModelError, match="a resumed run cannot change this") as caught:
        fit(configured("model.generator_width=5"), resume=True)
    assert "model.generator_width: the run has 4, received 5" in caught.value.detail


def test_a_rate_may_change_on_resuming_and_is_written_down(half_run, configured, no_steps):
    fit(configured("train.learning_rate=1e-5"), resume=True)
    assert parse_config(half_run.config.read_text()).train.learning_rate == 1e-5


def test_a_folder_that_cannot_be_made_is_told_with_the_key_to_change(configured, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="cannot make the folder") as caught:
        fit(configured(f"output.folder={tmp_path / 'file'}"))
    assert "output.folder" in caught.value.fix
