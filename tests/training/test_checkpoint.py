import json
import logging
from types import SimpleNamespace

import keras
import numpy as np
import pytest
import tensorflow as tf

from cyclegan_tf.errors import ModelError, OutputError
from cyclegan_tf.models.weights import load_arrays, save_arrays
from cyclegan_tf.networks.specs import DiscriminatorSpec, GeneratorSpec
from cyclegan_tf.training.callbacks import SaveEvery
from cyclegan_tf.training.checkpoint import Checkpoints, training_state
from cyclegan_tf.training.checkpoint_files import MANIFEST_FILE, STATE_FILE
from cyclegan_tf.training.cyclegan import CycleGAN
from cyclegan_tf.training.optimizers import adam
from video.core.files import replace_folder

pytestmark = pytest.mark.usefixtures("shallow_generators")


def make(seed=0, *, width=2, dtype="float32", ema_decay=0.9):
    """A small compiled model whose weights follow from the seed."""
    keras.utils.set_random_seed(seed)
    generator = GeneratorSpec("resnet_6blocks", width=width)
    discriminator = DiscriminatorSpec("pixel", width=2)
    model = CycleGAN(generator, discriminator, dtype=dtype, ema_decay=ema_decay)
    optimizers = [adam(2e-4, 0.5, 0.999, loss_scaling=dtype == "mixed_float16") for _ in range(2)]
    model.compile(*optimizers, image_size=(16, 16), history_size=3)
    return model


def train(model, first_step, stop_step):
    """Trains on batches that follow from the step."""
    pictures = [
        np.random.default_rng(s).uniform(-1, 1, (2, 1, 16, 16, 3)) for s in range(first_step, stop_step)
    ]
    batches = tf.data.Dataset.from_tensor_slices(np.array(pictures, np.float32))
    model.fit(batches.map(lambda pair: (pair[0], pair[1])), verbose=0, shuffle=False)


def state_of(model):
    return {name: variable.numpy() for name, variable in training_state(model).items()}


def differing(one, other):
    """Names of what is not equal in every bit."""
    assert list(one) == list(other)
    return [name for name in one if one[name].tobytes() != other[name].tobytes()]


@pytest.fixture(scope="module")
def trained(tmp_path_factory, request):
    """A model after three steps, and its only checkpoint."""
    request.getfixturevalue("shallow_generators")
    model = make()
    train(model, 0, 3)
    checkpoints = Checkpoints(tmp_path_factory.mktemp("run") / "checkpoints", keep=3)
    checkpoints.save(model, data_fingerprint="abc", metrics={"cycle_a": 1.5})
    return model, checkpoints


@pytest.fixture(scope="module")
def untrained(request):
    """A model to save: what is in it does not matter."""
    request.getfixturevalue("shallow_generators")
    return make()


@pytest.fixture
def checkpoints(tmp_path):
    return Checkpoints(tmp_path / "checkpoints", keep=2)


def save_at(checkpoints, model, *steps, **options):
    for step in steps:
        model.step.assign(step)
        checkpoints.save(model, **options)


def names(checkpoints):
    return sorted(path.name for path in checkpoints.files.folder.iterdir())


def damage(path):
    """Flips a bit of the last byte: the file is as long as before and still parses."""
    state = bytearray((path / STATE_FILE).read_bytes())
    state[-1] ^= 1
    (path / STATE_FILE).write_bytes(state)


def test_three_steps_leave_no_part_of_the_state_as_it_was(trained):
    model, _ = trained
    unchanged = set(state_of(model)) - set(differing(state_of(make()), state_of(model)))
    # Rates are constant here, and biases in front of a normalization have no gradient but rounding noise.
    assert not {name for name in unchanged if not name.endswith("learning_rate")}


def test_the_state_holds_the_step_the_networks_both_optimizers_and_both_histories(trained):
    model, _ = trained
    state = state_of(model)
    networks = [model.generator_ab, model.generator_ba, model.discriminator_a, model.discriminator_b]
    networks += [model.ema_generator_ab, model.ema_generator_ba]
    optimizers = [model.generator_optimizer, model.discriminator_optimizer]
    expected = sum(len(part.variables) for part in networks + optimizers)
    assert len(state) == expected + 1 + 2 * 2
    assert state["step"] == 3
    assert state["history_a/count"] == 3
    moments = [name for name in state if "momentum" in name and name.startswith("discriminator_optimizer/")]
    assert len(moments) == len(model.discriminator_variables)


def test_a_new_model_gets_every_variable_back_bit_by_bit(trained):
    model, checkpoints = trained
    restored = make(seed=99)
    assert len(differing(state_of(restored), state_of(model))) > 20
    checkpoints.restore_latest(restored)
    assert differing(state_of(restored), state_of(model)) == []


def test_a_restored_model_goes_on_bit_by_bit_as_if_it_had_never_stopped(trained):
    _, checkpoints = trained
    uninterrupted, restored = make(), make(seed=99)
    train(uninterrupted, 0, 5)
    checkpoints.restore_latest(restored)
    train(restored, 3, 5)
    assert differing(state_of(restored), state_of(uninterrupted)) == []


