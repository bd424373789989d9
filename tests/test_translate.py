import keras
import numpy as np
import pytest
import tensorflow as tf

from cyclegan_tf.errors import ModelError
from cyclegan_tf.networks import GeneratorSpec, build_generator
from cyclegan_tf.translate import NonFinitePicture, PictureTranslator, Translator

RESNET, UNET = GeneratorSpec("resnet_6blocks", width=2), GeneratorSpec("unet_128", width=1)
SIZES = [(8, 8), (9, 8), (13, 31), (40, 28), (3, 50), (1, 1), (2, 7)]


class Recorder:
    """Stands in for a generator: gives its input back and remembers its shape."""

    def __init__(self, change=lambda images: images):
        self.change, self.shapes = change, []

    def __call__(self, images, training):
        tf.py_function(lambda shape: self.shapes.append(tuple(shape.numpy())), [tf.shape(images)], [])
        return self.change(images)


def pictures(*shape, seed=0):
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def serve(translator, batch):
    return translator.serve(tf.constant(batch)).numpy()


@pytest.fixture(scope="module")
def translator(tiny_run, shallow_generators):
    return Translator.load(tiny_run)


@pytest.mark.parametrize("spec", [RESNET, UNET], ids=["resnet", "unet"])
@pytest.mark.parametrize("size", SIZES, ids=str)
def test_a_generator_that_changes_nothing_gives_any_picture_back_exactly(spec, size):
    batch = pictures(2, *size, 3)
    np.testing.assert_array_equal(serve(PictureTranslator(Recorder(), spec), batch), batch)


@pytest.mark.parametrize(
    ("spec", "size", "padded"),
    [
        (RESNET, (8, 12), (8, 12)),
        (RESNET, (9, 15), (12, 16)),
        (RESNET, (1, 4), (8, 8)),
        (UNET, (128, 129), (128, 256)),
    ],
)
def test_the_generator_sees_the_next_size_it_takes_and_never_a_resized_picture(spec, size, padded):
    recorder = Recorder()
    serve(PictureTranslator(recorder, spec), pictures(1, *size, 3))
    assert recorder.shapes == [(1, *padded, 3)]


@pytest.mark.parametrize("size", [(9, 8), (13, 31), (4, 6)], ids=str)
def test_what_is_added_is_mirrored_at_the_edges(size):
    height, width = size
    seen = []

    def note(images):
        tf.py_function(lambda shown: seen.append(shown.numpy()), [images], [])
        return images

    batch = pictures(1, height, width, 3)
    serve(PictureTranslator(Recorder(note), RESNET), batch)
    sides = [(side - size) for side, size in zip(seen[0].shape[1:3], size)]
    borders = [(0, 0), *((side // 2, side - side // 2) for side in sides), (0, 0)]
    expected = np.pad(batch, borders, mode="reflect") / 127.5 - 1
    np.testing.assert_allclose(seen[0], expected, atol=1e-6)


@pytest.mark.parametrize(
    ("value", "level"),
    [(-1.0, 0), (1.0, 255), (0.0, 128), (0.999 / 127.5, 128), (0.5 / 127.5 - 1, 0), (1.01, 255), (-3.0, 0)],
)
def test_values_are_rounded_to_levels_and_clipped(value, level):
    constant = Recorder(lambda images: tf.fill(tf.shape(images), value))
    assert np.unique(serve(PictureTranslator(constant, RESNET), pictures(1, 8, 8, 3))).tolist() == [level]


def test_the_picture_before_any_padding_decides_where_it_is_cropped():
    shifted = Recorder(lambda images: tf.roll(images, 1, axis=2))
    batch = pictures(1, 8, 12, 3)
    translated = serve(PictureTranslator(shifted, RESNET), batch)
    np.testing.assert_array_equal(translated[:, :, 1:], batch[:, :, :-1])


def test_one_trace_serves_every_batch_and_size():
    keras.utils.set_random_seed(0)
    translator = PictureTranslator(build_generator(UNET, "generator"), UNET)
    for shape in ((1, 128, 128, 3), (3, 20, 30, 3), (2, 130, 1, 3)):
        assert serve(translator, pictures(*shape)).shape == shape
    assert translator.serve.experimental_get_tracing_count() == 1


def test_generators_between_domains_of_other_channels_are_served():
    spec = GeneratorSpec("resnet_6blocks", 1, 3, width=2)
    translator = PictureTranslator(build_generator(spec, "generator"), spec)
    assert serve(translator, pictures(1, 10, 10, 1)).shape == (1, 10, 10, 3)


@pytest.mark.parametrize("size", [(32, 32), (33, 47)], ids=str)
def test_a_picture_is_translated_alike_alone_and_in_a_batch(translator, size):
    batch = pictures(3, *size, 3)
    together = translator(batch).astype(int)
    alone = np.stack([translator(picture) for picture in batch])
    assert np.abs(together - alone).max() <= 1


def test_one_picture_comes_back_as_one_picture(translator):
    translated = translator(pictures(21, 35, 3))
    assert (translated.shape, translated.dtype) == ((21, 35, 3), np.uint8)


def test_the_directions_are_different_generators(translator, tiny_run):
    other = Translator.load(tiny_run, "ba")
    assert (translator.direction, other.direction) == ("ab", "ba")
    picture = pictures(32, 32, 3)
    assert (translator(picture) != other(picture)).any()


def test_a_run_folder_and_its_model_folder_are_one_model(translator, tiny_run):
    picture = pictures(32, 32, 3)
    np.testing.assert_array_equal(Translator.load(str(tiny_run / "model"))(picture), translator(picture))


@pytest.mark.parametrize(
    "wrong",
    [
        np.zeros((8, 8, 3), np.float32),
        np.zeros((8, 8), np.uint8),
        np.zeros((8, 8, 4), np.uint8),
        np.zeros((1, 1, 8, 8, 3), np.uint8),
    ],
    ids=["floats", "no_channels", "alpha", "five_axes"],
)
def test_what_are_no_pictures_of_the_domain_is_refused(translator, wrong):
    with pytest.raises(ValueError, match=r"expected uint8 \(\[batch,\] height, width, 3\). Received: "):
        translator(wrong)


def test_a_missing_model_is_an_error_of_the_model(tmp_path):
    with pytest.raises(ModelError, match="no model at"):
        Translator.load(tmp_path / "nowhere")


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_output_that_is_not_finite_is_an_error_that_names_the_picture(translator, monkeypatch, value):
    def spoil(images):
        spoiled = tf.constant([0.0, 0.0, value])[:, tf.newaxis, tf.newaxis, tf.newaxis]
        return images + spoiled

    module = PictureTranslator(Recorder(spoil), RESNET)
    monkeypatch.setattr(translator, "module", module)
    with pytest.raises(NonFinitePicture, match="picture 2 is not finite") as caught:
        translator(pictures(3, 8, 8, 3))
    assert caught.value.place == 2
    assert caught.value.exit_code == 7
