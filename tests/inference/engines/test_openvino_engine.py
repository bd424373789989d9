import logging
import tempfile

import cv2
import keras
import numpy as np
import pytest
import tensorflow as tf

from cyclegan_tf.errors import MachineError
from cyclegan_tf.inference.engines.openvino_engine import OpenVinoEngine
from cyclegan_tf.inference.engines.openvino_runtime import openvino_formats
from cyclegan_tf.inference.translator import PictureTranslator
from cyclegan_tf.models.frozen import load_efficientnet_lite0
from cyclegan_tf.networks.mask_network import MaskNetwork, build_mask_decoder


@pytest.fixture(scope="module")
def engine(module):
    return OpenVinoEngine(module, "small", "float32")


def of_tensorflow(module, pictures):
    return module.translate(tf.constant(pictures))[0].numpy()


@pytest.mark.parametrize(("dtype", "most"), [(np.uint8, 1), (np.uint16, 257)])
def test_pictures_of_8_and_16_bits_are_what_tensorflow_makes_of_them(engine, module, pictures, dtype, most):
    pictures = pictures.astype(dtype) * (1 if dtype == np.uint8 else 257)
    translated, finite = engine(pictures)
    assert (translated.dtype, translated.shape) == (dtype, pictures.shape)
    difference = np.abs(translated.astype(int) - of_tensorflow(module, pictures))
    assert difference.max() <= most
    assert difference.mean() < most / 10
    assert finite.tolist() == [True, True]


def test_one_model_serves_every_size_alone_and_in_a_batch(engine, pictures):
    together, _ = engine(pictures)
    engine(pictures[:, :20, :30])
    alone, _ = engine(pictures[1:])
    assert np.abs(alone.astype(int) - together[1:]).max() <= 1


@pytest.mark.skipif("bfloat16" not in openvino_formats(), reason="a processor without bfloat16")
def test_masks_of_pictures_beyond_256_pixels_are_kept_in_bfloat16(module):
    frozen = load_efficientnet_lite0()
    # Some fresh decoders mark nothing or everything, and then there is nothing to compare.
    keras.utils.set_random_seed(0)
    masks = MaskNetwork(frozen, build_mask_decoder())
    of_masks = PictureTranslator(module.generator, module.spec, masks)
    picture = cv2.resize(np.random.default_rng(0).integers(0, 256, (9, 15, 3), np.uint8), (520, 300))
    exact, rounded = (
        OpenVinoEngine(of_masks, "masks", precision)(picture[np.newaxis])[0].astype(float)
        for precision in ("float32", "bfloat16")
    )
    # Fresh weights turn more rounding into change than learned ones do; a wrong position gives 15.
    assert 10 * np.log10(255**2 / np.mean(np.square(exact - rounded))) > 28


def test_the_next_process_finds_the_model_in_the_cache_and_gives_the_same_bits(engine, pictures):
    expected, _ = engine(pictures)
    # It has nothing that it could convert.
    again = OpenVinoEngine(None, "small", "float32")
    np.testing.assert_array_equal(again(pictures)[0], expected)


def test_a_damaged_file_of_the_cache_is_made_again(engine, module, pictures, monkeypatch, tmp_path, caplog):
    monkeypatch.setenv("CYCLEGAN_TF_CACHE", str(tmp_path))
    OpenVinoEngine(module, "other", "float32")(pictures[:1])
    (path,) = tmp_path.rglob("*.xml")
    path.write_bytes(path.read_bytes()[:100])
    np.testing.assert_array_equal(
        OpenVinoEngine(module, "other", "float32")(pictures)[0], engine(pictures)[0]
    )
    assert path.stat().st_size > 100
    assert "damaged and made again" in caplog.text


def test_a_cache_that_cannot_be_written_costs_a_warning(module, pictures, monkeypatch, tmp_path, caplog):
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("CYCLEGAN_TF_CACHE", str(tmp_path / "file"))
    with caplog.at_level(logging.WARNING):
        assert OpenVinoEngine(module, "small", "float32")(pictures)[1].all()
    assert "the converted model is not kept" in caplog.text


def test_no_room_to_convert_is_an_error_of_the_machine_that_names_the_folder(module, monkeypatch, tmp_path):
    monkeypatch.setenv("CYCLEGAN_TF_CACHE", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    with pytest.raises(MachineError, match="(?s)gone.*--engine tensorflow"):
        OpenVinoEngine(module, "never converted", "float32")(np.zeros((1, 8, 8, 3), np.uint8))


def test_the_picture_whose_values_are_no_numbers_is_told(pictures, monkeypatch, tmp_path, module):
    monkeypatch.setenv("CYCLEGAN_TF_CACHE", str(tmp_path))

    class Spoilt(PictureTranslator):
        def translate(self, image, instead=None):
            translated, _ = super().translate(image, instead)
            dark = tf.reduce_max(tf.cast(image, tf.float32), axis=[1, 2, 3])
            return translated, tf.math.is_finite(1.0 / dark)

    batch = np.stack([pictures[0], np.zeros_like(pictures[0])])
    spoilt = Spoilt(module.generator, module.spec)
    assert OpenVinoEngine(spoilt, "spoilt", "float32")(batch)[1].tolist() == [True, False]


@pytest.mark.parametrize("precision", openvino_formats())
def test_a_white_picture_is_told_as_finite_in_every_format(monkeypatch, tmp_path, module, precision):
    """The sum of its values is beyond what float16 holds."""
    monkeypatch.setenv("CYCLEGAN_TF_CACHE", str(tmp_path))
    bias = module.generator.get_layer("last_conv").bias
    before = bias.numpy()
    bias.assign([20.0] * 3)
    noise = np.random.default_rng(0).integers(0, 256, (1, 256, 256, 3), np.uint8)
    try:
        translated, finite = OpenVinoEngine(module, "white", precision)(noise)
    finally:
        bias.assign(before)
    assert translated.mean() > 250
    assert finite.tolist() == [True]
