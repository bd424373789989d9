"""Traits of decoded pictures that cost little to find: flat, grey, equal to another."""

import hashlib
import logging
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

FLAT_DEVIATION = 1.0
NAMED_PICTURES = 3
_STRIDE = 3
_LOGGER = logging.getLogger("cyclegan_tf")


class Traits(NamedTuple):
    """The traits of a picture.

    Attributes:
        digest: equal for pictures of equal pixels and shape.
        is_flat: all channels vary by less than a level (standard deviation).
        is_grey: three channels that are equal everywhere.
    """

    digest: bytes
    is_flat: bool
    is_grey: bool


def traits_of(image: np.ndarray) -> Traits:
    """Find the traits of a picture, uint8 (height, width, channels)."""
    digest = hashlib.blake2b(repr(image.shape).encode(), digest_size=16)
    digest.update(np.ascontiguousarray(image).data)
    # Every third pixel each way tells busy pictures from flat ones at a ninth of the cost.
    is_flat = _is_flat(image[::_STRIDE, ::_STRIDE]) and _is_flat(image)
    return Traits(digest.digest(), is_flat, _is_grey(image))


def equal_pictures(digests: Iterable[bytes]) -> list[list[int]]:
    """Group the positions of equal digests; those that occur once are left out."""
    groups = defaultdict(list)
    for position, digest in enumerate(digests):
        groups[digest].append(position)
    return [group for group in groups.values() if len(group) > 1]


def warn_of_traits(names_a: dict[str, Traits], names_b: dict[str, Traits]) -> None:
    """Warn of flat, shared and grey pictures of both domains, by name."""
    pictures = [*names_a.items(), *names_b.items()]
    _warn("flat, a single colour: %s", [name for name, traits in pictures if traits.is_flat])
    groups = equal_pictures(traits.digest for _, traits in pictures)
    across = [group for group in groups if group[0] < len(names_a) <= group[-1]]
    _warn("in both domains with equal pixels: %s", [pictures[group[0]][0] for group in across])
    for domain, names in (("A", names_a), ("B", names_b)):
        num_grey = sum(traits.is_grey for traits in names.values())
        if num_grey:
            _LOGGER.warning("domain %s: %d of %d pictures are grey", domain, num_grey, len(names))


def _warn(text: str, names: Sequence[str]) -> None:
    if names:
        more = f" and {len(names) - NAMED_PICTURES} more" if len(names) > NAMED_PICTURES else ""
        count = f"{len(names)} picture{'s are' if len(names) > 1 else ' is'} "
        _LOGGER.warning(count + text, ", ".join(names[:NAMED_PICTURES]) + more)


def _is_flat(image: np.ndarray) -> bool:
    return float(image.reshape(-1, image.shape[-1]).std(axis=0).max()) < FLAT_DEVIATION


def _is_grey(image: np.ndarray) -> bool:
    if image.shape[-1] != 3:
        return False
    red, green, blue = (image[..., i] for i in range(3))
    # A few rows first: most colour pictures show it there.
    seems_grey = np.array_equal(red[::_STRIDE], green[::_STRIDE])
    return seems_grey and np.array_equal(red, green) and np.array_equal(green, blue)
