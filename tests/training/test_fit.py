import json
import shutil

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image
from safetensors.numpy import load_file

from cyclegan_tf.config.loading import load_config, parse_config
from cyclegan_tf.errors import DataError, ModelError, OutputError, UsageError
from cyclegan_tf.models.card import load_card
from cyclegan_tf.models.run import Run
from cyclegan_tf.training import fit as training
from cyclegan_tf.training.fit import fit

# As `tiny_run` was made, whose bits are compared; faults/test_resume_rows.py resumes with graphs.
pytestmark = pytest.mark.usefixtures("shallow_generators", "without_graphs")


def state_of(run, step):
    return load_file(run.checkpoints / f"step-{step:08d}" / "state.safetensors")


def metrics_of(run):
    return [json.loads(line) for line in run.metrics.read_text().splitlines()]


def with_keys(config, **sections):
    """A configuration with some keys changed: with_keys(config, train={"steps": 6})."""
    changed = {name: getattr(config, name).model_copy(update=values) for name, values in sections.items()}
    return config.model_copy(update=changed)


@pytest.fixture
def config(tiny_data, tiny_options, tmp_path):
    """The configuration of `tiny_run`, to run elsewhere."""
    options = [word for word in tiny_options if "=" in word]
    return load_config("demo", [*options, "name=tiny", f"data.root={tiny_data}", f"output.folder={tmp_path}"])


@pytest.fixture
def half_run(tiny_run, config):
    """A copy of the finished run as it was after its second step."""
    run = Run(shutil.copytree(tiny_run, training.Path(config.output.folder) / "tiny"))
    shutil.rmtree(run.checkpoints / "step-00000004")
    run.summary.unlink()
    return run


@pytest.fixture
def no_steps(monkeypatch):
    """Everything of a run but the steps, which take their time to compile."""
    monkeypatch.setattr(training.Session, "_run_steps", lambda *arguments: None)


def test_a_run_leaves_all_its_files(tiny_run):
    names = {path.name for path in tiny_run.iterdir()} - {".lock"}
    assert names == {
        "config.yaml",
        "model",
        "checkpoints",
        "tensorboard",
        "metrics.jsonl",
        "samples",
        "summary.json",
    }


def test_the_configuration_of_a_run_is_complete_and_loads_again(tiny_run, tiny_data):
    config = parse_config((tiny_run / "config.yaml").read_text())
    assert (config.name, config.data.root, config.train.steps) == ("tiny", str(tiny_data), 4)
    assert "beta_2: 0.999" in (tiny_run / "config.yaml").read_text()


def test_metrics_hold_every_loss_the_rate_and_the_time_of_a_step(tiny_run):
    first, last = metrics_of(Run(tiny_run))
    assert (first["step"], last["step"], last["epoch"]) == (2, 4, 1.0)
    for name in ("adversarial_ab", "adversarial_ba", "cycle_a", "identity_b", "discriminator_a"):
        assert np.isfinite(last[name])
    assert last["seconds_per_step"] > 0
    assert json.loads((tiny_run / "summary.json").read_text())["step"] == 4


def test_the_rate_is_full_in_the_first_half_and_not_yet_zero_in_the_last_step(tiny_run):
    assert [entry["learning_rate"] for entry in metrics_of(Run(tiny_run))] == pytest.approx([5e-4, 2.5e-4])


def test_grids_show_the_fixed_samples(tiny_run):
    names = sorted(path.name for path in (tiny_run / "samples").iterdir())
    assert names == ["step-00000002.png", "step-00000004.png"]
    with Image.open(tiny_run / "samples" / names[0]) as grid:
        assert grid.width > 6 * 32


def test_the_model_of_a_run_says_where_it_came_from(tiny_run):
    card = load_card(tiny_run / "model")
    assert card.training_size == (32, 32)
    assert (card.provenance["run"], card.provenance["step"]) == ("tiny", 4)
    assert card.provenance["weights"] == "moving average"
    assert card.provenance["tensorflow"] == tf.__version__


def test_the_model_of_a_run_holds_the_averaged_weights_of_its_last_checkpoint(tiny_run):
    state = state_of(Run(tiny_run), 4)
    for direction in ("ab", "ba"):
        weights = load_file(tiny_run / "model" / f"generator_{direction}.safetensors")
        assert all(
            array.tobytes() == state[f"ema_generator_{direction}/{name}"].tobytes()
            for name, array in weights.items()
        )


def test_a_resumed_run_ends_bit_by_bit_as_one_that_was_never_stopped(half_run, config, tiny_run):
    fit(config, resume=True)
    resumed, uninterrupted = state_of(half_run, 4), state_of(Run(tiny_run), 4)
    assert list(resumed) == list(uninterrupted)
    assert [name for name in resumed if resumed[name].tobytes() != uninterrupted[name].tobytes()] == []
    timeless = [
        [{key: entry[key] for key in entry if key != "seconds_per_step"} for entry in metrics_of(run)]
        for run in (half_run, Run(tiny_run))
    ]
    assert timeless[0] == timeless[1]
    assert half_run.summary.is_file()


def test_a_run_that_has_ended_needs_no_further_step(tiny_run, config, tmp_path, monkeypatch):
    shutil.copytree(tiny_run, tmp_path / "tiny")
    monkeypatch.setattr(
        "cyclegan_tf.training.cyclegan.CycleGAN.fit", lambda *arguments, **options: pytest.fail("a step")
    )
    fit(config, resume=True)


