"""The order and the random numbers of a training run, as pure functions of (seed, domain, position).

Nothing here has a state, so a resumed run sees the same pictures as an uninterrupted one.
"""

import numpy as np

_ORDER, _AUGMENTATION = 0, 1


class EndlessPermutations:
    """An endless sequence of indices: one fresh permutation of all pictures after another.

    Args:
        length: number of pictures, at least 1.
        seed: the run's seed, at least 0.
        domain: 0 for A, 1 for B.
    """

    def __init__(self, length: int, seed: int, domain: int):
        self.length, self.seed, self.domain = length, seed, domain
        self._current = (-1, np.empty(0, np.int64))

    def __call__(self, position: int) -> int:
        """Return the index, in [0, length), of the picture at a position of the sequence."""
        number, offset = divmod(position, self.length)
        # Number and order are in one tuple, so that a second thread never sees one without the other.
        current = self._current
        if current[0] != number:
            current = self._current = (number, self._permutation(number))
        return int(current[1][offset])

    def _permutation(self, number: int) -> np.ndarray:
        # NumPy keeps raw bits the same from release to release, but not its `permutation`.
        bits = _bits(self.seed, self.domain, _ORDER, number).random_raw(self.length)
        return np.argsort(bits, kind="stable")


def augmentation_generator(seed: int, domain: int, position: int) -> np.random.Generator:
    """Make the random generator for the crop and flip of the picture at a position of a domain's sequence."""
    return np.random.Generator(_bits(seed, domain, _AUGMENTATION, position))


def _bits(seed: int, *key: int) -> np.random.Philox:
    return np.random.Philox(np.random.SeedSequence(seed, spawn_key=key))