def test_the_manifest_tells_what_the_order_of_the_data_follows_from(trained):
    _, checkpoints = trained
    manifest = checkpoints.restore_latest(make())
    assert manifest["step"] == 3
    assert manifest["seed"] == 0
    assert manifest["data"] == "abc"
    assert manifest["metrics"] == {"cycle_a": 1.5}


def test_the_state_of_loss_scaling_comes_back_in_a_model_built_later(checkpoints):
    model = make(dtype="mixed_float16")
    model.generator_optimizer.step_counter.assign(17)
    model.discriminator_optimizer.dynamic_scale.assign(64.0)
    checkpoints.save(model)
    restored = make(dtype="mixed_float16")
    checkpoints.restore_latest(restored)
    assert int(restored.generator_optimizer.step_counter) == 17
    assert float(restored.discriminator_optimizer.dynamic_scale) == 64.0


def test_the_newest_checkpoints_are_kept_and_older_ones_removed(checkpoints, untrained):
    save_at(checkpoints, untrained, 5, 10, 15, 20)
    assert names(checkpoints) == ["step-00000015", "step-00000020"]


def test_the_best_checkpoint_is_kept_besides(tmp_path, untrained):
    checkpoints = Checkpoints(tmp_path / "checkpoints", keep=1, best_metric="cycle_a")
    for step, loss in ((5, 2.0), (10, 1.0), (15, 3.0), (20, 2.0)):
        save_at(checkpoints, untrained, step, metrics={"cycle_a": loss})
    assert names(checkpoints) == ["step-00000010", "step-00000020"]


def test_checkpoints_without_the_metric_are_never_the_best(tmp_path, untrained):
    checkpoints = Checkpoints(tmp_path / "checkpoints", keep=1, best_metric="cycle_a")
    save_at(checkpoints, untrained, 5)
    save_at(checkpoints, untrained, 10, metrics={"cycle_a": 9.0})
    save_at(checkpoints, untrained, 15)
    assert names(checkpoints) == ["step-00000010", "step-00000015"]


def test_a_save_that_fails_leaves_the_checkpoints_before_it(checkpoints, untrained, monkeypatch):
    save_at(checkpoints, untrained, 5)

    def full_disk(path):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("cyclegan_tf.training.checkpoint_files.sha256", full_disk)
    with pytest.raises(OutputError, match="not enough disk space"):
        save_at(checkpoints, untrained, 10)
    assert names(checkpoints) == ["step-00000005"]


def test_saving_a_step_again_replaces_it_as_a_whole(checkpoints, untrained):
    save_at(checkpoints, untrained, 5, data_fingerprint="old")
    save_at(checkpoints, untrained, 5, data_fingerprint="new")
    assert names(checkpoints) == ["step-00000005"]
    assert checkpoints.restore_latest(make())["data"] == "new"


@pytest.mark.parametrize("how", ["bit", "cut", "no_state", "no_json"])
def test_a_damaged_checkpoint_is_set_aside_and_the_one_before_it_taken(checkpoints, untrained, caplog, how):
    save_at(checkpoints, untrained, 5, 10)
    newest = checkpoints.files.folder / "step-00000010"
    if how == "bit":
        damage(newest)
    elif how == "cut":
        (newest / STATE_FILE).write_bytes((newest / STATE_FILE).read_bytes()[:100])
    elif how == "no_state":
        (newest / STATE_FILE).unlink()
    else:
        (newest / MANIFEST_FILE).write_text("{")
    with caplog.at_level(logging.WARNING):
        manifest = checkpoints.restore_latest(make())
    assert manifest["step"] == 5
    assert names(checkpoints) == ["step-00000005", "step-00000010.corrupt"]
    assert "damaged checkpoint" in caplog.text


def test_a_checkpoint_may_be_damaged_twice_at_one_step(checkpoints, untrained):
    save_at(checkpoints, untrained, 5)
    for _ in range(2):
        save_at(checkpoints, untrained, 10)
        damage(checkpoints.files.folder / "step-00000010")
        assert checkpoints.restore_latest(make())["step"] == 5


@pytest.mark.parametrize("saved", [True, False], ids=["all_damaged", "none"])
def test_a_run_never_starts_from_scratch_silently(checkpoints, untrained, saved):
    if saved:
        save_at(checkpoints, untrained, 5)
        damage(checkpoints.files.folder / "step-00000005")
    with pytest.raises(ModelError, match="no valid checkpoint") as caught:
        checkpoints.restore_latest(untrained)
    assert "--overwrite" in caught.value.fix
    assert not saved or names(checkpoints) == ["step-00000005.corrupt"]


def test_what_a_killed_process_left_is_cleaned_up(checkpoints, untrained):
    save_at(checkpoints, untrained, 5)
    (checkpoints.files.folder / ".step-00000010.tmp-999999999-1").mkdir()
    checkpoints.restore_latest(make())
    assert names(checkpoints) == ["step-00000005"]


