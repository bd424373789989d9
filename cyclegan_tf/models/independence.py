"""The networks that a model was trained against: what they think of it is no independent judgement."""

from pathlib import Path

from cyclegan_tf.config.loading import load_run_config
from cyclegan_tf.config.schema import Config
from cyclegan_tf.models.folder import ModelCard
from cyclegan_tf.models.frozen import NAME
from cyclegan_tf.models.run import Run

CARD_KEY = "trained_against"


def trained_against(config: Config) -> list[str]:
    """Return the names of the networks whose judgement a run's generators learn to please."""
    distill = config.distill
    if distill.teacher is not None:
        return [NAME] if distill.lambda_features or distill.lambda_adversarial else []
    return [NAME] if config.model.discriminator.startswith("projected") else []


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
    return trained_against(load_run_config(config)) if config.is_file() else []
