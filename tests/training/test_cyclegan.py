import keras
import numpy as np
import pytest
import tensorflow as tf

from cyclegan_tf.networks.specs import DiscriminatorSpec, GeneratorSpec, LossSettings
from cyclegan_tf.training import step_losses
from cyclegan_tf.training.checkpoint import training_state
from cyclegan_tf.training.cyclegan import CycleGAN
from cyclegan_tf.training.optimizers import adam

pytestmark = pytest.mark.usefixtures("no_residual_blocks")
SIZE = (24, 32)
NETWORKS = ["generator_ab", "generator_ba", "discriminator_a", "discriminator_b"]
ADVERSARIAL_NAMES = ["adversarial_ab", "adversarial_ba"]
CYCLE_NAMES = ["cycle_a", "cycle_b"]
IDENTITY_NAMES = ["identity_a", "identity_b"]
DISCRIMINATOR_NAMES = ["discriminator_a", "discriminator_b"]


def make(
    channels=(3, 3),
    dtype="float32",
    ema_decay=0.0,
    seed=0,
    compiled=True,
    history_size=50,
    rates=(2e-4, 2e-4),
    **losses,
):
    """A small model; the same weights each time."""
    keras.utils.set_random_seed(3)
    model = CycleGAN(
        GeneratorSpec("resnet_6blocks", *channels, width=4),
        DiscriminatorSpec(width=4, num_layers=1),
        LossSettings(**losses),
        dtype=dtype,
        ema_decay=ema_decay,
        seed=seed,
    )
    if compiled:
        optimizers = [adam(rate, 0.5, 0.999, loss_scaling=dtype == "mixed_float16") for rate in rates]
        model.compile(*optimizers, image_size=SIZE, history_size=history_size)
    return model


def batch(size=1, channels=(3, 3), seed=0):
    random = np.random.default_rng(seed)
    return tuple(tf.constant(random.uniform(-1, 1, (size, *SIZE, n)), tf.float32) for n in channels)


def weights(*networks):
    return [weight for network in networks for weight in network.get_weights()]


def networks_of(model):
    return [getattr(model, name) for name in NETWORKS]


def largest_difference(ones, others):
    assert len(ones) == len(others)
    return max(float(np.abs(np.subtract(one, other)).max()) for one, other in zip(ones, others))


def as_floats(values):
    """The losses of a step as numbers, without the gradients' norms beside them."""
    return {name: float(value) for name, value in values.items() if not name.endswith("_norm")}


def count_calls(monkeypatch, network):
    """The batch size of every call of a network from now on."""
    sizes, call = [], network.call

    def counted(inputs, *args, **kwargs):
        sizes.append(inputs.shape[0])
        return call(inputs, *args, **kwargs)

    monkeypatch.setattr(network, "call", counted)
    return sizes


def spy_on_query(monkeypatch, history):
    """The images and draws of every query of a history from now on."""
    seen, query = [], history.query

    def spied(images, draws):
        seen.append((images.numpy(), draws.numpy()))
        return query(images, draws)

    monkeypatch.setattr(history, "query", spied)
    return seen


@pytest.fixture(scope="module")
def model(no_residual_blocks):
    """A model that no test changes."""
    return make(lambda_a=10.0, lambda_b=4.0)


# Names and channels


def test_each_network_carries_the_name_of_its_role():
    model = make(ema_decay=0.9)
    for name in [*NETWORKS, "ema_generator_ab", "ema_generator_ba"]:
        assert getattr(model, name).name == name


def test_swapping_the_domains_swaps_losses_and_networks_together():
    model, mirrored = make(lambda_a=10.0, lambda_b=4.0), make(lambda_a=4.0, lambda_b=10.0)
    swapped = {name: name.translate(str.maketrans("ab", "ba")) for name in ("ab", "ba", "a", "b")}

    def mirror(name):
        role, domains = name.rsplit("_", 1)
        return f"{role}_{swapped[domains]}"

    for name in NETWORKS:
        getattr(mirrored, mirror(name)).set_weights(getattr(model, name).get_weights())
    real_a, real_b = batch()
    losses, mirrored_losses = model.train_step((real_a, real_b)), mirrored.train_step((real_b, real_a))
    expected = {mirror(name): value for name, value in as_floats(losses).items()}
    assert as_floats(mirrored_losses) == pytest.approx(expected, rel=1e-5)
    for name in NETWORKS:
        pair = getattr(model, name).get_weights(), getattr(mirrored, mirror(name)).get_weights()
        assert largest_difference(*pair) < 1e-6


