"""The pictures that a configuration names."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from cyclegan_tf.config.schema import Config, DataConfig
from cyclegan_tf.data.dataset import UnpairedImages
from cyclegan_tf.data.domains import Domains, check_apart, find_domains
from cyclegan_tf.data.file import PictureFile
from cyclegan_tf.data.masks import as_files, find_masks
from cyclegan_tf.data.tfds import is_tfds, load_splits
from cyclegan_tf.images.listing import existing, list_images

PARTS = ("trainA", "trainB", "testA", "testB")


def load_data(config: Config, kind: type[UnpairedImages] = UnpairedImages, **more: Any) -> UnpairedImages:
    """Find, check and load the training pictures of both domains.

    Args:
        config: everything about the run.
        kind: of the data set.
        **more: further arguments of that kind.

    Raises:
        DataError: if some cannot be used.
        ConfigError: if both domains are one folder.
        UsageError: if TensorFlow Datasets is needed and not installed.
    """
    data = config.data
    items = find_pictures(data, PARTS[:2])
    return kind(
        items["trainA"],
        items["trainB"],
        config.preprocess,
        config.train.batch_size,
        config.train.seed,
        _masks(data, items),
        cache=data.cache,
        max_pixels=data.max_pixels,
        on_bad_image=data.on_bad_image,
        **more,
    )


def _masks(data: DataConfig, items: Mapping[str, Sequence[PictureFile | np.ndarray]]) -> list[PictureFile]:
    """Return the masks of all training pictures of A, then of B; none where none are given."""
    if data.masks_a is None:
        return []
    folders = (("trainA", data.masks_a), ("trainB", data.masks_b))
    return [mask for part, folder in folders for mask in find_masks(folder, as_files(items[part]), part[-1])]


def find_pictures(
    data: DataConfig, parts: tuple[str, ...] = PARTS
) -> Mapping[str, Sequence[PictureFile | np.ndarray]]:
    """Find the pictures of a data set, without decoding any.

    Args:
        data: where they are, and what their pixels become.
        parts: which of trainA, trainB, testA and testB to look for.

    Returns:
        Files, or decoded pictures of TensorFlow Datasets, by part; tests that are not there are left out.

    Raises:
        UserError: as `load_data`.
    """
    if is_tfds(data.root):
        return load_splits(data.root, parts)
    domains = domains_of(data)
    check_apart(domains.train_a, domains.train_b)
    places = dict(zip(PARTS, (domains.train_a, domains.train_b, domains.test_a, domains.test_b)))
    return {part: _files(places[part], part, data) for part in parts if places[part] is not None}


def domains_of(data: DataConfig) -> Domains:
    """Find the folders or list files of a data set; errors as in `find_domains`."""
    domains = find_domains(data.root, data.a, data.b)
    given = {"test_a": data.test_a, "test_b": data.test_b}
    found = {key: existing(Path(path), key[-1].upper()) for key, path in given.items() if path is not None}
    return replace(domains, **found)


def _files(place: Path, part: str, data: DataConfig) -> list[PictureFile]:
    domain = part[-1]
    channels, limits = (data.channels_a, data.range_a) if domain == "A" else (data.channels_b, data.range_b)
    value_range = None if limits is None else (limits[0], limits[1])
    return [PictureFile(path, channels, value_range) for path in list_images(place, domain)]
