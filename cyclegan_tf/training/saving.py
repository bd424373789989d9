"""The model folders that a run writes: the latest one, and the best one."""

import datetime
import platform
from pathlib import Path

import keras
import tensorflow as tf

from cyclegan_tf import __version__
from cyclegan_tf.config.schema import Config
from cyclegan_tf.models.card import ModelCard
from cyclegan_tf.models.folder import save_model
from cyclegan_tf.models.independence import CARD_KEY, trained_against
from cyclegan_tf.models.run import Run
from cyclegan_tf.system.precision import resolve_precision
from cyclegan_tf.training.generator_pair import GeneratorPair
from cyclegan_tf.training.replicas import steps_done


def save_run_model(
    folder: Path, config: Config, model: GeneratorPair, num_steps: int, **about: object
) -> None:
    """Write the generators of a run as they are now, in place of an earlier model.

    Args:
        folder: the model folder, in that of the run.
        config: of the run.
        model: compiled.
        num_steps: steps of the whole run.
        **about: further fields of the card's provenance.

    Raises:
        OutputError: it cannot be written; an earlier model is untouched.
    """
    networks = {way: network for way, network in zip(("ab", "ba"), model.saved_generators) if network}
    decoder = model.mask_network.decoder if model.mask_network else None
    about = {CARD_KEY: trained_against(config, Run(folder.parent)), **about}
    save_model(folder, networks, _card(config, model, num_steps, about), decoder)


def now() -> str:
    """Return the time, as written into files."""
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")


def _card(config: Config, model: GeneratorPair, num_steps: int, about: dict) -> ModelCard:
    height, width = model.image_size
    return ModelCard(
        generators=dict(model.specs),
        masked=model.mask_network is not None,
        training_size=(height, width),
        precision=resolve_precision(config.train.precision),
        provenance={
            "run": config.name,
            "step": steps_done(model),
            "num_steps": num_steps,
            "weights": "moving average" if model.ema_decay else "last",
            **({"teacher": config.distill.teacher} if config.distill.teacher else {}),
            **model.about,
            **about,
            "saved": now(),
            "cyclegan_tf": __version__,
            "tensorflow": tf.__version__,
            "keras": keras.__version__,
            "python": platform.python_version(),
        },
        pixel_ranges={
            domain: None if limits is None else (limits[0], limits[1])
            for domain, limits in (("a", config.data.range_a), ("b", config.data.range_b))
        },
    )