def test_unequal_channels_reach_every_network_and_history():
    model = make(channels=(1, 3), lambda_identity=0.0)
    channels = {
        name: (getattr(model, name).input_shape[-1], getattr(model, name).output_shape[-1])
        for name in NETWORKS
    }
    assert channels == {
        "generator_ab": (1, 3),
        "generator_ba": (3, 1),
        "discriminator_a": (1, 1),
        "discriminator_b": (3, 1),
    }
    assert model.history_a.images.shape == (50, *SIZE, 1)
    assert model.history_b.images.shape == (50, *SIZE, 3)
    losses = as_floats(model.train_step(batch(channels=(1, 3))))
    assert sorted(losses) == sorted([*ADVERSARIAL_NAMES, *CYCLE_NAMES, *DISCRIMINATOR_NAMES])
    assert np.isfinite(list(losses.values())).all()


def test_the_identity_loss_refuses_unequal_channels_and_says_what_to_do():
    message = "the same number of channels in A and B. Received: 1 and 3; set lambda_identity to 0"
    with pytest.raises(ValueError, match=message):
        CycleGAN(GeneratorSpec(width=2, input_channels=1), DiscriminatorSpec(width=2))


# Losses


def test_images_in_one_batch_give_what_separate_calls_give(model):
    real_a, real_b = batch(2)
    images = model.translate_all(real_a, real_b)
    expected = {
        "fake_b": model.generator_ab(real_a),
        "fake_a": model.generator_ba(real_b),
        "identity_b": model.generator_ab(real_b),
        "identity_a": model.generator_ba(real_a),
        "cycled_a": model.generator_ba(images.fake_b),
        "cycled_b": model.generator_ab(images.fake_a),
    }
    for name, image in expected.items():
        np.testing.assert_allclose(getattr(images, name), image, atol=1e-6, err_msg=name)


@pytest.mark.parametrize("domain", ["a", "b"])
def test_a_discriminator_loss_is_its_own_and_that_of_separate_calls(model, domain):
    real, fake, other = batch(2)[0], batch(2, seed=1)[0], batch(2, seed=2)[0]
    discriminator = getattr(model, f"discriminator_{domain}")
    expected = np.mean((discriminator(real) - 1) ** 2) / 2 + np.mean(discriminator(fake) ** 2) / 2
    pair = ((real, other), (fake, other)) if domain == "a" else ((other, real), (other, fake))
    images = model.translate_all(*pair[0])
    losses = model.discriminator_losses(images, *pair[1])
    assert float(losses[f"discriminator_{domain}"]) == pytest.approx(float(expected), rel=1e-5)


def test_each_generator_loss_is_its_formula_with_its_own_weight(model):
    real_a, real_b = batch(2)
    ab, ba = model.generator_ab, model.generator_ba
    expected = {
        "adversarial_ab": np.mean((model.discriminator_b(ab(real_a)) - 1) ** 2),
        "adversarial_ba": np.mean((model.discriminator_a(ba(real_b)) - 1) ** 2),
        "cycle_a": 10.0 * np.mean(np.abs(ba(ab(real_a)) - real_a)),
        "cycle_b": 4.0 * np.mean(np.abs(ab(ba(real_b)) - real_b)),
        "identity_a": 5.0 * np.mean(np.abs(ba(real_a) - real_a)),
        "identity_b": 2.0 * np.mean(np.abs(ab(real_b) - real_b)),
    }
    losses = model.generator_losses(model.translate_all(real_a, real_b))
    assert as_floats(losses) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize(("lambda_identity", "sizes"), [(0.5, [4, 2]), (0.0, [2, 2])])
def test_a_generator_makes_its_fake_and_where_it_counts_its_identity_in_one_call(
    monkeypatch, lambda_identity, sizes
):
    model = make(lambda_identity=lambda_identity)
    called = [count_calls(monkeypatch, network) for network in (model.generator_ab, model.generator_ba)]
    losses = model.train_step(batch(2))
    assert called == [sizes, sizes]
    assert bool(set(losses) & set(IDENTITY_NAMES)) == bool(lambda_identity)


