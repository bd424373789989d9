import numpy as np
import pytest
import tensorflow as tf

from cyclegan_tf.exporters import litert_file
from cyclegan_tf.exporters.pictures import read_pictures


def kernel_types(path):
    """The number formats of the constants with the size of a kernel."""
    interpreter = tf.lite.Interpreter(str(path))
    return {
        np.dtype(tensor["dtype"]).name
        for tensor in interpreter.get_tensor_details()
        if len(tensor["shape"]) == 4 and tensor["shape"][0] > 1 and np.prod(tensor["shape"]) >= 1000
    }


@pytest.mark.slow
@pytest.mark.parametrize(
    ("write", "expected"),
    [
        (litert_file.write, {"float32"}),
        (litert_file.write_float16, {"float16"}),
        (litert_file.write_int8, {"int8"}),
    ],
    ids=["float32", "float16", "int8"],
)
def test_a_precision_is_that_of_the_stored_kernels(translator, pictures, tmp_path, write, expected):
    write(translator, tmp_path / "out.tflite", (48, 64), read_pictures(pictures, 3))
    assert kernel_types(tmp_path / "out.tflite") >= expected
    signature = tf.lite.Interpreter(str(tmp_path / "out.tflite")).get_signature_list()
    assert signature == {"serving_default": {"inputs": ["image"], "outputs": ["translated"]}}