@pytest.fixture
def logged(monkeypatch):
    """Steps that compute nothing: logged(values) takes the callbacks through the run with these losses."""

    def take_steps(values):
        def fit_nothing(model, batches, callbacks, **options):
            for callback in callbacks:
                callback.set_model(model)
                callback.on_train_begin()
            for _ in batches:
                for callback in callbacks:
                    callback.on_train_batch_begin(0)
                model.step.assign_add(1)
                for callback in callbacks:
                    callback.on_train_batch_end(0, values)

        monkeypatch.setattr("cyclegan_tf.training.cyclegan.CycleGAN.fit", fit_nothing)

    return take_steps


@pytest.mark.parametrize("part", ["model", "checkpoints"])
def test_an_earlier_run_is_not_touched_unless_told_to(half_run, config, part):
    before = sorted((half_run.folder / part).rglob("*"))
    with pytest.raises(OutputError, match="a run of this name exists") as caught:
        fit(config)
    assert "--resume" in caught.value.fix
    assert "--overwrite" in caught.value.fix
    assert sorted((half_run.folder / part).rglob("*")) == before


def test_a_fresh_run_begins_with_an_empty_folder(half_run, config, no_steps):
    fit(config, overwrite=True)
    assert not half_run.checkpoints.exists()
    assert not half_run.model.exists()
    assert list(half_run.samples.iterdir()) == []


def test_a_fresh_run_keeps_the_earlier_one_until_its_pictures_are_found(half_run, config, tmp_path):
    missing = with_keys(config, data={"root": str(tmp_path / "nowhere")})
    with pytest.raises(DataError):
        fit(missing, overwrite=True)
    assert state_of(half_run, 2)["step"] == 2


def test_a_fresh_run_keeps_the_earlier_one_that_it_starts_from(half_run, config, no_steps):
    with pytest.raises(UsageError, match="holds the model to start from"):
        fit(with_keys(config, train={"start_from": str(half_run.folder)}), overwrite=True)
    assert load_card(half_run.model).provenance["run"] == "tiny" and half_run.checkpoints.is_dir()


def test_there_must_be_a_run_to_resume(config):
    with pytest.raises(OutputError, match="no run to resume"):
        fit(config, resume=True)


def test_what_the_state_depends_on_may_not_change_on_resuming(half_run, config):
    with pytest.raises(ModelError, match="a resumed run cannot change this") as caught:
        fit(with_keys(config, model={"generator_width": 5}), resume=True)
    assert "model.generator_width: the run has 4, received 5" in caught.value.detail


def test_a_rate_may_change_on_resuming_and_is_written_down(half_run, config, no_steps):
    fit(with_keys(config, train={"learning_rate": 1e-5}), resume=True)
    assert parse_config(half_run.config.read_text()).train.learning_rate == 1e-5


def test_a_finished_run_that_is_resumed_to_go_further_is_not_finished_meanwhile(
    half_run, config, monkeypatch
):
    half_run.summary.write_text("{}")
    finished = []
    monkeypatch.setattr(
        training.Session, "_run_steps", lambda *arguments: finished.append(half_run.summary.exists())
    )
    fit(with_keys(config, train={"steps": 6}), resume=True)
    assert finished == [False]
    assert half_run.summary.exists()


@pytest.fixture
def other_data(tiny_data, tmp_path):
    """The pictures of the run and one more."""
    folder = shutil.copytree(tiny_data, tmp_path / "other")
    shutil.copy(folder / "trainB" / "0.png", folder / "trainB" / "new.png")
    return {"root": str(folder)}


def test_row_15_other_pictures_are_refused_on_resuming(half_run, config, other_data):
    with pytest.raises(ModelError, match="the pictures have changed") as caught:
        fit(with_keys(config, data=other_data), resume=True)
    assert "--allow-data-change" in caught.value.fix
    assert state_of(half_run, 2)["step"] == 2


def test_other_pictures_are_taken_when_allowed(half_run, config, other_data, no_steps):
    assert fit(with_keys(config, data=other_data), resume=True, allow_data_change=True) == half_run


def test_a_disk_too_small_is_told_before_the_first_step(config, tmp_path, monkeypatch):
    monkeypatch.setattr("video.core.disk.free_bytes", lambda path: 1000)
    with pytest.raises(OutputError, match="not enough disk space") as caught:
        fit(config)
    assert "free 1.0 kB" in caught.value.detail
    assert not (tmp_path / "tiny" / "checkpoints").exists()


def test_a_folder_that_cannot_be_made_is_told_with_the_key_to_change(config, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="cannot make the folder") as caught:
        fit(with_keys(config, output={"folder": str(tmp_path / "file")}))
    assert "output.folder" in caught.value.fix


def test_a_picture_that_goes_missing_is_named_and_the_state_saved(
    config, tiny_data, tmp_path, logged, monkeypatch
):
    logged({"discriminator_a": 0.25, "discriminator_b": 0.25})
    data = shutil.copytree(tiny_data, tmp_path / "data")
    run_steps = training.Session._run_steps

    def remove_and_run(session, *arguments):
        for path in (data / "trainA").iterdir():
            path.unlink()
        run_steps(session, *arguments)

    monkeypatch.setattr(training.Session, "_run_steps", remove_and_run)
    with pytest.raises(DataError, match=r"step 0: .*trainA"):
        fit(with_keys(config, data={"root": str(data), "cache": "off"}))
    assert len(list((tmp_path / "tiny" / "checkpoints").iterdir())) == 1