@pytest.mark.slow
@pytest.mark.parametrize("adversarial", ["vanilla", "hinge", "wgan_gp"])
def test_a_step_with_any_adversarial_loss_trains_all_four_networks(adversarial):
    model = make(adversarial=adversarial)
    before = [getattr(model, name).get_weights() for name in NETWORKS]
    losses = model.train_step(batch(2))
    assert np.isfinite(list(as_floats(losses).values())).all()
    for name, start in zip(NETWORKS, before):
        after = getattr(model, name).get_weights()
        assert np.isfinite(np.concatenate([np.ravel(weight) for weight in after])).all()
        assert 1e-4 < largest_difference(start, after) < 3e-4


def test_the_critic_loss_has_the_gradient_penalty_with_its_weight(monkeypatch):
    model, seen = make(adversarial="wgan_gp", lambda_gradient_penalty=7.0), []

    def penalty(*arguments):
        seen.append(arguments)
        return tf.constant(3.0)

    monkeypatch.setattr(step_losses, "gradient_penalty", penalty)
    (real_a, real_b), (fake_a, fake_b) = batch(2), batch(2, seed=1)
    losses = model.discriminator_losses(model.translate_all(real_a, real_b), fake_a, fake_b)
    domains = ((model.discriminator_a, real_a, fake_a), (model.discriminator_b, real_b, fake_b))
    for name, (critic, real, fake), arguments in zip(DISCRIMINATOR_NAMES, domains, seen):
        expected = np.mean(critic(fake)) - np.mean(critic(real)) + 7.0 * 3.0
        assert float(losses[name]) == pytest.approx(float(expected), rel=1e-5)
        assert arguments[0] is critic
        np.testing.assert_array_equal(arguments[1:3], (real, fake))
    # Each image of each domain is looked at in a place of its own.
    assert len({float(mix) for *_, mixes in seen for mix in np.ravel(mixes)}) == 4


# The step


def test_a_step_moves_the_generators_and_then_the_discriminators_from_the_same_start():
    model = make(rates=(1e-2, 1e-2))
    before = as_floats(model.test_step(batch()))
    # The losses of both halves are those before any update, so neither saw what the other did.
    assert as_floats(model.train_step(batch())) == pytest.approx(before, rel=1e-5)


@pytest.mark.parametrize(
    ("rates", "still", "moving"),
    [((2e-4, 0.0), NETWORKS[2:], NETWORKS[:2]), ((0.0, 2e-4), NETWORKS[:2], NETWORKS[2:])],
)
def test_each_half_of_a_step_changes_its_own_networks_only(rates, still, moving):
    model = make(rates=rates)
    before = {name: getattr(model, name).get_weights() for name in NETWORKS}
    model.train_step(batch())
    assert [largest_difference(before[name], getattr(model, name).get_weights()) for name in still] == [0, 0]
    for name in moving:
        assert largest_difference(before[name], getattr(model, name).get_weights()) > 1e-4


@pytest.mark.parametrize("half", ["generator", "discriminator"])
def test_a_step_reports_the_norm_of_each_half_of_the_gradients(monkeypatch, half):
    model, descended = make(), []
    monkeypatch.setattr(
        getattr(model, f"{half}_optimizer"), "apply_gradients", lambda pairs: descended.extend(pairs)
    )
    values = model.train_step(batch())
    expected = np.sqrt(sum(np.sum(np.float64(gradient) ** 2) for gradient, _ in descended))
    assert float(values[f"{half}_gradient_norm"]) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("domain", ["a", "b"])
def test_a_discriminator_learns_from_what_its_history_gives(monkeypatch, domain):
    model, earlier = make(), batch(seed=5)[0]
    monkeypatch.setattr(getattr(model, f"history_{domain}"), "query", lambda images, draws: earlier)
    discriminator, real = getattr(model, f"discriminator_{domain}"), batch()["ab".index(domain)]
    expected = np.mean((discriminator(real) - 1) ** 2) / 2 + np.mean(discriminator(earlier) ** 2) / 2
    losses = model.train_step(batch())
    assert float(losses[f"discriminator_{domain}"]) == pytest.approx(float(expected), rel=1e-5)


def test_each_half_has_one_adam_for_both_its_networks_ready_before_the_first_step():
    model = make()
    optimizers = model.generator_optimizer, model.discriminator_optimizer
    variables = model.generator_variables, model.discriminator_variables
    # Two moments for each variable, and the count of steps and the rate.
    expected = [2 * len(own) + 2 for own in variables]
    assert [len(optimizer.variables) for optimizer in optimizers] == expected
    model.train_step(batch())
    assert [len(optimizer.variables) for optimizer in optimizers] == expected
    assert [int(optimizer.iterations) for optimizer in optimizers] == [1, 1]


