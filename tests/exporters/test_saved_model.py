import io
import json

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from cyclegan_tf.exporters import saved_model


@pytest.fixture(scope="module")
def folder(translator, tmp_path_factory):
    folder = tmp_path_factory.mktemp("saved_model")
    saved_model.write(translator, folder)
    return folder


def test_the_signature_maps_pictures_of_any_size_to_pictures(folder):
    signature = tf.saved_model.load(folder).signatures["serving_default"]
    image = signature.structured_input_signature[1]["image"]
    assert (image.shape.as_list(), image.dtype) == ([None, None, None, 3], tf.uint8)
    assert signature.structured_outputs["translated"].dtype == tf.uint8


def test_the_model_card_is_where_serving_looks_for_extra_files(folder):
    card = json.loads((folder / "assets.extra" / "cyclegan_tf.json").read_text())
    assert (card["direction"], card["training_size"]) == ("ab", [48, 64])


def test_files_of_several_sizes_go_in_and_png_files_come_out(folder, translator):
    signature = tf.saved_model.load(folder).signatures["encoded"]
    random = np.random.default_rng(0)
    pictures = [random.integers(0, 256, (height, 24, 3), dtype=np.uint8) for height in (16, 21)]
    files = [encoded(pictures[0], "PNG"), encoded(pictures[1], "JPEG")]
    translated = signature(image_bytes=tf.constant(files))["translated_bytes"].numpy()
    found = [np.asarray(Image.open(io.BytesIO(file))) for file in translated]
    assert np.abs(found[0].astype(int) - translator(pictures[0])).max() <= 1
    assert found[1].shape == (21, 24, 3)


def encoded(pixels, kind):
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, kind)
    return buffer.getvalue()
