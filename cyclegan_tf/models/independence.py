"""The networks that a model was trained against: what they think of it is no independent judgement."""

from pathlib import Path

from cyclegan_tf.config.loading import load_run_config
from cyclegan_tf.config.schema import Config
from cyclegan_tf.errors import UserError
from cyclegan_tf.models.card import FROZEN, ModelCard, load_card
from cyclegan_tf.models.run import Run, find_model

CARD_KEY = "trained_against"


def trained_against(config: Config, run: Run | None = None) -> list[str]:
    """Return the networks whose judgement the generators of a run learn to please.

    Its teacher, or the model that it starts from, hands on what that one has learned.

    Args:
        config: of the run.
        run: its folder, whose model still says it when a run is resumed without the model it started from.

    Returns:
        Names, sorted.
    """
    origin = config.distill.teacher or config.train.start_from
    models = [*([Path(origin)] if origin else []), *([run.model] if run else [])]
    inherited = (name for model in models for name in _said_by(model))
    return sorted({*_pleased(config), *inherited})


def model_trained_against(folder: Path, card: ModelCard) -> list[str]:
    """Return the same for a model folder.

    Args:
        folder: the model folder; its card says it, or the configuration of the run that it lies in.
        card: of the folder.

    Returns:
        Names of networks; none for a model of another program, which does not say.
    """
    if CARD_KEY in card.provenance:
        return list(card.provenance[CARD_KEY])
    config = Run(folder.parent).config
    return _pleased(load_run_config(config)) if config.is_file() else []


def _pleased(config: Config) -> list[str]:
    """Return the names of the networks in the losses of a run."""
    distill = config.distill
    if distill.teacher is not None:
        return [FROZEN["network"]] if distill.lambda_features or distill.lambda_adversarial else []
    return [FROZEN["network"]] if config.model.discriminator.startswith("projected") else []


def _said_by(model: Path) -> list[str]:
    """Return what a model says of itself; nothing where there is none, or none any more."""
    try:
        folder = find_model(model)
        return model_trained_against(folder, load_card(folder))
    except UserError:
        return []