def test_uint8_images_train_as_the_floats_they_stand_for():
    random = np.random.default_rng(0)
    pictures = [random.integers(0, 256, (1, *SIZE, 3), np.uint8) for _ in range(2)]
    first, second = make(), make()
    losses = first.train_step([tf.constant(picture) for picture in pictures])
    floats = second.train_step([tf.constant(picture / 127.5 - 1.0, tf.float32) for picture in pictures])
    assert as_floats(losses) == pytest.approx(as_floats(floats), rel=1e-5)


@pytest.mark.slow
def test_training_through_keras_gives_the_losses_and_weights_of_eager_steps():
    eager, graph = make(history_size=1), make(history_size=1)
    start, batches = weights(*networks_of(eager)), [batch(2, seed=seed) for seed in range(2)]
    losses = [as_floats(eager.train_step(images)) for images in batches]
    data = tf.data.Dataset.from_tensor_slices(tuple(tf.stack(images) for images in zip(*batches)))
    logs = graph.fit(data, shuffle=False, verbose=0).history
    last = as_floats({name: values[-1] for name, values in logs.items()})
    assert last == pytest.approx(losses[-1], rel=1e-3)
    assert int(graph.step) == 2
    ends = weights(*networks_of(eager)), weights(*networks_of(graph))
    kernels = [triple for triple in zip(start, *ends) if triple[0].ndim == 4]
    moved = sum(np.abs(end - first).sum() for first, end, _ in kernels)
    apart = sum(np.abs(one - other).sum() for _, one, other in kernels)
    assert apart < 0.02 * moved


def test_a_test_step_gives_the_losses_and_changes_nothing():
    model = make(ema_decay=0.9, history_size=2)
    model.train_step(batch())
    before = [variable.numpy() for variable in training_state(model).values()]
    losses = model.test_step(batch(seed=1))
    assert sorted(losses) == sorted([*ADVERSARIAL_NAMES, *CYCLE_NAMES, *IDENTITY_NAMES, *DISCRIMINATOR_NAMES])
    assert largest_difference(before, [*training_state(model).values()]) == 0.0


# Draws and history


def test_a_step_stores_the_fakes_of_each_direction_image_by_image():
    model = make()
    real_a, real_b = batch(2)
    fakes = model.generator_ba(real_b), model.generator_ab(real_a)
    model.train_step((real_a, real_b))
    for history, fake in zip((model.history_a, model.history_b), fakes):
        assert int(history.count) == 2
        np.testing.assert_allclose(history.images[:2], fake, atol=1e-6)


def test_a_history_of_size_zero_is_off():
    model = make(history_size=0)
    losses = as_floats(model.test_step(batch()))
    assert as_floats(model.train_step(batch())) == pytest.approx(losses, rel=1e-5)
    assert int(model.history_a.count) == 0


def draws_of(monkeypatch, seed, first_step=0, steps=1):
    """What the histories are given as draws, (steps, domain, batch, 2)."""
    model = make(seed=seed, lambda_identity=0.0)
    model.step.assign(first_step)
    seen = [spy_on_query(monkeypatch, history) for history in (model.history_a, model.history_b)]
    for _ in range(steps):
        model.train_step(batch(2))
    return np.array([[draws for _, draws in domain] for domain in seen]).swapaxes(0, 1)


def test_the_draws_are_a_function_of_the_seed_and_the_step(monkeypatch):
    run = draws_of(monkeypatch, seed=1, steps=2)
    np.testing.assert_array_equal(draws_of(monkeypatch, seed=1, first_step=1)[0], run[1])


@pytest.mark.slow
def test_seeds_steps_directions_and_images_have_draws_of_their_own(monkeypatch):
    draws = np.concatenate([draws_of(monkeypatch, seed, steps=2) for seed in (0, 1)])
    assert draws.shape == (4, 2, 2, 2)
    assert len(set(draws.ravel().tolist())) == draws.size
    assert ((draws >= 0) & (draws < 1)).all()


# Averages


@pytest.mark.slow
@pytest.mark.parametrize(
    ("ema_decay", "decays"), [(0.999, [1 / 10, 2 / 11, 3 / 12]), (0.15, [0.1, 0.15, 0.15])]
)
def test_the_averages_follow_their_formula(ema_decay, decays):
    model = make(ema_decay=ema_decay, rates=(1e-2, 1e-2), lambda_identity=0.0)
    pairs = ((model.ema_generator_ab, model.generator_ab), (model.ema_generator_ba, model.generator_ba))
    expected = [source.get_weights() for _, source in pairs]
    for seed, decay in enumerate(decays):
        model.train_step(batch(seed=seed))
        for i, (average, source) in enumerate(pairs):
            expected[i] = [
                decay * old + (1 - decay) * new for old, new in zip(expected[i], source.get_weights())
            ]
            assert largest_difference(average.get_weights(), expected[i]) < 1e-6
            assert largest_difference(average.get_weights(), source.get_weights()) > 1e-4


