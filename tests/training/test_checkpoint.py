import keras
import numpy as np
import pytest
import tensorflow as tf

from cyclegan_tf.errors import ModelError
from cyclegan_tf.models.weights import to_bytes
from cyclegan_tf.networks.specs import DiscriminatorSpec, GeneratorSpec, LossSettings
from cyclegan_tf.training.checkpoint import Checkpoints, training_state
from cyclegan_tf.training.checkpoint_files import CheckpointFolder
from cyclegan_tf.training.cyclegan import CycleGAN
from cyclegan_tf.training.optimizers import adam

pytestmark = pytest.mark.usefixtures("no_residual_blocks")


def make(seed=0, *, width=2, dtype="float32", ema_decay=0.9):
    """A small compiled model whose weights follow from the seed."""
    keras.utils.set_random_seed(seed)
    generator = GeneratorSpec("resnet_6blocks", width=width)
    discriminator = DiscriminatorSpec("pixel", width=2)
    losses = LossSettings(lambda_identity=0.0)
    model = CycleGAN(generator, discriminator, losses, dtype=dtype, ema_decay=ema_decay)
    optimizers = [adam(2e-4, 0.5, 0.999, loss_scaling=dtype == "mixed_float16") for _ in range(2)]
    model.compile(*optimizers, image_size=(16, 16), history_size=3)
    return model


def train(model, first_step, stop_step):
    """Trains on batches that follow from the step."""
    for step in range(first_step, stop_step):
        pictures = np.random.default_rng(step).uniform(-1, 1, (2, 1, 16, 16, 3))
        model.train_step(tuple(tf.constant(pictures, tf.float32)))


def state_of(model):
    return {name: variable.numpy() for name, variable in training_state(model).items()}


def differing(one, other):
    """Names of what is not equal in every bit."""
    assert list(one) == list(other)
    return [name for name in one if one[name].tobytes() != other[name].tobytes()]


@pytest.fixture(scope="module")
def trained(tmp_path_factory, request):
    """A model after three steps, and its only checkpoint."""
    request.getfixturevalue("no_residual_blocks")
    model = make()
    train(model, 0, 3)
    checkpoints = Checkpoints(tmp_path_factory.mktemp("run") / "checkpoints", keep=3)
    checkpoints.save(model, data_fingerprint="abc", metrics={"cycle_a": 1.5})
    return model, checkpoints


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


def test_a_new_model_gets_every_variable_back_and_what_the_order_of_the_data_follows_from(trained):
    model, checkpoints = trained
    restored = make(seed=99)
    assert len(differing(state_of(restored), state_of(model))) > 20
    manifest = checkpoints.restore_latest(restored)
    assert differing(state_of(restored), state_of(model)) == []
    assert {name: manifest[name] for name in ("step", "seed", "data", "metrics")} == {
        "step": 3,
        "seed": 0,
        "data": "abc",
        "metrics": {"cycle_a": 1.5},
    }


@pytest.mark.slow
def test_a_restored_model_continues_bit_by_bit_as_if_it_had_never_stopped(trained):
    _, checkpoints = trained
    uninterrupted, restored = make(), make(seed=99)
    train(uninterrupted, 0, 5)
    checkpoints.restore_latest(restored)
    train(restored, 3, 5)
    assert differing(state_of(restored), state_of(uninterrupted)) == []


def test_the_state_of_loss_scaling_comes_back_in_a_model_built_later(tmp_path):
    model, checkpoints = make(dtype="mixed_float16"), Checkpoints(tmp_path / "checkpoints", keep=2)
    model.generator_optimizer.step_counter.assign(17)
    model.discriminator_optimizer.dynamic_scale.assign(64.0)
    checkpoints.save(model)
    restored = make(dtype="mixed_float16")
    checkpoints.restore_latest(restored)
    assert int(restored.generator_optimizer.step_counter) == 17
    assert float(restored.discriminator_optimizer.dynamic_scale) == 64.0


def test_another_architecture_is_refused_and_the_model_left_as_it_is(trained):
    _, checkpoints = trained
    wider = make(width=3)
    before = state_of(wider)
    with pytest.raises(ModelError, match="another architecture") as caught:
        checkpoints.restore_latest(wider)
    assert "generator_ab/first_conv/kernel" in caught.value.detail
    assert differing(state_of(wider), before) == []


def test_row_29_a_checkpoint_without_an_optimizers_moments_is_refused_by_their_name(trained, tmp_path):
    model, _ = trained
    state = dict(training_state(model))
    dropped = next(name for name in state if name.startswith("generator_optimizer/") and "momentum" in name)
    del state[dropped]
    files = CheckpointFolder(tmp_path / "checkpoints", keep=3)
    files.write(5, to_bytes(state), {})
    with pytest.raises(ModelError, match="another architecture") as caught:
        Checkpoints(files.folder, keep=3).restore_latest(make())
    assert dropped in caught.value.detail


@pytest.mark.slow
@pytest.mark.parametrize(
    ("before", "after"),
    [("mixed_float16", "float32"), ("mixed_float16", "mixed_bfloat16"), ("float32", "mixed_float16")],
)
def test_a_run_goes_on_in_another_precision_with_all_but_the_loss_scale(tmp_path, caplog, before, after):
    caplog.set_level("INFO")
    model, checkpoints = make(dtype=before), Checkpoints(tmp_path / "checkpoints", keep=2)
    train(model, 0, 1)
    checkpoints.save(model)
    restored = make(seed=99, dtype=after)
    checkpoints.restore_latest(restored)
    one, other = state_of(model), state_of(restored)
    shared = [name for name in one if name in other]
    assert all(one[name].tobytes() == other[name].tobytes() for name in shared)
    assert all("loss_scale" in name for name in set(one) ^ set(other)) and set(one) != set(other)
    assert "loss scale" in caplog.text
    train(restored, 1, 2)
