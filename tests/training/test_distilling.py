import dataclasses
import json
import shutil
import signal
from pathlib import Path

import numpy as np
import pytest

from cyclegan_tf.config.loading import load_config
from cyclegan_tf.errors import Interrupted, ModelError, UsageError
from cyclegan_tf.models.card import load_card
from cyclegan_tf.models.folder import load_generator, load_mask_network
from cyclegan_tf.models.run import Run
from cyclegan_tf.training.distilling import prepare_student, student_grid, student_keys
from cyclegan_tf.training.fit import fit
from cyclegan_tf.training.session import Session

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("shallow_generators")]

TINY = {
    "name": "student",
    "data.load_size": 36,
    "data.crop_size": 32,
    "train.steps": 4,
    "train.precision": "float32",
    "distill.crops": 1,
    "output.checkpoint_every_steps": 2,
    "output.sample_every_steps": 2,
    "output.log_every_steps": 2,
    "output.num_samples": 2,
}


@pytest.fixture
def config(masked_model, tiny_data, tmp_path):
    """A student of half the width of `masked_model`."""
    given = {"distill.teacher": masked_model, "data.root": tiny_data, "output.folder": tmp_path / "runs"}
    return load_config(None, {**student_keys(masked_model, 2, None), **TINY, **given})


def changed(config, section, **keys):
    return config.model_copy(update={section: getattr(config, section).model_copy(update=keys)})


def run_of(config):
    return Run(Path(config.output.folder) / config.name)


@pytest.fixture(scope="module")
def finished(masked_model, tiny_data, tmp_path_factory):
    """A student's finished run; do not write into it."""
    runs = tmp_path_factory.mktemp("runs")
    given = {"distill.teacher": masked_model, "data.root": tiny_data, "output.folder": runs}
    return fit(load_config(None, {**student_keys(masked_model, 2, None), **TINY, **given}), progress="none")


def test_its_model_says_who_taught_it_and_has_the_teachers_masks(finished, masked_model):
    card = load_card(finished.model)
    assert set(card.generators) == {"ab"} and card.generators["ab"].width == 2 and card.masked
    assert card.provenance["teacher"] == str(masked_model)
    assert len(card.provenance["teacher_weights"]["ab"]) == 64
    assert card.provenance["trained_against"] == ["efficientnet-lite0"]
    decoders = [load_mask_network(folder).decoder.get_weights() for folder in (finished.model, masked_model)]
    assert all(np.array_equal(ours, theirs) for ours, theirs in zip(*decoders))


def test_a_run_of_a_student_leaves_the_files_of_a_run_and_the_answers(finished):
    names = {path.name for path in finished.folder.iterdir()} - {".lock"}
    parts = "config.yaml model checkpoints tensorboard metrics.jsonl samples summary.json answers"
    assert names == set(parts.split())
    # Four pictures of one crop each.
    assert len(list(finished.answers.rglob("*.npy"))) == 4


def test_a_killed_run_goes_on_as_if_it_had_not_been_killed(finished, config):
    """Killed after its last step, before the checkpoint of it and the summary."""
    run = Run(shutil.copytree(finished.folder, run_of(config).folder))
    shutil.rmtree(run.checkpoints / "step-00000004")
    run.summary.unlink()
    fit(config, resume=True, progress="none")
    ours, whole = (load_generator(folder.model, "ab").get_weights() for folder in (run, finished))
    for one, other in zip(ours, whole):
        np.testing.assert_allclose(one, other, atol=1e-6)


def test_a_signal_ends_a_run_with_its_state_saved(config, monkeypatch):
    def stop_if(session, signals):
        signals.received = signal.SIGTERM
        original(session, signals)

    original = Session._stop_if
    monkeypatch.setattr(Session, "_stop_if", stop_if)
    with pytest.raises(Interrupted, match="resume with: cyclegan-tf fit --resume --name student"):
        fit(config, progress="none")
    run = run_of(config)
    assert [path.name for path in run.checkpoints.iterdir()] == ["step-00000001"]
    assert load_card(run.model).provenance["step"] == 1


def test_the_teacher_of_a_run_cannot_change(finished, config, masked_model, tmp_path):
    other = shutil.copytree(masked_model, tmp_path / "other")
    again = Run(shutil.copytree(finished.folder, tmp_path / "runs" / "student"))
    with pytest.raises(ModelError, match="cannot change this") as caught:
        fit(changed(config, "distill", teacher=str(other)), resume=True, progress="none")
    assert "distill.teacher" in caught.value.detail
    assert again.summary.is_file()


def test_several_devices_are_refused_before_anything_is_written(config):
    with pytest.raises(UsageError, match="a student is trained on one device"):
        fit(changed(config, "train", devices=2, device="cpu"), progress="none")
    assert not run_of(config).folder.exists()


def test_it_begins_with_channels_of_its_teacher(config, masked_model):
    _, model = prepare_student(config, run_of(config))
    kernel = load_generator(masked_model, "ab").get_layer("first_conv").kernel.numpy()
    ours = model.generator_ab.get_layer("first_conv").kernel.numpy()
    for channel in range(2):
        assert any(np.array_equal(ours[..., channel], kernel[..., theirs]) for theirs in range(4))
    np.testing.assert_array_equal(model.ema_generator_ab.get_layer("first_conv").kernel.numpy(), ours)


def test_a_grid_shows_the_teacher_beside_the_student(config):
    data, model = prepare_student(config, run_of(config))
    grid = student_grid(model, data.samples(2))
    # Three columns of 128 pixels, at the scale that makes 32 pixels 128, and nothing of the other direction.
    assert 3 * 128 <= grid.shape[1] < 4 * 128


def test_other_channels_than_the_teachers_are_refused(config):
    grey = changed(config, "data", channels_a=1)
    with pytest.raises(ModelError, match="other channels"):
        prepare_student(grey, run_of(config))


def test_the_keys_of_a_student_are_those_of_its_teacher_but_for_the_width(masked_model):
    config = load_config(None, {**student_keys(masked_model, 3, 9), "data.root": "x"})
    teacher = load_card(masked_model).generators["ab"]
    expected = dataclasses.replace(teacher, width=3, architecture="resnet_9blocks")
    assert config.generator_spec == expected


def test_a_number_of_blocks_that_there_is_not_is_refused(masked_model):
    with pytest.raises(UsageError, match="no student of 7 blocks"):
        student_keys(masked_model, 3, 7)


def test_the_log_has_the_losses_of_a_student(finished):
    last = json.loads(finished.metrics.read_text().splitlines()[-1])
    assert {"l1_ab", "features_ab", "adversarial_ab", "heads_ab"} <= set(last)
