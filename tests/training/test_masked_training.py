"""CycleGAN with projected discriminators and masks: what a step does, and that it is resumed exactly."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from cyclegan_tf.models.card import ModelCard
from cyclegan_tf.models.folder import save_model
from cyclegan_tf.networks.mask_network import MaskedGenerator
from cyclegan_tf.networks.specs import DiscriminatorSpec, GeneratorSpec
from cyclegan_tf.training.checkpoint import Checkpoints, training_state
from cyclegan_tf.training.cyclegan import CycleGAN, LossSettings
from cyclegan_tf.training.optimizers import adam
from cyclegan_tf.training.warm_start import start_from

pytestmark = pytest.mark.usefixtures("shallow_generators", "without_graphs")
SIZE = 32


def make(dtype="float32", architecture="n_layers", masked=True, **losses):
    keras.utils.set_random_seed(0)
    model = CycleGAN(
        GeneratorSpec("resnet_6blocks", width=4, upsampling="transposed_4"),
        DiscriminatorSpec(architecture, width=4, num_layers=1, projected=True),
        LossSettings(identity_every=2, masked=masked, **losses),
        dtype=dtype,
        ema_decay=0.9,
    )
    scaled = dtype == "mixed_float16"
    optimizers = [adam(2e-4, 0.5, 0.999, loss_scaling=scaled) for _ in range(2)]
    mask_optimizer = adam(1e-3, 0.9, 0.999) if masked else None
    model.compile(*optimizers, image_size=(SIZE, SIZE), history_size=2, mask_optimizer=mask_optimizer)
    return model


def batch(step, masked=True):
    random = np.random.default_rng(step)
    pictures = random.integers(0, 256, (2, 1, SIZE, SIZE, 3), dtype=np.uint8)
    masks = np.zeros((2, 1, SIZE, SIZE, 1), np.uint8)
    masks[:, :, 8:24, 8:24] = 255
    return tuple(tf.constant(part) for part in (*pictures, *(masks if masked else ())))


def train(model, first_step, stop_step, masked=True):
    batches = [batch(step, masked) for step in range(first_step, stop_step)]
    stacked = tuple(np.stack(parts) for parts in zip(*batches))
    model.fit(tf.data.Dataset.from_tensor_slices(stacked), verbose=0, shuffle=False)


@pytest.fixture(scope="module")
def model():
    """A model that no test changes."""
    return make()


@pytest.fixture(scope="module")
def images(model):
    a, b, mask_a, mask_b = (tf.cast(part, tf.float32) for part in batch(0))
    return model.translate_all(a / 127.5 - 1, b / 127.5 - 1, mask_a / 255, mask_b / 255)


def test_outside_the_mask_a_translation_and_its_way_back_are_the_input(images):
    for result in (images.fake_b, images.cycled_a):
        difference = np.abs(result - images.real_a)[0]
        assert difference[:8].max() == difference[:, 24:].max() == 0
        assert difference[8:24, 8:24].max() > 0.1


def test_the_background_loss_is_what_the_generator_changes_outside_the_mask(model, images):
    losses = model.generator_losses(images, model.views(images))
    expected = 2 * np.mean((1 - images.mask_a) * np.abs(images.plain_b - images.real_a))
    np.testing.assert_allclose(losses["background_a"], expected, rtol=1e-5)


def test_identity_is_due_in_every_second_step_and_twice_as_heavy(model, images):
    error = 5 * np.mean(np.abs(model.generator_ba(images.real_a) - images.real_a))
    try:
        for step, factor in ((0, 2), (1, 0), (2, 2)):
            model.step.assign(step)
            losses = model.generator_losses(images, model.views(images))
            np.testing.assert_allclose(losses["identity_a"], factor * error, rtol=1e-4)
    finally:
        model.step.assign(0)


def test_no_loss_but_its_own_reaches_the_mask_network(model):
    decoder = model.masks.network.decoder
    with tf.GradientTape() as tape:
        images = model.translate_all(*(tf.cast(part, tf.float32) / 255 for part in batch(0)))
        losses = model.generator_losses(images, model.views(images))
        total = tf.add_n(list(losses.values()))
    assert set(tape.gradient(total, decoder.trainable_variables)) == {None}


def test_what_translates_composites_and_what_is_saved_does_not(model):
    assert all(isinstance(network, MaskedGenerator) for network in model.inference_generators)
    assert model.saved_generators == (model.ema_generator_ab, model.ema_generator_ba)


def test_neither_the_frozen_network_nor_the_mixing_is_in_a_checkpoint(model):
    state = training_state(model)
    assert sum(int(np.prod(variable.shape)) for variable in state.values()) < 2_000_000
    names = {name.partition("/")[0] for name in state}
    assert {"projected_a", "projected_b", "mask_decoder", "mask_optimizer"} <= names
    assert "projected_a/head_1_conv_1/vector" in state


@pytest.mark.slow
@pytest.mark.parametrize(
    ("masked", "architecture", "dtype"),
    [(True, "n_layers", "mixed_float16"), (False, "none", "mixed_bfloat16")],
    ids=["masked", "projected alone"],
)
def test_a_resumed_run_is_the_uninterrupted_one_to_the_bit(tmp_path, masked, architecture, dtype):
    whole, resumed = (make(dtype, architecture, masked, lambda_stability=0.5) for _ in range(2))
    checkpoints = Checkpoints(tmp_path / "checkpoints", keep=1)
    train(whole, 0, 2, masked)
    checkpoints.save(whole)
    train(whole, 2, 3, masked)
    checkpoints.restore_latest(resumed)
    train(resumed, 2, 3, masked)
    ours, expected = training_state(resumed), training_state(whole)
    assert [name for name in expected if not np.array_equal(ours[name].numpy(), expected[name].numpy())] == []


def test_a_run_that_starts_from_a_model_takes_its_mask_network_too(model, tmp_path):
    decoder = model.masks.network.decoder
    card = ModelCard({"ab": model.spec_ab, "ba": model.spec_ba}, (SIZE, SIZE), masked=True)
    save_model(tmp_path / "model", dict(zip(("ab", "ba"), model.saved_generators)), card, decoder)
    started = make()
    for variable in started.masks.network.decoder.variables:
        variable.assign(variable + 1)
    start_from(started, tmp_path / "model")
    for ours, given in zip(started.masks.network.decoder.get_weights(), decoder.get_weights()):
        np.testing.assert_array_equal(ours, given)
