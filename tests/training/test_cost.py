import itertools

import keras
import pytest

from cyclegan_tf.networks.discriminators import build_discriminator
from cyclegan_tf.networks.generators import build_generator
from cyclegan_tf.networks.specs import DiscriminatorSpec, GeneratorSpec, LossSettings
from cyclegan_tf.training import cost
from cyclegan_tf.training.cost import memory_bytes, multiply_adds, seconds_per_step, step_multiply_adds
from cyclegan_tf.training.cyclegan import CycleGAN
from cyclegan_tf.training.optimizers import adam

pytestmark = pytest.mark.usefixtures("no_residual_blocks")


def make(history_size=2, ema_decay=0.0, width=2, **losses):
    generator = GeneratorSpec("resnet_6blocks", width=width)
    losses = LossSettings(**losses)
    model = CycleGAN(generator, DiscriminatorSpec("pixel", width=2), losses, ema_decay=ema_decay)
    optimizers = [adam(2e-4, 0.5, 0.999) for _ in range(2)]
    model.compile(*optimizers, image_size=(32, 32), history_size=history_size)
    return model


@pytest.fixture(scope="module")
def model(no_residual_blocks):
    return make()


def test_the_convolutions_of_a_pixel_discriminator_are_counted():
    network = build_discriminator(DiscriminatorSpec("pixel", width=5), "discriminator_a")
    assert multiply_adds(network, 8, 12) == 8 * 12 * (3 * 5 + 5 * 10 + 10 * 1)


@pytest.mark.parametrize(("kind", "pixels"), [("Conv2DTranspose", 10 * 10), ("Conv2D", 5 * 5)])
def test_a_convolution_counts_the_smaller_of_its_pictures(kind, pixels):
    inputs = keras.Input((None, None, 2))
    layer = getattr(keras.layers, kind)(3, 3, strides=2, padding="same")
    assert multiply_adds(keras.Model(inputs, layer(inputs)), 10, 10) == pixels * 3 * 3 * 2 * 3


def test_the_papers_generator_is_counted_layer_by_layer(monkeypatch):
    from cyclegan_tf.networks import specs

    monkeypatch.setitem(specs.RESNET_BLOCKS, "resnet_6blocks", 6)
    network = build_generator(GeneratorSpec("resnet_6blocks", width=64), "generator_ab")
    side = 128
    ends = 2 * side**2 * 49 * 3 * 64
    strided = 2 * ((side // 2) ** 2 * 9 * 64 * 128 + (side // 4) ** 2 * 9 * 128 * 256)
    blocks = 12 * (side // 4) ** 2 * 9 * 256**2
    # Uncropped, the transposed convolutions spread a pixel more along each side.
    assert multiply_adds(network, side, side) == pytest.approx(ends + strided + blocks, rel=0.01)


@pytest.mark.parametrize(("lambda_identity", "passes"), [(0.5, 6), (0.0, 4)])
def test_a_step_costs_three_times_its_passes_forward(lambda_identity, passes):
    model = make(lambda_identity=lambda_identity)
    generator = multiply_adds(model.generator_ab, 32, 32)
    discriminator = multiply_adds(model.discriminator_b, 32, 32)
    assert step_multiply_adds(model, 32, 32) == 3 * passes * generator + 16 * discriminator


def test_memory_grows_with_the_batch_alone_beside_weights_and_history(model):
    one, two, four = (memory_bytes(model, batch, 32, 32) for batch in (1, 2, 4))
    assert two > one
    assert four - two == 2 * (two - one)


def test_histories_averages_and_the_identity_loss_are_part_of_the_memory(model):
    def more(**options):
        return memory_bytes(make(**options), 1, 32, 32) - memory_bytes(model, 1, 32, 32)

    parameters = model.generator_ab.count_params() + model.generator_ba.count_params()
    assert more(history_size=12) == 2 * 10 * 32 * 32 * 3 * 4
    assert more(ema_decay=0.9) == 4 * parameters
    assert more(lambda_identity=0.0) < 0


def test_a_step_of_more_work_is_estimated_to_take_longer(model, monkeypatch):
    looks = itertools.count()
    # A clock by which every look takes a quarter of a second, so the machine plays no part.
    monkeypatch.setattr(cost.time, "perf_counter", lambda: next(looks) / 4)
    assert seconds_per_step(make(lambda_identity=0.0), 1, 32, 32) < seconds_per_step(model, 1, 32, 32)
