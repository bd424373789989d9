"""The generators in a file that may hold more: discriminators, optimisers, both directions, averages."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from cyclegan_tf.containers.stored import StoredArray, StoredWeights
from cyclegan_tf.importers.matching import Assumptions, Match, match_generator
from cyclegan_tf.importers.pairing import Misfit

_MAX_DEPTH = 6
# What others call the generator from A to B, and the one from B to A, at the end of its name, or in all.
_AB = re.compile(r"(a2b|atob|ab|x2y|xtoy|xy)$|^(net)?g_?a$|^gen(erator)?_?g$|^g$")
_BA = re.compile(r"(b2a|btoa|ba|y2x|ytox|yx)$|^(net)?g_?b$|^gen(erator)?_?f$|^f$")


@dataclass(frozen=True)
class FoundGenerator:
    """A generator in a file.

    Attributes:
        name: what the file calls it; empty where it holds nothing else.
        match: which of our generators it is.
    """

    name: str
    match: Match

    @property
    def direction(self) -> str | None:
        """What its name says as in examples of PyTorch, Keras and TensorFlow: "ab", "ba" or nothing."""
        name = self.name.rpartition(".")[2].lower()
        if _BA.search(name):
            return "ba"
        return "ab" if _AB.search(name) else None


def find_generators(weights: StoredWeights, assumptions: Assumptions | None = None) -> list[FoundGenerator]:
    """Finds every generator in a file.

    Args:
        weights: the file.
        assumptions: as of `match_generator`.

    Raises:
        Misfit: if there is none; of the network that comes nearest.
    """
    separator = "." if weights.layout == "torch" else "/"
    found, misfits = [], [Misfit("no arrays with names", -1)]
    waiting = [_Part(place, "", arrays) for place, arrays in _bundles(weights.tree)]
    while waiting:
        part = waiting.pop(0)
        try:
            match = match_generator(part.arrays, weights.layout, assumptions)
            found.append(FoundGenerator(part.place, match))
        except Misfit as misfit:
            misfits.append(misfit)
            waiting += part.split(separator)
    if not found:
        raise max(misfits, key=lambda misfit: misfit.matched)
    return found


@dataclass(frozen=True)
class _Part:
    """Arrays that may be a network.

    Attributes:
        place: what the file calls them.
        prefix: what all their names begin with.
        arrays: by their whole names.
    """

    place: str
    prefix: str
    arrays: Mapping[str, StoredArray]

    def split(self, separator: str) -> "list[_Part]":
        """Returns the groups by the first part of the rest of their names."""
        groups: dict[str, dict[str, StoredArray]] = {}
        for name, array in self.arrays.items():
            key, is_group, _ = name.removeprefix(self.prefix).partition(separator)
            if is_group and self.prefix.count(separator) < _MAX_DEPTH:
                groups.setdefault(key, {})[name] = array
        return [
            _Part(_joined(self.place, key), f"{self.prefix}{key}{separator}", arrays)
            for key, arrays in groups.items()
        ]


def _bundles(tree: Mapping) -> Iterator[tuple[str, dict[str, StoredArray]]]:
    """Yields every dictionary with arrays in it, under its place in the dictionaries around it."""
    waiting, seen = [("", tree)], set()
    while waiting:
        place, values = waiting.pop(0)
        # A pickle can hold one dictionary twice, or inside itself.
        if id(values) in seen:
            continue
        seen.add(id(values))
        named = {key: value for key, value in values.items() if isinstance(key, str)}
        arrays = {key: value for key, value in named.items() if isinstance(value, StoredArray)}
        if arrays:
            yield place, arrays
        waiting += [(_joined(place, key), value) for key, value in named.items() if isinstance(value, dict)]


def _joined(place: str, key: str) -> str:
    return f"{place}.{key}" if place else key
