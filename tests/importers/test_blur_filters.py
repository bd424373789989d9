import numpy as np
import pytest

from cyclegan_tf.containers.stored import Refused
from cyclegan_tf.importers.blur_filters import without_filters


def blur(*line, channels=2):
    one = np.outer(line, line).astype(np.float32)
    return np.tile(one, (channels, 1, 1, 1))


DOWN, UP = blur(0.25, 0.5, 0.25), blur(0.25, 0.75, 0.75, 0.25)


def test_filters_are_separated_and_their_sizes_told(stored):
    arrays = stored({"0.weight": np.ones(2), "3.filt": DOWN, "9.filt": UP})
    others, sizes = without_filters(arrays)
    assert (list(others), sizes) == (["0.weight"], {3, 4})


@pytest.mark.parametrize("filt", [2 * DOWN, blur(1, 1), DOWN.reshape(1, 2, 3, 3)])
def test_other_filters_are_refused(stored, filt):
    with pytest.raises(Refused, match="blur filter of (another|other)"):
        without_filters(stored({"3.filt": filt}))
