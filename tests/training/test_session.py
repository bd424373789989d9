import json
import shutil

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image
from safetensors.numpy import load_file

from cyclegan_tf.config.loading import parse_config
from cyclegan_tf.errors import DataError, ModelError, OutputError
from cyclegan_tf.models.card import load_card
from cyclegan_tf.models.run import Run
from cyclegan_tf.training.fit import fit
from cyclegan_tf.training.session import Session

# As `tiny_run` was made, whose bits are compared; faults/test_resume_rows.py resumes with graphs.
pytestmark = pytest.mark.usefixtures("shallow_generators", "without_graphs")


def state_of(run, step):
    return load_file(run.checkpoints / f"step-{step:08d}" / "state.safetensors")


def metrics_of(run):
    return [json.loads(line) for line in run.metrics.read_text().splitlines()]


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


def test_a_resumed_run_ends_bit_by_bit_as_one_that_was_never_stopped(half_run, configured, tiny_run):
    fit(configured(), resume=True)
    resumed, uninterrupted = state_of(half_run, 4), state_of(Run(tiny_run), 4)
    assert list(resumed) == list(uninterrupted)
    assert [name for name in resumed if resumed[name].tobytes() != uninterrupted[name].tobytes()] == []
    timeless = [
        [{key: entry[key] for key in entry if key != "seconds_per_step"} for entry in metrics_of(run)]
        for run in (half_run, Run(tiny_run))
    ]
    assert timeless[0] == timeless[1]
    assert half_run.summary.is_file()


def test_a_run_that_has_ended_needs_no_further_step(tiny_run, configured, tmp_path, monkeypatch):
    shutil.copytree(tiny_run, tmp_path / "tiny")
    monkeypatch.setattr(
        "cyclegan_tf.training.cyclegan.CycleGAN.fit", lambda *arguments, **options: pytest.fail("a step")
    )
    fit(configured(), resume=True)


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


def test_a_finished_run_that_is_resumed_to_go_further_is_not_finished_meanwhile(
    half_run, configured, monkeypatch
):
    half_run.summary.write_text("{}")
    finished = []
    monkeypatch.setattr(Session, "_run_steps", lambda *arguments: finished.append(half_run.summary.exists()))
    fit(configured("train.steps=6"), resume=True)
    assert finished == [False]
    assert half_run.summary.exists()


@pytest.fixture
def other_data(tiny_data, tmp_path):
    """The pictures of the run and one more."""
    folder = shutil.copytree(tiny_data, tmp_path / "other")
    shutil.copy(folder / "trainB" / "0.png", folder / "trainB" / "new.png")
    return folder


def test_row_15_other_pictures_are_refused_on_resuming(half_run, configured, other_data):
    with pytest.raises(ModelError, match="the pictures have changed") as caught:
        fit(configured(f"data.root={other_data}"), resume=True)
    assert "--allow-data-change" in caught.value.fix
    assert state_of(half_run, 2)["step"] == 2


def test_other_pictures_are_taken_when_allowed(half_run, configured, other_data, no_steps):
    assert fit(configured(f"data.root={other_data}"), resume=True, allow_data_change=True) == half_run


def test_a_disk_too_small_is_told_before_the_first_step(configured, tmp_path, monkeypatch):
    monkeypatch.setattr("video.core.disk.free_bytes", lambda path: 1000)
    with pytest.raises(OutputError, match="not enough disk space") as caught:
        fit(configured())
    assert "free 1.0 kB" in caught.value.detail
    assert not (tmp_path / "tiny" / "checkpoints").exists()


def test_a_picture_that_goes_missing_is_named_and_the_state_saved(
    configured, tiny_data, tmp_path, logged, monkeypatch
):
    logged({"discriminator_a": 0.25, "discriminator_b": 0.25})
    data = shutil.copytree(tiny_data, tmp_path / "data")
    run_steps = Session._run_steps

    def remove_and_run(session, *arguments):
        for path in (data / "trainA").iterdir():
            path.unlink()
        run_steps(session, *arguments)

    monkeypatch.setattr(Session, "_run_steps", remove_and_run)
    with pytest.raises(DataError, match=r"step 0: .*trainA"):
        fit(configured(f"data.root={data}", "data.cache=off"))
    assert len(list((tmp_path / "tiny" / "checkpoints").iterdir())) == 1