def test_a_checkpoint_of_a_newer_format_states_both_formats(checkpoints, untrained):
    save_at(checkpoints, untrained, 5)
    path = checkpoints.files.folder / "step-00000005" / MANIFEST_FILE
    path.write_text(json.dumps({**json.loads(path.read_text()), "format": 7}))
    with pytest.raises(ModelError, match="newer format") as caught:
        checkpoints.restore_latest(make())
    assert "expected format 1 or older; found 7" in caught.value.detail


def test_another_architecture_is_refused_and_the_model_left_as_it_is(checkpoints, untrained):
    save_at(checkpoints, untrained, 5)
    wider = make(width=3)
    before = state_of(wider)
    with pytest.raises(ModelError, match="another architecture") as caught:
        checkpoints.restore_latest(wider)
    assert "generator_ab/first_conv/kernel" in caught.value.detail
    assert differing(state_of(wider), before) == []


def test_a_checkpoint_without_an_optimizers_moments_is_refused_by_their_name(checkpoints, untrained):
    save_at(checkpoints, untrained, 5)
    path = checkpoints.files.folder / "step-00000005"
    arrays = load_arrays(path / STATE_FILE)
    dropped = next(name for name in arrays if name.startswith("generator_optimizer/") and "momentum" in name)
    with replace_folder(path) as aside:
        kept = {name: tf.Variable(array) for name, array in arrays.items() if name != dropped}
        save_arrays(aside / STATE_FILE, kept)
        rewrite_manifest(aside)
    with pytest.raises(ModelError, match="another architecture") as caught:
        checkpoints.restore_latest(make())
    assert dropped in caught.value.detail


def test_a_checkpoint_damaged_by_others_does_not_hinder_the_next_save(tmp_path, untrained):
    checkpoints = Checkpoints(tmp_path / "checkpoints", keep=2, best_metric="cycle_a")
    save_at(checkpoints, untrained, 5, metrics={"cycle_a": 1.0})
    (tmp_path / "checkpoints" / "step-00000005" / MANIFEST_FILE).write_text("{")
    save_at(checkpoints, untrained, 10, metrics={"cycle_a": 2.0})
    save_at(checkpoints, untrained, 15, metrics={"cycle_a": 3.0})
    assert sorted(path.name for path in (tmp_path / "checkpoints").iterdir()) == [
        "step-00000010",
        "step-00000015",
    ]


def test_steps_of_nine_digits_count_as_later_than_those_of_eight(tmp_path, untrained):
    checkpoints = Checkpoints(tmp_path / "checkpoints", keep=2)
    save_at(checkpoints, untrained, 99_999_999, 100_000_000, 100_000_001)
    assert sorted(path.name for path in (tmp_path / "checkpoints").iterdir()) == [
        "step-100000000",
        "step-100000001",
    ]


def test_a_folder_without_a_manifest_is_a_damaged_checkpoint(tmp_path, untrained, caplog):
    checkpoints = Checkpoints(tmp_path / "checkpoints", keep=2)
    save_at(checkpoints, untrained, 5)
    (tmp_path / "checkpoints" / "step-00000010").mkdir()
    with caplog.at_level(logging.WARNING):
        assert checkpoints.restore_latest(make())["step"] == 5
    assert "checkpoint.json cannot be read" in caplog.text


def test_a_newer_format_that_keeps_other_files_is_not_called_damaged(tmp_path, untrained):
    checkpoints = Checkpoints(tmp_path / "checkpoints", keep=2)
    save_at(checkpoints, untrained, 5)
    path = tmp_path / "checkpoints" / "step-00000005" / MANIFEST_FILE
    path.write_text(json.dumps({"format": 2, "step": 5, "sha256": {"weights.bin": "0"}}))
    with pytest.raises(ModelError, match="newer format"):
        checkpoints.restore_latest(untrained)
    assert path.is_file()


def test_a_checkpoint_is_due_by_steps_by_minutes_and_at_the_end(monkeypatch):
    clock = SimpleNamespace(now=0.0)
    monkeypatch.setattr("cyclegan_tf.training.callbacks.time.monotonic", lambda: clock.now)
    model, saved = SimpleNamespace(step=0), []
    cadence = SaveEvery(10, 25, minutes=2.0, save=lambda model: saved.append(model.step))
    cadence.set_model(model)
    for step in range(1, 26):
        clock.now += 100.0 if step in (13, 14) else 1.0
        model.step = step
        cadence.on_train_batch_end(0)
    # Two minutes after step 10 are over at step 14; two minutes after step 14 never come.
    assert saved == [10, 14, 20, 25]


def rewrite_manifest(folder):
    from video.core.files import sha256

    manifest = {"format": 1, "step": 5, "data": "", "metrics": {}}
    digests = {STATE_FILE: sha256(folder / STATE_FILE)}
    (folder / MANIFEST_FILE).write_text(json.dumps({**manifest, "sha256": digests}))
