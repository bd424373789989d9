"""TensorFlow's SavedModel format."""

import json
from dataclasses import asdict
from pathlib import Path

import tensorflow as tf

RUN = """
import sys
import numpy as np
import tensorflow as tf
signatures = tf.saved_model.load(sys.argv[1]).signatures
serve, inputs = signatures["serving_default"], np.load(sys.argv[2])
outputs = {name: serve(image=tf.constant(inputs[name]))["translated"].numpy() for name in inputs.files}
if "encoded" in signatures:
    # Of the first picture: what goes in and comes out as a file is the same.
    given, expected = (pictures["batch_0"][0] for pictures in (inputs, outputs))
    translated = signatures["encoded"](image_bytes=tf.io.encode_png(given)[None])["translated_bytes"]
    found = tf.io.decode_png(translated[0]).numpy()
    assert np.abs(found.astype(int) - expected).max() <= 1, "the signature encoded gives other pictures"
np.savez(sys.argv[3], **outputs)
"""
# Channels that both decoders and the encoder of PNG take.
_ENCODABLE = (1, 3, 4)


def write(translator, target: Path, *_) -> None:
    """Write a folder whose signature `serving_default` maps `image` to `translated`.

    A second one, `encoded`, maps files of pictures, `image_bytes`, to PNG files, `translated_bytes`.
    """
    module = translator.module
    serve = module.serve.get_concrete_function()
    exported = tf.Module()
    exported.translator = module
    exported.serve = tf.function(
        lambda image: {"translated": serve(image)}, input_signature=[serve.structured_input_signature[0][0]]
    )
    signatures = {"serving_default": exported.serve}
    if {module.spec.input_channels, module.spec.output_channels} <= set(_ENCODABLE):
        signatures["encoded"] = exported.encoded = _encoded(serve, module.spec.input_channels)
    tf.saved_model.save(exported, str(target), signatures=signatures)
    extra = target / "assets.extra"
    extra.mkdir()
    card = {"direction": translator.direction, **asdict(translator.card)}
    (extra / "cyclegan_tf.json").write_text(json.dumps(card, indent=2) + "\n")


def _encoded(serve, channels: int):
    """Return a function from files of pictures, of any sizes, to PNG files of their translations."""

    def translated(file):
        image = tf.io.decode_image(file, channels, expand_animations=False)
        image = tf.ensure_shape(image, (None, None, channels))
        return tf.io.encode_png(serve(image[tf.newaxis])[0])

    def encoded(image_bytes):
        # One after another: a batch would need pictures of one size.
        files = tf.map_fn(translated, image_bytes, fn_output_signature=tf.string)
        return {"translated_bytes": files}

    return tf.function(encoded, input_signature=[tf.TensorSpec((None,), tf.string, name="image_bytes")])