def test_averages_of_a_model_to_start_from_remember_it_from_the_first_step_on():
    model = make(ema_decay=0.9, rates=(1e-2, 1e-2), compiled=True)
    model.ema_warm_up = False
    before = model.generator_ab.get_weights()
    model.train_step(batch(seed=0))
    expected = [0.9 * old + 0.1 * new for old, new in zip(before, model.generator_ab.get_weights())]
    assert largest_difference(model.ema_generator_ab.get_weights(), expected) < 1e-6


def test_the_averages_start_as_copies_that_no_optimizer_trains():
    keras.utils.set_random_seed(0)
    model = CycleGAN(GeneratorSpec("resnet_6blocks", width=4), DiscriminatorSpec(width=4), ema_decay=0.9)
    assert largest_difference(weights(model.ema_generator_ab), weights(model.generator_ab)) == 0
    assert largest_difference(weights(model.ema_generator_ba), weights(model.generator_ba)) == 0
    assert not model.ema_generator_ab.trainable_variables + model.ema_generator_ba.trainable_variables


def test_the_inference_generators_are_the_averaged_ones_and_without_averages_the_trained_ones():
    averaged, plain = make(ema_decay=0.9, compiled=False), make(ema_decay=0.0, compiled=False)
    assert averaged.inference_generators == (averaged.ema_generator_ab, averaged.ema_generator_ba)
    assert (plain.ema_generator_ab, plain.ema_generator_ba) == (None, None)
    assert plain.inference_generators == (plain.generator_ab, plain.generator_ba)


# Mixed precision


def with_low_scale(model):
    # The first scale, 2 ** 15, may overflow; the optimizer would then skip steps until it has lowered it.
    for optimizer in (model.generator_optimizer, model.discriminator_optimizer):
        optimizer.dynamic_scale.assign(2.0**8)
    return model


@pytest.mark.slow
@pytest.mark.parametrize("dtype", ["mixed_bfloat16", "mixed_float16"])
def test_a_mixed_precision_step_moves_all_weights_with_losses_close_to_float32(dtype):
    mixed, single = make(dtype=dtype), make()
    if dtype == "mixed_float16":
        with_low_scale(mixed)
    before = [network.get_weights() for network in networks_of(mixed)]
    losses = mixed.train_step(batch())
    assert {loss.dtype for loss in losses.values()} == {tf.float32}
    assert as_floats(losses) == pytest.approx(as_floats(single.train_step(batch())), rel=0.05)
    for network, start in zip(networks_of(mixed), before):
        assert 1e-4 < largest_difference(start, network.get_weights()) < 3e-4


@pytest.mark.parametrize("overflowing", ["generator_optimizer", "discriminator_optimizer"])
def test_each_half_of_a_float16_step_has_its_own_loss_scale(overflowing):
    model = with_low_scale(make(dtype="mixed_float16"))
    halves = {"generator_optimizer": NETWORKS[:2], "discriminator_optimizer": NETWORKS[2:]}
    before = {name: getattr(model, name).get_weights() for name in NETWORKS}
    getattr(model, overflowing).dynamic_scale.assign(2.0**120)
    model.train_step(batch())
    for optimizer, names in halves.items():
        moved = [largest_difference(before[name], getattr(model, name).get_weights()) for name in names]
        if optimizer == overflowing:
            assert moved == [0, 0]
            assert float(getattr(model, optimizer).dynamic_scale) == 2.0**119
        else:
            assert min(moved) > 1e-4
            assert float(getattr(model, optimizer).dynamic_scale) == 2.0**8


def test_the_state_of_a_scaled_optimizer_is_ready_before_the_first_step():
    model = make(dtype="mixed_float16")
    optimizers = (model.generator_optimizer, model.discriminator_optimizer)
    counts = [len(optimizer.variables) for optimizer in optimizers]
    model.train_step(batch())
    assert [len(optimizer.variables) for optimizer in optimizers] == counts
    assert counts[0] > 2 * len(model.generator_variables)
