"""Search for generators in a file that may also hold discriminators, optimisers, averages and so on."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from cyclegan_tf.containers.stored import StoredArray, StoredWeights
from cyclegan_tf.importers.matching import Assumptions, Match, match_generator
from cyclegan_tf.importers.pairing import Mismatch

_MAX_DEPTH = 6
# Usual names of the generator from A to B and of the one from B to A: the end of the name, or all of it.
_AB = re.compile(r"(a2b|atob|ab|x2y|xtoy|xy)$|^(net)?g_?a$|^gen(erator)?_?g$|^g$")
_BA = re.compile(r"(b2a|btoa|ba|y2x|ytox|yx)$|^(net)?g_?b$|^gen(erator)?_?f$|^f$")


@dataclass(frozen=True)
class FoundGenerator:
    """A generator in a file.

    Attributes:
        name: its name in the file; empty if the file holds nothing else.
        match: the generator that was recognised.
    """

    name: str
    match: Match

    @property
    def direction(self) -> str | None:
        """Direction that its name means in the PyTorch, Keras and TensorFlow examples: "ab", "ba" or None."""
        name = self.name.rpartition(".")[2].lower()
        if _BA.search(name):
            return "ba"
        return "ab" if _AB.search(name) else None


def find_generators(weights: StoredWeights, assumptions: Assumptions | None = None) -> list[FoundGenerator]:
    """Find every generator in a file.

    Args:
        weights: the file.
        assumptions: as for `match_generator`.

    Raises:
        Mismatch: there is no generator; the message is about the most similar network.
    """
    separator = "." if weights.layout == "torch" else "/"
    found, mismatches = [], [Mismatch("no arrays with names", -1)]
    candidates = [_Candidate(name, "", arrays) for name, arrays in _array_dictionaries(weights.tree)]
    while candidates:
        candidate = candidates.pop(0)
        try:
            match = match_generator(candidate.arrays, weights.layout, assumptions)
            found.append(FoundGenerator(candidate.name, match))
        except Mismatch as mismatch:
            mismatches.append(mismatch)
            candidates += candidate.split(separator)
    if not found:
        raise max(mismatches, key=lambda mismatch: mismatch.matched)
    return found


@dataclass(frozen=True)
class _Candidate:
    """Arrays that may be a network.

    Attributes:
        name: their name in the file.
        prefix: common prefix of the arrays' names.
        arrays: by full name.
    """

    name: str
    prefix: str
    arrays: Mapping[str, StoredArray]

    def split(self, separator: str) -> "list[_Candidate]":
        """Return one candidate for each group of arrays whose names continue in the same way."""
        groups: dict[str, dict[str, StoredArray]] = {}
        for name, array in self.arrays.items():
            key, is_group, _ = name.removeprefix(self.prefix).partition(separator)
            if is_group and self.prefix.count(separator) < _MAX_DEPTH:
                groups.setdefault(key, {})[name] = array
        return [
            _Candidate(_joined(self.name, key), f"{self.prefix}{key}{separator}", arrays)
            for key, arrays in groups.items()
        ]


def _array_dictionaries(tree: Mapping) -> Iterator[tuple[str, dict[str, StoredArray]]]:
    """Yield every dictionary that contains arrays, with its dotted path in the tree."""
    dictionaries, seen = [("", tree)], set()
    while dictionaries:
        path, values = dictionaries.pop(0)
        # A pickle can contain one dictionary twice, or inside itself.
        if id(values) in seen:
            continue
        seen.add(id(values))
        named = {key: value for key, value in values.items() if isinstance(key, str)}
        arrays = {key: value for key, value in named.items() if isinstance(value, StoredArray)}
        if arrays:
            yield path, arrays
        dictionaries += [
            (_joined(path, key), value) for key, value in named.items() if isinstance(value, dict)
        ]


def _joined(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key
