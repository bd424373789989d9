import keras
import pytest
import tensorflow as tf

from cyclegan_tf.inference import large_pictures
from cyclegan_tf.inference.large_pictures import (
    choose_strip_height,
    fits_in_memory,
    whole_pass_bytes,
)
from cyclegan_tf.networks.generators import build_generator
from cyclegan_tf.networks.specs import GeneratorSpec

SPEC = GeneratorSpec("resnet_6blocks", width=4)


@pytest.fixture(scope="module")
def generator():
    keras.utils.set_random_seed(0)
    return build_generator(SPEC, "generator")


@pytest.fixture
def memory(monkeypatch):
    """Sets how much there is: memory(bytes)."""
    return lambda amount: monkeypatch.setattr(large_pictures, "available_memory_bytes", lambda: amount)


def test_the_estimate_grows_with_the_pixels(generator):
    small, large = (whole_pass_bytes(generator, (side, side)) for side in (200, 400))
    assert large == pytest.approx(4 * small, rel=0.03)


def test_the_estimate_is_some_times_the_largest_layer(generator):
    # The largest layer is the last one's mirrored border: 3 pixels on each side, 4 channels of 4 bytes.
    assert whole_pass_bytes(generator, (400, 400)) == pytest.approx(4.5 * 406 * 406 * 4 * 4, rel=1e-6)


@pytest.mark.parametrize(("amount", "fits"), [(1000, True), (999, False)])
def test_a_pass_is_tried_when_its_estimate_fits(memory, amount, fits):
    memory(amount)
    assert fits_in_memory(1000) is fits


def test_on_a_gpu_a_pass_is_always_tried(memory, monkeypatch):
    memory(0)
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: ["a GPU"])
    assert fits_in_memory(1000)


def test_strips_are_as_high_as_memory_allows_and_no_higher_than_useful(generator, memory, monkeypatch):
    memory(2**40)
    plenty = choose_strip_height(generator, (4000, 4000))
    assert whole_pass_bytes(generator, (plenty, 4000)) == pytest.approx(large_pictures.STRIP_BYTES, rel=0.02)
    memory(2**26)
    assert 0 < choose_strip_height(generator, (4000, 4000)) < plenty / 10
    memory(0)
    assert choose_strip_height(generator, (4000, 4000)) == 1
