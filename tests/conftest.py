"""What all tests share. Nothing here imports TensorFlow unless a test asks for a graph."""

import os
from pathlib import Path

import pytest

# Before anything imports TensorFlow: it reads these once.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("GRPC_VERBOSITY", "ERROR")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of photos, clips and reference numbers that lies beside the repository."""
    folder = Path(__file__).resolve().parents[2] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("needs the reference data, which is not in the repository: no folder ../shared/data")
    return folder


@pytest.fixture(params=["eager", "graph"])
def compiled(request):
    """Leaves a function of tensors as it is, or makes it a graph: compiled(function)(*arguments)."""
    if request.param == "eager":
        return lambda function: function

    import tensorflow as tf

    return tf.function
