"""Data sets of TensorFlow Datasets by name: `tfds:cycle_gan/horse2zebra`.

The package is an extra. It downloads a data set that is not yet on the disk; nothing else in this program
uses the network.
"""

import importlib

import numpy as np

from cyclegan_tf.errors import DataError, UsageError

PREFIX = "tfds:"
_INSTALL = "pip install tensorflow-datasets"


def is_tfds(root: str | None) -> bool:
    """Tell whether data.root names a data set of TensorFlow Datasets."""
    return root is not None and root.startswith(PREFIX)


def load_splits(root: str, splits: tuple[str, ...]) -> dict[str, list[np.ndarray]]:
    """Load splits into memory.

    Args:
        root: "tfds:NAME".
        splits: such as trainA; those whose name begins with "test" may be missing.

    Returns:
        Decoded pictures by split, each uint8 (height, width, channels).

    Raises:
        UsageError: the package is not installed.
        DataError: the package cannot load the data set, or a training split is missing.
    """
    name, datasets = root.removeprefix(PREFIX), _import(root)
    try:
        loaded = datasets.load(name)
    except Exception as error:
        # Unknown names, no network, damaged archives: the package has an exception for each.
        raise DataError(
            f"TensorFlow Datasets cannot load {name!r}",
            detail=f"expected a data set with the splits trainA and trainB; found: {error}",
            fix="check the name at tensorflow.org/datasets, such as tfds:cycle_gan/horse2zebra",
        ) from error
    missing = [split for split in splits if split not in loaded and not split.startswith("test")]
    if missing:
        raise DataError(
            f"no split {missing[0]} in the data set {name!r}",
            detail=f"expected the splits trainA and trainB; found {', '.join(sorted(loaded)) or 'none'}",
            fix="choose a data set of two unpaired domains, such as tfds:cycle_gan/horse2zebra",
        )
    return {split: _pictures(datasets, loaded[split]) for split in splits if split in loaded}


def _pictures(datasets, split) -> list[np.ndarray]:
    return [np.asarray(example["image"]) for example in datasets.as_numpy(split)]


def _import(root: str):
    try:
        return importlib.import_module("tensorflow_datasets")
    except ImportError as error:
        raise UsageError(
            f"{root} needs a package that is not installed: tensorflow-datasets",
            detail=f"expected it beside this program; found: {error}",
            fix=_INSTALL,
        ) from error
