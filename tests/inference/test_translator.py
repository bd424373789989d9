import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf

import video
from cyclegan_tf.inference import large_pictures
from cyclegan_tf.inference.translator import NonFinitePicture, PictureTranslator, Translator
from cyclegan_tf.models.card import ModelCard
from cyclegan_tf.models.folder import save_model
from cyclegan_tf.networks.generators import build_generator
from cyclegan_tf.networks.specs import GeneratorSpec
from video import translation

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


@pytest.mark.parametrize(("size", "spec"), list(zip(SIZES, itertools.cycle([RESNET, UNET]))), ids=str)
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


def test_one_trace_serves_every_batch_and_size():
    keras.utils.set_random_seed(0)
    translator = PictureTranslator(build_generator(UNET, "generator"), UNET)
    for shape in ((1, 128, 128, 3), (3, 20, 30, 3), (2, 130, 1, 3)):
        assert serve(translator, pictures(*shape)).shape == shape
    assert translator.serve.experimental_get_tracing_count() == 1


def test_the_serving_function_knows_the_number_of_channels():
    generator = build_generator(GeneratorSpec("resnet_6blocks", width=2), "generator")
    served = PictureTranslator(generator, RESNET).serve.get_concrete_function()
    assert served.output_shapes.as_list() == [None, None, None, 3]


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


@pytest.fixture(scope="module")
def in_strips(tiny_run, shallow_generators):
    return Translator.load(tiny_run, strip_rows=8)


@pytest.fixture
def full(translator, monkeypatch):
    """A translator to whom TensorFlow says that memory is full above so many pixels of a batch."""

    def refuse_above(pixels, model=None):
        chosen = model or translator
        serve = chosen.module.serve_checked

        def serve_or_refuse(image):
            if tf.size(image) > 3 * pixels:
                raise tf.errors.ResourceExhaustedError(None, None, "OOM when allocating tensor\nand more")
            return serve(image)

        monkeypatch.setattr(chosen.module, "serve_checked", serve_or_refuse)
        monkeypatch.setattr(chosen, "_pixels_too_many", float("inf"))
        return chosen

    return refuse_above


@pytest.mark.parametrize(
    ("size", "dtype"),
    [
        ((32, 32), np.uint8),
        ((33, 47), np.uint16),
        ((7, 90), np.uint8),
        ((90, 7), np.uint16),
        ((1, 6), np.uint8),
    ],
)
def test_strips_give_the_picture_that_one_pass_gives(translator, in_strips, size, dtype):
    picture = np.random.default_rng(0).integers(0, np.iinfo(dtype).max, (*size, 3), dtype=dtype)
    whole, strips = translator(picture), in_strips(picture)
    assert (strips.dtype, strips.shape) == (dtype, picture.shape)
    assert np.abs(whole.astype(int) - strips).max() <= (1 if dtype == np.uint8 else 16)


def test_a_batch_goes_in_strips_picture_by_picture(translator, in_strips):
    batch = pictures(3, 24, 30, 3)
    assert np.abs(translator(batch).astype(int) - in_strips(batch)).max() <= 1


@pytest.mark.slow
@pytest.mark.parametrize("strip_rows", [8, 1000])
def test_a_u_net_goes_in_strips_too(tmp_path, strip_rows):
    keras.utils.set_random_seed(0)
    network = build_generator(UNET, "generator")
    save_model(tmp_path / "m", {"ab": network}, ModelCard({"ab": UNET}, (128, 128)))
    picture = pictures(150, 90, 3)
    whole, strips = (Translator.load(tmp_path / "m", strip_rows=rows)(picture) for rows in (0, strip_rows))
    assert np.abs(whole.astype(int) - strips).max() <= 1


def test_16_bits_are_the_picture_of_8_bits_with_levels_between(translator):
    picture = pictures(32, 32, 3)
    wide = translator(picture.astype(np.uint16) * 257)
    np.testing.assert_allclose(wide / 257, translator(picture), atol=0.51)
    assert (wide % 257 != 0).any()


def test_statistics_of_a_picture_change_nothing_when_they_are_given_back(translator, in_strips):
    picture = pictures(33, 47, 3)
    for model in (translator, in_strips):
        statistics = model.collect_statistics(picture)
        assert np.abs(model(picture, statistics).astype(int) - translator(picture)).max() <= 1


