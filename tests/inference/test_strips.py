import keras
import numpy as np
import pytest
import tensorflow as tf

from cyclegan_tf.inference.scratch import ScratchSpace
from cyclegan_tf.inference.strips import StripPass
from cyclegan_tf.networks.generators import build_generator
from cyclegan_tf.networks.layer_graph import run_layers
from cyclegan_tf.networks.layers import InstanceNormalization
from cyclegan_tf.networks.specs import GeneratorSpec

GENERATORS = {
    "resnet": (GeneratorSpec("resnet_6blocks", width=3), (44, 52)),
    "resnet_resize_affine": (
        GeneratorSpec("resnet_6blocks", width=3, upsampling="resize", norm_affine=True),
        (36, 48),
    ),
    "resnet_same": (
        GeneratorSpec("resnet_6blocks", 1, 4, width=3, padding="same", norm_epsilon=1e-3),
        (36, 48),
    ),
    "unet": (GeneratorSpec("unet_128", width=2), (128, 128)),
}


def build(spec):
    """A generator whose normalizations matter: with fresh weights its output would hardly depend on them."""
    keras.utils.set_random_seed(1)
    generator = build_generator(spec, "generator")
    for variable in generator.trainable_variables:
        variable.assign(5 * variable if "kernel" in variable.path else tf.random.normal(variable.shape))
    return generator


@pytest.fixture(scope="module", params=GENERATORS)
def case(request):
    spec, size = GENERATORS[request.param]
    generator = build(spec)
    image = np.random.default_rng(0).uniform(-1, 1, (*size, spec.input_channels)).astype(np.float32)
    return generator, image, generator(image[np.newaxis]).numpy()[0]


def strip_pass(generator, image, scratch, strip_height=16, statistics=None):
    return StripPass(
        generator,
        image.shape[:2],
        lambda rows: image[rows.start : rows.stop],
        strip_height=strip_height,
        scratch=scratch,
        statistics=statistics,
    )


def in_strips(generator, image, memory_bytes=0, **options):
    with ScratchSpace(memory_bytes) as scratch:
        return np.concatenate([rows for _, rows in strip_pass(generator, image, scratch, **options).strips()])


@pytest.mark.slow
@pytest.mark.parametrize("strip_height", [7, 1000])
def test_strips_of_any_height_give_what_the_whole_gives(case, strip_height):
    generator, image, whole = case
    assert whole.std() > 0.2
    strips = in_strips(generator, image, strip_height=strip_height)
    np.testing.assert_allclose(strips, whole, atol=1e-4)


def test_layers_kept_in_memory_give_what_files_give(case):
    generator, image, _ = case
    np.testing.assert_array_equal(in_strips(generator, image, 10**9), in_strips(generator, image, 0))


def test_statistics_from_outside_take_the_place_of_the_image_s_own(case):
    generator, image, whole = case
    # The mean and variance that another, darker image has.
    with ScratchSpace(10**9) as scratch:
        statistics = strip_pass(generator, 0.3 * image - 0.6, scratch).complete_statistics()
    strips = in_strips(generator, image, statistics=statistics)
    assert np.abs(strips - whole).max() > 0.1
    steady = run_layers(
        generator,
        tf.constant(image[np.newaxis]),
        {InstanceNormalization: lambda layer, images: layer.normalise(images, *statistics[layer.name])},
    )
    np.testing.assert_allclose(strips, steady[0], atol=1e-4)


def test_what_no_layer_reads_any_more_is_released(case):
    generator, image, _ = case
    alive = []

    class Watched(ScratchSpace):
        def image(self, shape):
            made = super().image(shape)
            alive.append(len(self._images))
            return made

    with Watched(10**9) as scratch:
        strip_pass(generator, image, scratch).complete_statistics()
    # A residual block has its input, two convolutions and their sum; a U-Net one skip a level, and two more.
    is_unet = any("skip" in layer.name for layer in generator.layers)
    assert max(alive) <= (9 if is_unet else 4)
    assert len(alive) > 15


def test_a_layer_that_cannot_be_cut_is_refused_before_anything_is_computed():
    inputs = keras.Input((None, None, 3))
    model = keras.Model(inputs, keras.layers.MaxPooling2D(name="pool")(inputs))
    with ScratchSpace(0) as scratch, pytest.raises(ValueError, match="'pool', a MaxPooling2D"):
        strip_pass(model, np.zeros((8, 8, 3), np.float32), scratch)


def test_strips_without_rows_are_refused(case):
    generator, image, _ = case
    with ScratchSpace(0) as scratch, pytest.raises(ValueError, match="Received: strip_height=0"):
        strip_pass(generator, image, scratch, strip_height=0)
