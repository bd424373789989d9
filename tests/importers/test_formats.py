"""Rows 38 and 39 of the fault catalogue: a file of another kind is reported as what it is."""

import os
import zipfile

import pytest
import tensorflow as tf

from cyclegan_tf.errors import ModelError
from cyclegan_tf.importers.formats import read_weights
from cyclegan_tf.models.run import CARD_FILE

OTHER_FILES = {
    "empty": (b"", "an empty file"),
    "web_page": (b"\n<!DOCTYPE html><html>404</html>", "a web page"),
    "jpeg": (b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(99), "a JPEG picture"),
    "png": (b"\x89PNG\r\n\x1a\n" + bytes(99), "a PNG picture"),
    "git_lfs": (
        b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n",
        "a pointer of Git LFS",
    ),
    "gzip": (b"\x1f\x8b\x08" + bytes(99), "a gzip archive"),
    "noise": (b"\x01\x02\x03\x04" * 9, "36 bytes of another kind, beginning with 01 02 03 04"),
    "onnx": (b"\x08\x08\x12\x07tf2onnx" + bytes(99), "an ONNX model"),
    "graph": (b"\x0a\x20\x0a\x05image\x12\x0bPlaceholder" + bytes(99), "a frozen TensorFlow graph"),
    "tflite": (b"\x1c\0\0\0TFL3" + bytes(99), "a LiteRT model"),
    "half_a_safetensors": ((50).to_bytes(8, "little") + b"{" + bytes(99), "a damaged file"),
    "half_a_zip": (b"PK\x03\x04" + bytes(99), "a damaged archive"),
    "half_a_pickle": (b"\x80\x02\x8a\n", "a damaged pickle"),
    "half_an_hdf5": (b"\x89HDF\r\n\x1a\n" + bytes(99), "a damaged HDF5 file"),
}


def refusal(path):
    with pytest.raises(ModelError, match=f"cannot import .*{path.name}") as caught:
        read_weights(path)
    assert caught.value.fix
    return caught.value


@pytest.fixture
def prefix(tmp_path):
    """The prefix of a TensorFlow checkpoint."""
    tf.train.Checkpoint(weight=tf.Variable([1.0])).write(str(tmp_path / "weights"))
    return tmp_path / "weights"


@pytest.mark.parametrize("name", OTHER_FILES)
def test_row_38_a_file_that_is_not_weights_is_called_what_it_is(tmp_path, name):
    content, found = OTHER_FILES[name]
    (tmp_path / "netG.pth").write_bytes(content)
    assert found in refusal(tmp_path / "netG.pth").detail


def test_row_38_only_a_file_that_is_missing_is_called_missing(tmp_path):
    with pytest.raises(ModelError, match="no file at .*nowhere.pth"):
        read_weights(tmp_path / "nowhere.pth")


def test_row_38_what_is_not_a_regular_file_is_not_opened(tmp_path):
    os.mkfifo(tmp_path / "netG.pth")  # Opening it would block for ever.
    assert "not a regular file" in refusal(tmp_path / "netG.pth").detail


def test_row_38_a_model_folder_needs_no_import(tmp_path):
    (tmp_path / CARD_FILE).touch()
    assert "a model folder, which needs no import" in refusal(tmp_path).detail


def test_row_39_a_whole_model_of_keras_3_is_never_loaded(tmp_path):
    with zipfile.ZipFile(tmp_path / "model.keras", "w") as archive:
        archive.writestr("config.json", '{"class_name": "Lambda"}')
        archive.writestr("model.weights.h5", b"")
    error = refusal(tmp_path / "model.keras")
    assert "a whole model of Keras 3" in error.detail
    assert "save_weights" in error.fix


@pytest.mark.parametrize("suffix", ["", ".index", ".data-00000-of-00001"])
def test_the_prefix_and_any_file_of_a_checkpoint_mean_the_checkpoint(prefix, suffix):
    found = read_weights(prefix.with_name(prefix.name + suffix))
    assert (found.path, len(found.files)) == (prefix, 2)


def test_a_folder_with_one_checkpoint_means_that_checkpoint(prefix):
    assert read_weights(prefix.parent).path == prefix


def test_a_folder_with_several_checkpoints_is_refused(prefix):
    (prefix.parent / "other.index").touch()
    assert "a folder with 2 TensorFlow checkpoints" in refusal(prefix.parent).detail


def test_a_saved_model_is_called_so(tmp_path):
    (tmp_path / "saved_model.pb").touch()
    assert "a SavedModel" in refusal(tmp_path).detail