def test_statistics_from_outside_hold_a_part_of_a_picture_as_it_is_in_the_whole(translator, in_strips):
    picture = np.concatenate([pictures(64, 64, 3) // 4, 128 + pictures(64, 64, 3) // 4])
    statistics, part = translator.collect_statistics(picture), picture[:64]
    inside = np.s_[:40]
    whole = translator(picture).astype(int)[inside]
    assert np.abs(translator(part).astype(int)[inside] - whole).mean() > 3
    for model in (translator, in_strips):
        assert np.abs(model(part, statistics).astype(int)[inside] - whole).max() <= 1


def test_statistics_of_another_model_are_refused(translator):
    with pytest.raises(ValueError, match="Received: 'block_1_1_norm'"):
        translator(pictures(8, 8, 3), {})


def test_a_picture_that_memory_does_not_hold_goes_in_strips(translator, monkeypatch):
    picture = pictures(40, 40, 3)
    expected = translator(picture).astype(int)
    monkeypatch.setattr(large_pictures, "available_memory_bytes", lambda: 1000)
    monkeypatch.setattr(translator.module, "serve_checked", None)
    assert np.abs(translator(picture) - expected).max() <= 1


def test_a_batch_that_memory_does_not_hold_goes_picture_by_picture(translator, monkeypatch):
    batch, sizes, serve = pictures(3, 40, 40, 3), [], translator.module.serve_checked
    one = large_pictures.whole_pass_bytes(translator._generator, (40, 40))
    monkeypatch.setattr(large_pictures, "available_memory_bytes", lambda: 2 * one)
    monkeypatch.setattr(
        translator.module, "serve_checked", lambda image: sizes.append(len(image)) or serve(image)
    )
    expected = translator(batch[1])
    np.testing.assert_array_equal(translator(batch)[1], expected)
    assert sizes == [1, 1, 1, 1]


def test_a_picture_goes_in_strips_when_the_device_says_that_it_is_too_large(full):
    translator, picture = full(1000), pictures(40, 40, 3)
    assert translator(picture).shape == picture.shape
    # And is not tried again.
    translator.module.serve_checked = None
    assert translator(picture).shape == picture.shape


def test_a_batch_that_the_device_does_not_hold_is_left_to_the_caller(full):
    with pytest.raises(MemoryError, match="^OOM when allocating tensor$"):
        full(1000)(pictures(2, 30, 30, 3))


def test_strips_can_be_forbidden(full, tiny_run, shallow_generators):
    whole_only = Translator.load(tiny_run, strip_rows=0)
    with pytest.raises(MemoryError):
        full(1000, whole_only)(pictures(40, 40, 3))


@pytest.mark.parametrize("shape", [(0, 16, 16, 3), (2, 0, 8, 3), (8, 0, 3)])
def test_no_pictures_or_no_pixels_are_refused(translator, shape):
    with pytest.raises(ValueError, match="expected pictures with pixels. Received: "):
        translator(np.zeros(shape, np.uint8))


def test_strips_of_fewer_rows_than_none_are_refused(tiny_run):
    with pytest.raises(ValueError, match="Received: strip_rows=-1"):
        Translator.load(tiny_run, strip_rows=-1)


def test_output_that_is_not_finite_is_an_error_in_strips_too(tiny_run, shallow_generators):
    spoilt = Translator.load(tiny_run, strip_rows=8)
    spoilt._generator.get_layer("last_conv").bias.assign([0.0, np.nan, 0.0])
    with pytest.raises(NonFinitePicture, match="picture 0 is not finite"):
        spoilt(pictures(2, 16, 16, 3))


def test_statistics_that_memory_does_not_hold_are_a_memory_error(tiny_run, shallow_generators, monkeypatch):
    def refuse(batch):
        raise tf.errors.ResourceExhaustedError(None, None, "OOM when allocating tensor")

    translator = Translator.load(tiny_run)
    monkeypatch.setattr(translator._functions, "collect", refuse)
    with pytest.raises(MemoryError, match="^OOM when allocating tensor$"):
        translator.collect_statistics(pictures(8, 8, 3))


# As the callable of `video`


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    """A clip of five frames of a size that no stride divides."""
    path = tmp_path_factory.mktemp("clips") / "in.mp4"
    video.write_clip(path, pictures(5, 34, 46, 3), 10)
    return path


def frames_of(path):
    return np.stack([pixels for pixels, _ in video.read_clip(path)])


def difference(ones, others):
    """In brightness: video stores colours at half the resolution, and these generators make noise."""
    weights = [0.299, 0.587, 0.114]
    return np.abs(ones @ weights - others @ weights).mean()


@pytest.mark.parametrize("direction", ["ab", "ba"])
def test_every_frame_of_a_clip_is_translated_in_the_direction_asked_for(
    clip, tiny_run, shallow_generators, tmp_path, direction
):
    ways = {way: Translator.load(tiny_run, way) for way in ("ab", "ba")}
    report = video.translate_video(
        clip, tmp_path / "out.mp4", ways[direction], video.Options(batch_size=2, crf=0)
    )
    assert report.frames_written == 5
    expected, other = (ways[way](frames_of(clip)) for way in (direction, {"ab": "ba", "ba": "ab"}[direction]))
    translated = frames_of(tmp_path / "out.mp4")
    assert difference(translated, expected) < difference(translated, other) / 2


def another_model(folder):
    """A model of the same architecture with other weights."""
    networks = {}
    for seed, direction in enumerate(("ab", "ba"), start=5):
        keras.utils.set_random_seed(seed)
        networks[direction] = build_generator(RESNET, f"generator_{direction}")
    save_model(folder, networks, ModelCard({"ab": RESNET, "ba": RESNET}, (32, 32)))
    return folder


def test_what_a_translator_says_of_itself_changes_with_its_weights_and_direction_alone(
    tmp_path, shallow_generators
):
    folder, other = another_model(tmp_path / "m"), tmp_path / "other"
    keras.utils.set_random_seed(9)
    network = build_generator(RESNET, "generator")
    save_model(other, {"ab": network}, ModelCard({"ab": RESNET}, (32, 32)))
    one, again, back, third = (
        Translator.load(path, direction).translation_id
        for path, direction in ((folder, "ab"), (folder, "ab"), (folder, "ba"), (other, "ab"))
    )
    assert one == again
    assert len({one, back, third}) == 3
    # Strips change nothing that is seen: either goes on with what the other has finished.
    assert Translator.load(folder, strip_rows=8).translation_id == one


def test_a_model_that_is_replaced_while_it_is_in_use_stays_what_was_loaded(tmp_path, shallow_generators):
    folder = another_model(tmp_path / "m")
    loaded = Translator.load(folder)
    network = build_generator(RESNET, "generator")
    save_model(folder, {"ab": network}, ModelCard({"ab": RESNET}, (32, 32)))
    assert Translator.load(folder).translation_id != loaded.translation_id


def test_a_clip_that_one_model_has_begun_is_not_finished_by_another(
    clip, tiny_run, shallow_generators, tmp_path, monkeypatch
):
    monkeypatch.setattr(translation, "SEGMENT_FRAMES", 2)
    first, second = Translator.load(tiny_run), Translator.load(another_model(tmp_path / "m"))
    target = tmp_path / "out.mp4"

    def stop(done, total):
        if done == 5:
            raise RuntimeError("stopped by the test")

    with pytest.raises(RuntimeError):
        video.translate_video(clip, target, first, video.Options(batch_size=1), on_progress=stop)
    report = video.translate_video(clip, target, second, video.Options(batch_size=1))
    assert (report.frames_reused, report.frames_translated) == (0, 5)
    assert "Earlier work on this output was not resumed: another translation." in report.warnings


def test_a_frame_that_is_not_finite_is_named_with_its_place_in_the_clip(
    clip, tiny_run, shallow_generators, tmp_path
):
    spoilt = Translator.load(tiny_run)
    spoilt._generator.get_layer("last_conv").bias.assign([0.0, np.nan, 0.0])
    with pytest.raises(video.TranslationError, match="frame 0 cannot be translated\nexpected numbers in"):
        video.translate_video(clip, tmp_path / "out.mp4", spoilt, video.Options(batch_size=2))
