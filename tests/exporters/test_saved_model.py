import json

import pytest
import tensorflow as tf

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
