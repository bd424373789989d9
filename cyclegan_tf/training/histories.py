"""The histories of all replicas in a checkpoint: their names there, and other numbers of replicas.

The history of the first replica has the names that it has in a run of one device.
"""

import re
from collections.abc import Mapping

import numpy as np

_NAME = re.compile(r"(history_[ab])(?:/replica_(\d+))?/(images|count)")


def name_in_checkpoint(history: str, replica: int, part: str) -> str:
    """Return the name of a part of a replica's history, images or count."""
    return f"{history}/{part}" if replica == 0 else f"{history}/replica_{replica}/{part}"


def without_replicas(arrays: Mapping[str, np.ndarray], kept: range) -> dict[str, np.ndarray]:
    """Return the arrays of a checkpoint without the histories of other replicas than those kept."""
    return {name: array for name, array in arrays.items() if _replica(name) in (None, *kept)}


def count_replicas(arrays: Mapping[str, np.ndarray]) -> int:
    """Return how many replicas the histories of a checkpoint are of."""
    return 1 + max((_replica(name) or 0 for name in arrays), default=0)


def dealt_to(arrays: Mapping[str, np.ndarray], replicas: int) -> dict[str, np.ndarray]:
    """Deal the images of a checkpoint's histories to another number of replicas.

    Every replica gets as many, or one less. Where they have room for fewer, each image has the same chance
    to stay; where they have room for more, they fill again.

    Args:
        arrays: the saved values by name.
        replicas: the present number; the saved one changes nothing.
    """
    before = count_replicas(arrays)
    if before == replicas:
        return dict(arrays)
    dealt = {name: array for name, array in arrays.items() if _replica(name) is None}
    for history in sorted({_NAME.fullmatch(name)[1] for name in arrays if _replica(name) is not None}):
        images = [arrays[name_in_checkpoint(history, replica, "images")] for replica in range(before)]
        counts = [arrays[name_in_checkpoint(history, replica, "count")] for replica in range(before)]
        stored = np.concatenate([part[: int(count.item())] for part, count in zip(images, counts)])
        for replica in range(replicas):
            # Taken in turn, so that each gets some of every replica and of every age.
            own = stored[replica::replicas][: len(images[0])]
            filled = np.zeros_like(images[0])
            filled[: len(own)] = own
            dealt[name_in_checkpoint(history, replica, "images")] = filled
            dealt[name_in_checkpoint(history, replica, "count")] = np.array([len(own)], counts[0].dtype)
    return dealt


def _replica(name: str) -> int | None:
    """Return whose history an array belongs to; None for what is not of a history."""
    found = _NAME.fullmatch(name)
    return int(found[2] or 0) if found else None
