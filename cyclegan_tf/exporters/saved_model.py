"""TensorFlow's SavedModel format."""

import json
from dataclasses import asdict
from pathlib import Path

import tensorflow as tf

RUN = """
import sys
import numpy as np
import tensorflow as tf
serve = tf.saved_model.load(sys.argv[1]).signatures["serving_default"]
inputs = np.load(sys.argv[2])
np.savez(sys.argv[3], **{name: serve(image=tf.constant(inputs[name]))["translated"] for name in inputs.files})
"""


def write(translator, target: Path, *_) -> None:
    """Write a folder whose signature `serving_default` maps `image` to `translated`."""
    module = translator.module
    serve = module.serve.get_concrete_function()
    exported = tf.Module()
    exported.translator = module
    exported.serve = tf.function(
        lambda image: {"translated": serve(image)}, input_signature=[serve.structured_input_signature[0][0]]
    )
    tf.saved_model.save(exported, str(target), signatures={"serving_default": exported.serve})
    extra = target / "assets.extra"
    extra.mkdir()
    card = {"direction": translator.direction, **asdict(translator.card)}
    (extra / "cyclegan_tf.json").write_text(json.dumps(card, indent=2) + "\n")
