"""The evaluation of a run while it trains: fixed pictures, and real pictures that are looked at once."""

import hashlib
import logging
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from cyclegan_tf.config.schema import Config
from cyclegan_tf.data.file import identity
from cyclegan_tf.data.loading import find_pictures
from cyclegan_tf.data.masks import as_files, find_masks
from cyclegan_tf.data.picture_set import Item, PictureSet, fit_as, read_picture_set, spread
from cyclegan_tf.errors import DataError
from cyclegan_tf.measures.direction import Judge
from cyclegan_tf.measures.evaluation import Evaluation
from cyclegan_tf.measures.feature_networks import AUTO, choose_features, load_feature_network
from cyclegan_tf.measures.measuring import Material, measure_direction
from cyclegan_tf.models.independence import trained_against
from cyclegan_tf.models.run import Run
from cyclegan_tf.training.callbacks import translate
from cyclegan_tf.training.generator_pair import GeneratorPair
from cyclegan_tf.training.replicas import steps_done
from video.core.files import make_folder, write_atomic

# More real pictures make the distances hardly more certain than the translated ones allow.
MOST_REAL = 200
REAL_FILE = "real_features.npz"
_LOGGER = logging.getLogger("cyclegan_tf")


class RunEvaluator:
    """Measures the model of a run, every time on the same pictures.

    These are test pictures, or training pictures where there are no others. The features of the real ones are
    kept in the run's folder.

    Args:
        config: everything about the run.
        run: its folder, which exists.

    Attributes:
        network: the feature network.

    Raises:
        UserError: pictures, masks or the network's weights are missing or cannot be read.
    """

    def __init__(self, config: Config, run: Run):
        self._config, self._run, self._fit = config, run, fit_as(config.preprocess)
        avoided, features = trained_against(config, run), config.output.evaluate_features
        self.network = load_feature_network(choose_features(avoided) if features == AUTO else features)
        self._independent = self.network.name not in avoided
        self._warnings = []
        if not self._independent:
            text = f"{self.network.name} judges a run that is trained against it: that is not independent"
            self._warnings.append(text)
            _LOGGER.warning("%s; output.evaluate_features names another network", text)
        parts = find_pictures(config.data)
        names = {domain: _measured_part(parts, domain) for domain in "ab"}
        items = {domain: _readable(parts[name], config) for domain, name in names.items()}
        self._sources = {domain: self._read(items[domain], names[domain]) for domain in "ab"}
        self._real = self._real_features(items)

    def __call__(self, model: GeneratorPair) -> Evaluation:
        """Measure the averaged generators of a model at its present step."""
        generators = zip(("ab", "ba"), model.inference_generators)
        ways = {way: partial(translate, generator) for way, generator in generators if generator}
        directions = {}
        for way, there in ways.items():
            judge = Judge(self.network, self._real[way[1]], self._independent)
            material = Material(self._sources[way[0]], [judge], self._config.train.seed)
            directions[way] = measure_direction(material, there, ways.get(way[::-1]))
        data = self._config.data
        return Evaluation(
            model=str(self._run.model),
            data=data.root or f"{data.a}, {data.b}",
            resize=self._fit.text,
            seed=self._config.train.seed,
            step=steps_done(model),
            directions=directions,
            warnings=list(self._warnings),
        )

    def _read(self, items: Sequence[Item], part: str) -> PictureSet:
        chosen = spread(items, self._config.output.evaluate_pictures)
        return read_picture_set(
            chosen, self._fit, self._masks(chosen, part), max_pixels=self._config.data.max_pixels
        )

    def _masks(self, items: Sequence[Item], part: str) -> Sequence:
        """Return the masks of pictures; none where there are none."""
        folder = {"A": self._config.data.masks_a, "B": self._config.data.masks_b}[part[-1]]
        if folder is None or part.startswith("train"):
            return find_masks(folder, as_files(items), part[-1]) if folder is not None else ()
        # `cyclegan-tf masks` writes those of the tests beside those of the training.
        beside = Path(folder).with_name(part)
        if not beside.is_dir():
            return ()
        try:
            return find_masks(beside, as_files(items), part[-1])
        except DataError as error:
            _LOGGER.warning("the evaluations leave out the change of the background: %s", error.what)
            return ()

    def _real_features(self, items: Mapping[str, Sequence[Item]]) -> dict[str, np.ndarray]:
        chosen = {domain: spread(found, MOST_REAL) for domain, found in items.items()}
        digest = hashlib.sha256(f"{self.network.sha256} {self.network.resize} {self._fit.text}".encode())
        for domain, found in chosen.items():
            digest.update(
                "".join(f"{domain} {identity(item)}\n" for item in found).encode(errors="surrogateescape")
            )
        path = self._run.evaluations / REAL_FILE
        kept = _load(path, digest.hexdigest())
        if kept is None:
            limit = self._config.data.max_pixels
            sets = {
                domain: read_picture_set(found, self._fit, max_pixels=limit)
                for domain, found in chosen.items()
            }
            kept = {domain: self.network.features(each.pixels) for domain, each in sets.items()}
            make_folder(path.parent)
            with write_atomic(path) as file:
                np.savez(file, digest=digest.hexdigest(), a=kept["a"], b=kept["b"])
        return kept


def _measured_part(parts: Mapping, domain: str) -> str:
    test = f"test{domain.upper()}"
    return test if test in parts else f"train{domain.upper()}"


def _readable(items: Sequence[Item], config: Config) -> list[Item]:
    """Return the pictures without those that data.on_bad_image lets a run skip."""
    if config.data.on_bad_image == "stop":
        return list(items)
    found = []
    for item in items:
        try:
            if not isinstance(item, np.ndarray):
                item.read(config.data.max_pixels)
        except DataError:
            continue
        found.append(item)
    return found


def _load(path: Path, digest: str) -> dict[str, np.ndarray] | None:
    """Return features that were kept, if they are of the same pictures and network."""
    try:
        with np.load(path, allow_pickle=False) as file:
            return {domain: file[domain] for domain in "ab"} if str(file["digest"]) == digest else None
    except (OSError, ValueError, KeyError, EOFError):
        # Missing, or damaged: they are computed again.
        return None
