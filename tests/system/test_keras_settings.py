import json
import os
import subprocess
import sys
from types import SimpleNamespace

import pytest

from cyclegan_tf.errors import UsageError
from cyclegan_tf.system import keras_settings
from cyclegan_tf.system.keras_settings import check_keras, settle_keras

BUILD = """
import logging
logging.basicConfig(format="%(message)s")
from cyclegan_tf.networks.generators import build_generator
from cyclegan_tf.networks.specs import GeneratorSpec
import keras
build_generator(GeneratorSpec("resnet_6blocks", width=2), "g")
print(keras.config.backend(), keras.config.image_data_format(), keras.config.floatx())
"""


def keras_module(*settings):
    names = ("backend", "image_data_format", "floatx")
    return SimpleNamespace(
        config=SimpleNamespace(**{name: lambda value=value: value for name, value in zip(names, settings)})
    )


@pytest.fixture
def before_keras(tmp_path, monkeypatch):
    """As if Keras were not imported yet, with a home folder of the user."""
    monkeypatch.delitem(sys.modules, "keras", raising=False)
    monkeypatch.setattr(keras_settings, "_unused", [])
    monkeypatch.setenv("KERAS_BACKEND", "tensorflow")
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    return tmp_path


@pytest.mark.slow
def test_settings_of_another_project_are_not_used_and_that_is_said_once(tmp_path):
    (tmp_path / ".keras").mkdir()
    settings = {"image_data_format": "channels_first", "floatx": "float16", "backend": "torch"}
    (tmp_path / ".keras" / "keras.json").write_text(json.dumps(settings))
    environment = {**os.environ, "HOME": str(tmp_path), "KERAS_BACKEND": "jax"}
    environment.pop("KERAS_HOME", None)
    done = subprocess.run(
        [sys.executable, "-c", BUILD], env=environment, capture_output=True, text=True, check=False
    )
    assert done.stdout == "tensorflow channels_last float32\n", done.stderr
    assert done.stderr.count("KERAS_BACKEND=jax is not used here") == 1
    assert done.stderr.count("image_data_format channels_first") == 1


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", '{"image_data_format": "channels_last", "backend": "jax"}']
)
def test_settings_that_change_nothing_leave_the_users_folder_in_place(before_keras, text):
    (before_keras / "keras.json").write_text(text)
    settle_keras()
    assert (os.environ["KERAS_HOME"], keras_settings._unused) == (str(before_keras), [])


def test_settings_that_do_not_fit_are_replaced_by_ours(before_keras):
    (before_keras / "keras.json").write_text('{"image_data_format": "channels_first"}')
    settle_keras()
    assert os.environ["KERAS_HOME"] != str(before_keras)
    assert str(before_keras / "keras.json") in keras_settings._unused[0]


def test_keras_that_was_imported_first_with_other_settings_is_refused():
    check_keras(keras_module("tensorflow", "channels_last", "float32"))
    with pytest.raises(UsageError, match="Keras was imported before cyclegan_tf") as caught:
        check_keras(keras_module("jax", "channels_last", "float32"))
    assert caught.value.fix == "import cyclegan_tf before keras"
