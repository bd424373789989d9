"""Arrays that look as if they came from a file."""

import numpy as np
import pytest


@pytest.fixture(scope="session")
def stored():
    """Makes arrays look as if they came from a file: stored({name: array})."""
    from cyclegan_tf.containers.stored import StoredArray

    return lambda arrays: {
        name: StoredArray(array.shape, lambda array=array: np.asarray(array, np.float32))
        for name, array in arrays.items()
    }
