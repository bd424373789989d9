"""Arrays that look as if they came from a file, and the generator that they are."""

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


@pytest.fixture
def match(stored):
    """Recognises a generator by its arrays: match({name: array}, layout)."""
    from cyclegan_tf.importers.matching import match_generator

    return lambda arrays, layout="torch": match_generator(stored(arrays), layout)
